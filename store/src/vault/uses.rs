//! When keys and tokens were last used, about. Nobody waits for that to be written down.

use super::{Vault, VaultError};
use chrono::{DateTime, SubsecRound, Utc};
use dashmap::DashMap;
use domain::Id;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// Not yet written down.
pub(super) type Uses = DashMap<Uuid, DateTime<Utc>>;

impl Vault {
    /// Takes note that something is in use.
    pub fn saw_use(&self, id: impl Id, at: DateTime<Utc>) {
        // As exactly as it is written down.
        self.uses.insert(id.uuid(), at.trunc_subsecs(6));
    }

    /// When it was used last, if it ever was.
    pub fn last_use(&self, id: impl Id) -> Result<Option<DateTime<Utc>>, VaultError> {
        if let Some(at) = self.uses.get(&id.uuid()) {
            return Ok(Some(*at));
        }
        let micros: Option<i64> = self
            .reader()
            .prepare_cached("SELECT at FROM last_use WHERE id = ?1")?
            .query_row([id.uuid().as_bytes()], |row| row.get(0))
            .optional()?;
        Ok(micros.and_then(DateTime::from_timestamp_micros))
    }
}

pub(super) fn write(
    connection: &Connection,
    uses: &[(Uuid, DateTime<Utc>)],
) -> Result<(), rusqlite::Error> {
    for (id, at) in uses {
        connection
            .prepare_cached("INSERT OR REPLACE INTO last_use (id, at) VALUES (?1, ?2)")?
            .execute(params![id.as_bytes(), at.timestamp_micros()])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;
    use domain::TokenId;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_use_is_known_before_and_after_it_is_written_down() {
        let vault = Vault::in_memory(Arc::new(SeededChance::new(1))).unwrap();
        let (token, other) = (TokenId::from_u128(1), TokenId::from_u128(2));
        let at = |second: i64| DateTime::from_timestamp(1_795_000_000 + second, 0).unwrap();
        assert_eq!(vault.last_use(token).unwrap(), None);
        for second in [1, 2] {
            vault.saw_use(token, at(second));
            assert_eq!(vault.last_use(token).unwrap(), Some(at(second)));
            vault.write_down().await.unwrap();
            assert!(vault.uses.is_empty());
            assert_eq!(vault.last_use(token).unwrap(), Some(at(second)));
        }
        assert_eq!(vault.last_use(other).unwrap(), None);
    }
}
