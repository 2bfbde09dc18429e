//! Requests with an `Idempotency-Key`: which fingerprint each had, for a day.
//!
//! Only that is kept, and nobody waits for it to be flushed: what a command did stands in the
//! ledger, and the same key with the same request makes the same command's id again.

use super::{Vault, VaultError, attempts, sessions, uses};
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use domain::{SessionId, SubjectId};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// Requests not yet written down, by their command.
pub(super) type Pending = DashMap<Uuid, Request>;

#[derive(Clone)]
pub(super) struct Request {
    fingerprint: [u8; 32],
    at: i64,
}

impl Vault {
    /// Remembers what a command was asked with. Written down by `write_down`.
    pub fn remember_request(&self, command: Uuid, fingerprint: [u8; 32], at: DateTime<Utc>) {
        self.requests.insert(command, Request { fingerprint, at: at.timestamp_micros() });
    }

    /// What a command was asked with, if it was asked within the last day.
    pub fn request(&self, command: Uuid) -> Result<Option<[u8; 32]>, VaultError> {
        if let Some(request) = self.requests.get(&command) {
            return Ok(Some(request.fingerprint));
        }
        Ok(self
            .reader()
            .prepare_cached("SELECT fingerprint FROM request WHERE command = ?1")?
            .query_row([command.as_bytes()], |row| row.get(0))
            .optional()?)
    }

    /// Writes down what is remembered of requests, sessions, uses and attempts, without a flush of its own.
    pub async fn write_down(&self) -> Result<(), VaultError> {
        let pending: Vec<(Uuid, Request)> =
            self.requests.iter().map(|entry| (*entry.key(), entry.value().clone())).collect();
        let seen: Vec<(SessionId, DateTime<Utc>)> =
            self.sightings.iter().map(|entry| (*entry.key(), *entry.value())).collect();
        let uses: Vec<(Uuid, DateTime<Utc>)> =
            self.uses.iter().map(|entry| (*entry.key(), *entry.value())).collect();
        let attempts = self.unwritten_attempts();
        if pending.is_empty() && seen.is_empty() && uses.is_empty() && attempts.is_empty() {
            return Ok(());
        }
        let counted: Vec<(SubjectId, u64)> =
            attempts.iter().map(|(subject, account)| (*subject, account.changes())).collect();
        let commands: Vec<Uuid> = pending.iter().map(|(command, _)| *command).collect();
        let (sightings, last_uses) = (seen.clone(), uses.clone());
        let write = move |connection: &Connection| {
            insert(connection, &pending)?;
            sessions::write_sightings(connection, &sightings)?;
            uses::write(connection, &last_uses)?;
            attempts::write(connection, &attempts)
        };
        self.writer.write_unflushed(write).await?;
        for command in commands {
            self.requests.remove(&command);
        }
        self.attempts_were_written(&counted);
        for (session, at) in seen {
            self.sightings.remove_if(&session, |_, newest| *newest == at);
        }
        for (id, at) in uses {
            self.uses.remove_if(&id, |_, newest| *newest == at);
        }
        Ok(())
    }

    pub async fn forget_requests_before(&self, limit: DateTime<Utc>) -> Result<usize, VaultError> {
        let limit = limit.timestamp_micros();
        self.requests.retain(|_, request| request.at >= limit);
        // In slices, between which others write: their ids are spread evenly.
        let mut forgotten = 0;
        for first in 0..=u8::MAX {
            let slice = move |connection: &Connection| {
                let (from, to) = ([first; 1], [&[first; 1][..], &[u8::MAX; 16]].concat());
                let sql = "DELETE FROM request WHERE command BETWEEN ?1 AND ?2 AND at < ?3";
                connection.prepare_cached(sql)?.execute(params![from, to, limit])
            };
            forgotten += self.writer.write_unflushed(slice).await?;
        }
        Ok(forgotten)
    }
}

fn insert(connection: &Connection, requests: &[(Uuid, Request)]) -> Result<(), rusqlite::Error> {
    for (command, request) in requests {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO request (command, fingerprint, at) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![command.as_bytes(), request.fingerprint, request.at])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_request_is_known_before_and_after_it_is_written_down_and_for_a_day() {
        let vault = Vault::in_memory(Arc::new(SeededChance::new(1))).unwrap();
        let command = Uuid::from_u128(1);
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        assert_eq!(vault.request(command).unwrap(), None);
        vault.remember_request(command, [7; 32], at);
        assert_eq!(vault.request(command).unwrap(), Some([7; 32]));
        vault.write_down().await.unwrap();
        assert!(vault.requests.is_empty());
        assert_eq!(vault.request(command).unwrap(), Some([7; 32]));
        let synchronous: i64 =
            vault.reader().pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
        assert_eq!(synchronous, 2, "everything else is flushed as before");
        assert_eq!(vault.forget_requests_before(at).await.unwrap(), 0);
        assert_eq!(
            vault.forget_requests_before(at + chrono::TimeDelta::seconds(1)).await.unwrap(),
            1
        );
    }
}
