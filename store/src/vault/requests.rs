//! Requests with an `Idempotency-Key`: which fingerprint each had, for a day.
//!
//! Only that is kept, and nobody waits for it to be flushed: what a command did stands in the
//! ledger, and the same key with the same request makes the same command's id again.

use super::{Vault, VaultError};
use chrono::{DateTime, Utc};
use dashmap::DashMap;
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
    /// Remembers what a command was asked with. Written down by `write_requests`.
    pub fn remember_request(&self, command: Uuid, fingerprint: [u8; 32], at: DateTime<Utc>) {
        self.requests.insert(command, Request { fingerprint, at: at.timestamp_micros() });
    }

    /// What a command was asked with, if it was asked within the last day.
    pub fn request(&self, command: Uuid) -> Result<Option<[u8; 32]>, VaultError> {
        if let Some(request) = self.requests.get(&command) {
            return Ok(Some(request.fingerprint));
        }
        Ok(self
            .connection()
            .prepare_cached("SELECT fingerprint FROM request WHERE command = ?1")?
            .query_row([command.as_bytes()], |row| row.get(0))
            .optional()?)
    }

    /// Writes down what is remembered, without a flush of its own.
    pub fn write_requests(&self) -> Result<(), VaultError> {
        let pending: Vec<(Uuid, Request)> =
            self.requests.iter().map(|entry| (*entry.key(), entry.value().clone())).collect();
        if pending.is_empty() {
            return Ok(());
        }
        self.write(|connection| {
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            let written = insert(connection, &pending);
            connection.pragma_update(None, "synchronous", "FULL")?;
            written
        })?;
        for (command, _) in &pending {
            self.requests.remove(command);
        }
        Ok(())
    }

    pub fn forget_requests_before(&self, limit: DateTime<Utc>) -> Result<usize, VaultError> {
        let limit = limit.timestamp_micros();
        self.requests.retain(|_, request| request.at >= limit);
        self.write(|connection| connection.execute("DELETE FROM request WHERE at < ?1", [limit]))
    }
}

fn insert(
    connection: &mut Connection,
    requests: &[(Uuid, Request)],
) -> Result<(), rusqlite::Error> {
    let transaction = connection.transaction()?;
    for (command, request) in requests {
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO request (command, fingerprint, at) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![command.as_bytes(), request.fingerprint, request.at])?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;
    use std::sync::Arc;

    #[test]
    fn a_request_is_known_before_and_after_it_is_written_down_and_for_a_day() {
        let vault = Vault::in_memory(Arc::new(SeededChance::new(1))).unwrap();
        let command = Uuid::from_u128(1);
        let at = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        assert_eq!(vault.request(command).unwrap(), None);
        vault.remember_request(command, [7; 32], at);
        assert_eq!(vault.request(command).unwrap(), Some([7; 32]));
        vault.write_requests().unwrap();
        assert!(vault.requests.is_empty());
        assert_eq!(vault.request(command).unwrap(), Some([7; 32]));
        let synchronous: i64 =
            vault.connection().pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
        assert_eq!(synchronous, 2, "everything else is flushed as before");
        assert_eq!(vault.forget_requests_before(at).unwrap(), 0);
        assert_eq!(vault.forget_requests_before(at + chrono::TimeDelta::seconds(1)).unwrap(), 1);
    }
}
