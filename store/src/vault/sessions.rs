//! Sessions: who is signed in, by the hash of their token.

use super::{Vault, VaultError};
use chrono::{DateTime, Utc};
use domain::{Id, SessionId, SubjectId};
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A signed-in browser or client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub subject: SubjectId,
    /// `portal` or `console`: a session of one never opens the other.
    pub audience: String,
    /// The generation of the account's sessions when this one began.
    pub generation: u32,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// When a second factor was last proved.
    pub strong_at: Option<DateTime<Utc>>,
    /// The browser as it named itself, shortened.
    pub device: String,
}

impl Vault {
    pub fn put_session(&self, token: &str, session: &Session) -> Result<(), VaultError> {
        self.write(|connection| {
            connection.execute(
                "INSERT INTO session (token_hash, id, subject, audience, generation, created_at,
                                      last_seen_at, strong_at, device)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![
                    hash(token),
                    session.id.uuid().as_bytes(),
                    session.subject.uuid().as_bytes(),
                    session.audience,
                    session.generation,
                    session.created_at.timestamp_micros(),
                    session.last_seen_at.timestamp_micros(),
                    session.strong_at.map(|at| at.timestamp_micros()),
                    session.device,
                ],
            )
        })?;
        Ok(())
    }

    pub fn session(&self, token: &str) -> Result<Option<Session>, VaultError> {
        Ok(self
            .connection()
            .prepare_cached(&format!("{SESSION} WHERE token_hash = ?1"))?
            .query_row([hash(token)], session_row)
            .optional()?)
    }

    pub fn sessions_of(&self, subject: SubjectId) -> Result<Vec<Session>, VaultError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(&format!("{SESSION} WHERE subject = ?1 ORDER BY created_at"))?;
        let rows = statement.query_map([subject.uuid().as_bytes()], session_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn touch_session(
        &self,
        id: SessionId,
        last_seen_at: DateTime<Utc>,
        strong_at: Option<DateTime<Utc>>,
    ) -> Result<(), VaultError> {
        self.write(|connection| {
            connection.execute(
                "UPDATE session SET last_seen_at = ?2, strong_at = ?3 WHERE id = ?1",
                params![
                    id.uuid().as_bytes(),
                    last_seen_at.timestamp_micros(),
                    strong_at.map(|at| at.timestamp_micros()),
                ],
            )
        })?;
        Ok(())
    }

    /// True if there was such a session of that subject. An older copy of the vault that is put
    /// back does not revive it.
    pub fn end_session(&self, subject: SubjectId, id: SessionId) -> Result<bool, VaultError> {
        let changed = self.write(|connection| {
            let transaction = connection.transaction()?;
            let changed = transaction.execute(
                "DELETE FROM session WHERE id = ?1 AND subject = ?2",
                params![id.uuid().as_bytes(), subject.uuid().as_bytes()],
            )?;
            transaction.execute("UPDATE witness SET endings = endings + ?1", [changed as i64])?;
            transaction.commit()?;
            Ok(changed)
        })?;
        if changed == 1 {
            self.write_witness()?;
        }
        Ok(changed == 1)
    }

    pub fn end_sessions_seen_before(&self, limit: DateTime<Utc>) -> Result<usize, VaultError> {
        let limit = limit.timestamp_micros();
        self.write(|connection| {
            connection.execute("DELETE FROM session WHERE last_seen_at < ?1", [limit])
        })
    }

    /// Everybody signs in anew.
    pub fn end_every_session(&self) -> Result<usize, VaultError> {
        self.write(|connection| connection.execute("DELETE FROM session", []))
    }
}

const SESSION: &str = "SELECT id, subject, audience, generation, created_at, last_seen_at,
                              strong_at, device FROM session";

fn session_row(row: &rusqlite::Row<'_>) -> Result<Session, rusqlite::Error> {
    let time = |micros: i64| DateTime::from_timestamp_micros(micros).unwrap_or_default();
    Ok(Session {
        id: SessionId::from_uuid(Uuid::from_bytes(row.get(0)?)),
        subject: SubjectId::from_uuid(Uuid::from_bytes(row.get(1)?)),
        audience: row.get(2)?,
        generation: row.get(3)?,
        created_at: time(row.get(4)?),
        last_seen_at: time(row.get(5)?),
        strong_at: row.get::<_, Option<i64>>(6)?.map(time),
        device: row.get(7)?,
    })
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
