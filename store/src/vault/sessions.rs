//! Sessions: who is signed in, by the hash of their token.

use super::signed_in::TokenHash;
use super::{Vault, VaultError};
use chrono::{DateTime, Utc};
use domain::strong_authentication::{Action, Proof};
use domain::{Id, SessionId, SubjectId};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A signed-in browser or client.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub subject: SubjectId,
    /// `portal` or `console`: a session of one never opens the other.
    pub audience: String,
    /// The generation of the account's sessions when this one began.
    pub generation: u32,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// The second factor that was last proved, and for what.
    pub proof: Option<Proof>,
    /// The browser as it named itself, shortened.
    pub device: String,
}

domain::hidden!(Session);

impl Vault {
    pub async fn put_session(&self, token: &str, session: &Session) -> Result<(), VaultError> {
        let (token, session) = (hash(token), session.clone());
        let put = move |connection: &Connection| {
            connection.execute(
                "INSERT INTO session (token_hash, id, subject, audience, generation, created_at,
                                      last_seen_at, strong_at, strong_for, device)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                params![
                    token,
                    session.id.uuid().as_bytes(),
                    session.subject.uuid().as_bytes(),
                    session.audience,
                    session.generation,
                    session.created_at.timestamp_micros(),
                    session.last_seen_at.timestamp_micros(),
                    session.proof.map(|proof| proof.at.timestamp_micros()),
                    session.proof.map(|proof| proof.action.to_string()),
                    session.device,
                ],
            )
        };
        self.writer.write(put).await?;
        Ok(())
    }

    pub fn session(&self, token: &str) -> Result<Option<Session>, VaultError> {
        let token = hash(token);
        if let Some(session) = self.signed_in.get(&token) {
            return Ok(Some(session));
        }
        let before = self.signed_in.before_reading();
        let session = self
            .reader()
            .prepare_cached(&format!("{SESSION} WHERE token_hash = ?1"))?
            .query_row([token], session_row)
            .optional()?;
        if let Some(session) = &session {
            self.signed_in.found(token, session, before);
        }
        Ok(session)
    }

    /// One that has not ended, as it was written down last.
    pub fn session_by_id(&self, id: SessionId) -> Result<Option<Session>, VaultError> {
        let mut session = self
            .reader()
            .prepare_cached(&format!("{SESSION} WHERE id = ?1"))?
            .query_row([id.uuid().as_bytes()], session_row)
            .optional()?;
        let seen = self.sightings.get(&id).map(|at| *at);
        if let (Some(session), Some(at)) = (&mut session, seen) {
            session.last_seen_at = session.last_seen_at.max(at);
        }
        Ok(session)
    }

    pub fn sessions_of(&self, subject: SubjectId) -> Result<Vec<Session>, VaultError> {
        let reader = self.reader();
        let mut statement =
            reader.prepare_cached(&format!("{SESSION} WHERE subject = ?1 ORDER BY created_at"))?;
        let rows = statement.query_map([subject.uuid().as_bytes()], session_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Somebody proved in their session that it is them.
    pub async fn note_proof(&self, id: SessionId, proof: Proof) -> Result<(), VaultError> {
        let note = move |connection: &Connection| {
            connection.execute(
                "UPDATE session SET last_seen_at = ?2, strong_at = ?2, strong_for = ?3
                 WHERE id = ?1",
                params![
                    id.uuid().as_bytes(),
                    proof.at.timestamp_micros(),
                    proof.action.to_string(),
                ],
            )
        };
        self.writer.write(note).await?;
        self.signed_in.proved(id, proof);
        Ok(())
    }

    /// Takes note that a session is in use. Nobody waits for that to be written: after a crash it
    /// may count as idle a little earlier.
    pub fn saw_session(&self, session: &Session, at: DateTime<Utc>) {
        self.signed_in.seen(session.id, at);
        self.sightings.insert(session.id, at);
    }

    /// True if there was such a session of that subject. An older copy of the vault that is put
    /// back does not revive it.
    pub async fn end_session(&self, subject: SubjectId, id: SessionId) -> Result<bool, VaultError> {
        let end = move |connection: &Connection| {
            let changed = connection.execute(
                "DELETE FROM session WHERE id = ?1 AND subject = ?2",
                params![id.uuid().as_bytes(), subject.uuid().as_bytes()],
            )?;
            connection.execute("UPDATE witness SET endings = endings + ?1", [changed as i64])?;
            Ok(changed)
        };
        let changed = self.writer.write(end).await;
        // Whatever came of it: what is not remembered is read.
        self.signed_in.ended(id);
        let changed = changed?;
        if changed == 1 {
            self.write_witness().await?;
        }
        Ok(changed == 1)
    }

    pub async fn end_sessions_seen_before(
        &self,
        limit: DateTime<Utc>,
    ) -> Result<usize, VaultError> {
        let limit = limit.timestamp_micros();
        let sql = "DELETE FROM session WHERE last_seen_at < ?1";
        let ended = self.writer.write(move |connection| connection.execute(sql, [limit])).await;
        self.signed_in.forget_everybody();
        ended
    }

    /// Everybody signs in anew.
    pub async fn end_every_session(&self) -> Result<usize, VaultError> {
        let sql = "DELETE FROM session";
        let ended = self.writer.write(move |connection| connection.execute(sql, [])).await;
        self.signed_in.forget_everybody();
        ended
    }
}

pub(super) fn write_sightings(
    connection: &Connection,
    seen: &[(SessionId, DateTime<Utc>)],
) -> Result<(), rusqlite::Error> {
    for (session, at) in seen {
        connection
            .prepare_cached(
                "UPDATE session SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2",
            )?
            .execute(params![session.uuid().as_bytes(), at.timestamp_micros()])?;
    }
    Ok(())
}

const SESSION: &str = "SELECT id, subject, audience, generation, created_at, last_seen_at,
                              strong_at, strong_for, device FROM session";

fn session_row(row: &rusqlite::Row<'_>) -> Result<Session, rusqlite::Error> {
    let time = |micros: i64| DateTime::from_timestamp_micros(micros).unwrap_or_default();
    Ok(Session {
        id: SessionId::from_uuid(Uuid::from_bytes(row.get(0)?)),
        subject: SubjectId::from_uuid(Uuid::from_bytes(row.get(1)?)),
        audience: row.get(2)?,
        generation: row.get(3)?,
        created_at: time(row.get(4)?),
        last_seen_at: time(row.get(5)?),
        proof: proof(row.get::<_, Option<i64>>(6)?.map(time), row.get(7)?),
        device: row.get(8)?,
    })
}

/// What programs of before noted, without saying what for, counts for nothing.
fn proof(at: Option<DateTime<Utc>>, action: Option<String>) -> Option<Proof> {
    Some(Proof { at: at?, action: Action::parse(&action?)? })
}

fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;
    use domain::{BankAccountChangeId, MerchantId};
    use std::sync::Arc;

    const SUBJECT: SubjectId = SubjectId::from_u128(1);

    fn session(number: u128) -> Session {
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        Session {
            id: SessionId::from_u128(number),
            subject: SUBJECT,
            audience: "portal".to_owned(),
            generation: 0,
            created_at: at,
            last_seen_at: at,
            proof: None,
            device: String::new(),
        }
    }

    async fn vault() -> Vault {
        let vault = Vault::in_memory(Arc::new(SeededChance::new(1))).unwrap();
        for number in 1..=3 {
            vault.put_session(&number.to_string(), &session(number)).await.unwrap();
            assert!(is_known(&vault, number), "and from now on in memory");
        }
        vault
    }

    fn is_known(vault: &Vault, number: u128) -> bool {
        vault.session(&number.to_string()).unwrap().is_some()
    }

    #[tokio::test]
    async fn a_session_in_memory_ends_and_changes_with_the_one_in_the_vault() {
        let vault = vault().await;
        assert!(vault.end_session(SUBJECT, session(1).id).await.unwrap());
        assert_eq!((is_known(&vault, 1), is_known(&vault, 2)), (false, true));
        let later = session(2).created_at + chrono::TimeDelta::minutes(5);
        let merchant = MerchantId::from_u128(4);
        let change = BankAccountChangeId::from_u128(5);
        let action = Action::ConfirmBankAccountChange { merchant, change };
        let proof = Proof { action, at: later };
        vault.note_proof(session(2).id, proof).await.unwrap();
        let seen = vault.session("2").unwrap().unwrap();
        assert_eq!((seen.last_seen_at, seen.proof), (later, Some(proof)));
        let written = vault.sessions_of(SUBJECT).unwrap();
        assert_eq!(written.iter().find_map(|session| session.proof), Some(proof));
        assert_eq!(vault.end_sessions_seen_before(later).await.unwrap(), 1);
        assert_eq!((is_known(&vault, 2), is_known(&vault, 3)), (true, false));
        vault.end_every_session().await.unwrap();
        assert!(!is_known(&vault, 2));
    }

    #[tokio::test]
    async fn whoever_is_forgotten_is_signed_in_nowhere() {
        let vault = vault().await;
        vault.destroy_data_key(SUBJECT).await.unwrap();
        assert!((1..=3).all(|number| !is_known(&vault, number)));
    }

    #[tokio::test]
    async fn what_was_read_before_an_end_is_not_remembered_after_it() {
        let vault = vault().await;
        let before = vault.signed_in.before_reading();
        assert!(vault.end_session(SUBJECT, session(1).id).await.unwrap());
        vault.signed_in.found(hash("1"), &session(1), before);
        assert!(!is_known(&vault, 1));
    }
}
