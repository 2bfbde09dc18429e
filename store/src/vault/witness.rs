//! What the vault knows of the ledger and the documents it belongs to, so that files of different
//! places or different days are not taken for one installation.

use super::{Vault, VaultError};
use crate::chance::Chance;
use crate::installation::Witness;
use crate::ledger::Position;
use crate::mark::Mark;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// The follower whose position the mailer keeps.
pub const MAILER: &str = "mailer";

/// What a vault says of itself and of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub vault: Uuid,
    /// How many sessions and keys have ended: an older copy of the vault counts fewer.
    pub endings: u64,
    /// The last record it has seen. The ledger never goes back behind it.
    pub mark: Option<Mark>,
}

impl Vault {
    pub fn seen(&self) -> Result<Seen, VaultError> {
        let seen = seen(&self.reader())?;
        seen.ok_or(VaultError::Sqlite(rusqlite::Error::QueryReturnedNoRows))
    }

    /// Takes note of the last record seen and, at the same time, of how far a follower has come.
    /// One flush.
    pub async fn note_progress(
        &self,
        follower: &'static str,
        reached: Option<Position>,
        mark: Option<Mark>,
    ) -> Result<(), VaultError> {
        let note = move |connection: &Connection| {
            if let Some(reached) = reached {
                connection.execute(
                    "INSERT OR REPLACE INTO follower (name, position) VALUES (?1, ?2)",
                    params![follower, reached.0 as i64],
                )?;
            }
            if let Some(mark) = mark {
                connection.execute(
                    "UPDATE witness SET position = ?1, leaf_hash = ?2",
                    params![mark.position.0 as i64, mark.leaf_hash],
                )?;
            }
            Ok(())
        };
        self.writer.write(note).await
    }

    /// How far a follower has come.
    pub fn progress(&self, follower: &str) -> Result<Option<Position>, VaultError> {
        Ok(self
            .reader()
            .query_row("SELECT position FROM follower WHERE name = ?1", [follower], |row| {
                row.get::<_, i64>(0).map(|position| Position(position as u64))
            })
            .optional()?)
    }

    /// Takes the vault back to a ledger that was restored with it: everybody signs in anew, and
    /// nobody follows from beyond its end.
    pub async fn rewind(&self, head: Option<Mark>) -> Result<(), VaultError> {
        self.end_every_session().await?;
        let rewind = move |connection: &Connection| {
            let position = head.map(|mark| mark.position.0 as i64);
            connection.execute(
                "UPDATE witness SET position = ?1, leaf_hash = ?2, endings = endings + 1",
                params![position, head.map(|mark| mark.leaf_hash)],
            )?;
            let sql = "UPDATE follower SET position = min(position, coalesce(?1, 0))";
            connection.execute(sql, [position]).map(|_| ())
        };
        self.writer.write(rewind).await
    }

    /// From now on, what ends is witnessed in a file beside the documents.
    pub(crate) async fn witness_in(&self, file: std::path::PathBuf) -> Result<(), VaultError> {
        drop(self.witness.set(file));
        self.write_witness().await
    }

    /// Writes the witness anew: what has ended, and the last record seen.
    pub async fn write_witness(&self) -> Result<(), VaultError> {
        let Some(file) = self.witness.get().cloned() else { return Ok(()) };
        // One at a time, and each with the newest count.
        let _writing = self.witnessing.lock().await;
        let seen = self.seen()?;
        let witness = Witness { vault: seen.vault, endings: seen.endings, mark: seen.mark };
        tokio::task::spawn_blocking(move || witness.write(&file))
            .await
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(VaultError::Witness)
    }

    /// A copy of the vault that is older than the witness goes on counting from there.
    pub(crate) async fn count_endings_from(&self, endings: u64) -> Result<(), VaultError> {
        let sql = "UPDATE witness SET endings = ?1";
        self.writer.write(move |connection| connection.execute(sql, [endings as i64])).await?;
        Ok(())
    }
}

/// Gives the vault its id, once.
pub(super) fn begin(connection: &Connection, chance: &dyn Chance) -> Result<(), VaultError> {
    let id = Uuid::from_bytes(crate::chance::bytes(chance));
    connection.execute(
        "INSERT INTO witness (one, vault, endings) VALUES (1, ?1, 0) ON CONFLICT DO NOTHING",
        [id.as_bytes()],
    )?;
    Ok(())
}

/// `None` in a vault of an earlier version, which says nothing.
pub(super) fn seen(connection: &Connection) -> Result<Option<Seen>, VaultError> {
    let has_table: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'witness')",
        [],
        |row| row.get(0),
    )?;
    if !has_table {
        return Ok(None);
    }
    let sql = "SELECT vault, endings, position, leaf_hash FROM witness";
    let row = |row: &rusqlite::Row<'_>| {
        let position: Option<i64> = row.get(2)?;
        let leaf_hash: Option<[u8; 32]> = row.get(3)?;
        let mark = position
            .zip(leaf_hash)
            .map(|(position, leaf_hash)| Mark { position: Position(position as u64), leaf_hash });
        let endings = row.get::<_, i64>(1)? as u64;
        Ok(Seen { vault: Uuid::from_bytes(row.get(0)?), endings, mark })
    };
    Ok(connection.query_row(sql, [], row).optional()?)
}
