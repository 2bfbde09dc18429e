//! Snapshots of the read models: one sealed file, thrown away whenever anything about it is off.
//!
//! ```text
//! "GRFSNAP" ‖ version ‖ position (8 bytes) ‖ crc32c of the rest ‖ sealed postcard
//! ```
//!
//! Sealed, because read models hold names in clear; the key lies in the vault. Sealed for one record,
//! so that a snapshot of another ledger cannot be opened.

use crate::read_models::{Contents, ReadModels};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use store::Position;
use store::chance::Chance;
use store::seal::{self, DataKey};
use store::{Ledger, ReadError, record};

pub const SNAPSHOT_FILE: &str = "read_models.snapshot";
const MAGIC: &[u8; 7] = b"GRFSNAP";
/// Raise it whenever a model changes: older snapshots are then folded again.
const VERSION: u8 = 3;

/// The record up to which the models were folded: its position, and the leaf hash of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub position: Position,
    leaf_hash: [u8; 32],
}

impl Mark {
    /// The mark of a position; `None` if the ledger has no such record.
    pub async fn of(ledger: &dyn Ledger, position: Position) -> Result<Option<Self>, ReadError> {
        let before = position.0.checked_sub(1).map(Position);
        let records = ledger.read_all(before, 1).await?;
        let leaf_hash = |record: &store::StoredRecord| record::leaf_hash(&record.bytes);
        Ok(records.first().map(|record| Self { position, leaf_hash: leaf_hash(record) }))
    }

    /// What a snapshot is sealed for.
    fn context(&self) -> Vec<u8> {
        [self.position.0.to_be_bytes().as_slice(), &self.leaf_hash].concat()
    }
}

/// Writes beside the old one, flushes, then takes its place.
pub fn write(
    directory: &Path,
    contents: &Contents,
    mark: Mark,
    key: &DataKey,
    chance: &dyn Chance,
) -> io::Result<()> {
    let plain = store::postcard_bytes(contents).map_err(io::Error::other)?;
    let sealed = seal::seal(key, &mark.context(), &plain, chance).map_err(io::Error::other)?;
    let path = directory.join(SNAPSHOT_FILE);
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(MAGIC)?;
    file.write_all(&[VERSION])?;
    file.write_all(&mark.position.0.to_be_bytes())?;
    file.write_all(&store::checksum(&sealed).to_be_bytes())?;
    file.write_all(&sealed)?;
    file.sync_all()?;
    std::fs::rename(&beside, &path)?;
    File::open(directory)?.sync_all()
}

/// Up to where the snapshot reaches, if there is one of this program's version.
pub fn position(directory: &Path) -> Option<Position> {
    let bytes = std::fs::read(directory.join(SNAPSHOT_FILE)).ok()?;
    parts(&bytes).map(|(position, _)| position)
}

/// The models as of a mark; `None` if there is no snapshot of it, or none that can be used.
pub fn read(directory: &Path, key: &DataKey, mark: Mark) -> Option<ReadModels> {
    let bytes = std::fs::read(directory.join(SNAPSHOT_FILE)).ok()?;
    let (position, rest) = parts(&bytes)?;
    let (checksum, sealed) = rest.split_first_chunk::<4>()?;
    if position != mark.position || store::checksum(sealed).to_be_bytes() != *checksum {
        return None;
    }
    let plain = seal::open(key, &mark.context(), sealed).ok()?;
    let contents: Contents = store::from_postcard_bytes(&plain)?;
    Some(ReadModels::restored(contents))
}

/// The position, and what follows it.
fn parts(bytes: &[u8]) -> Option<(Position, &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(&[VERSION])?;
    let (position, rest) = rest.split_first_chunk::<8>()?;
    Some((Position(u64::from_be_bytes(*position)), rest))
}
