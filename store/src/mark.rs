//! A mark: a position and what lies there, by which a ledger is recognised.

use crate::ledger::{Ledger, Position, ReadError, StoredRecord};
use crate::record;
use serde::{Deserialize, Serialize};

/// A record by its position and the leaf hash of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub position: Position,
    pub leaf_hash: [u8; 32],
}

impl Mark {
    pub fn of(record: &StoredRecord) -> Self {
        Self { position: record.position, leaf_hash: record::leaf_hash(&record.bytes) }
    }

    /// The mark of a position; `None` if the ledger has no such record.
    pub async fn at(ledger: &dyn Ledger, position: Position) -> Result<Option<Self>, ReadError> {
        let before = position.0.checked_sub(1).map(Position);
        Ok(ledger.read_all(before, 1).await?.first().map(Self::of))
    }

    /// The mark of the last record; `None` if the ledger is empty.
    pub async fn of_head(ledger: &dyn Ledger) -> Result<Option<Self>, ReadError> {
        match ledger.head().await? {
            Some(head) => Self::at(ledger, head).await,
            None => Ok(None),
        }
    }
}
