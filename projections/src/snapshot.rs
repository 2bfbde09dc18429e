//! Snapshots of the read models: one sealed file, thrown away whenever anything about it is off.
//!
//! ```text
//! "GRFSNAP" ‖ version ‖ position (8 bytes) ‖ crc32c of the rest ‖ sealed postcard
//! ```
//!
//! Sealed, because read models hold names in clear; the key lies in the vault. Sealed for one record,
//! so that a snapshot of another ledger cannot be opened.

use crate::read_models::{Contents, ReadModels};
use std::io;
use std::path::Path;
use store::chance::Chance;
use store::files::{self, Readers};
use store::seal::{self, DataKey};
use store::{Mark, Position};

pub const SNAPSHOT_FILE: &str = "read_models.snapshot";
const MAGIC: &[u8; 7] = b"GRFSNAP";
/// Raise it whenever a model changes: older snapshots are then folded again.
const VERSION: u8 = 4;

/// Writes beside the old one, flushes, then takes its place.
pub fn write(
    directory: &Path,
    contents: &Contents,
    mark: Mark,
    key: &DataKey,
    chance: &dyn Chance,
) -> io::Result<()> {
    let plain = store::postcard_bytes(contents).map_err(io::Error::other)?;
    let sealed = seal::seal(key, &context(mark), &plain, chance).map_err(io::Error::other)?;
    let content = [
        MAGIC.as_slice(),
        &[VERSION],
        &mark.position.0.to_be_bytes(),
        &store::checksum(&sealed).to_be_bytes(),
        &sealed,
    ]
    .concat();
    files::replace(&directory.join(SNAPSHOT_FILE), &content, Readers::Usual)
}

/// What a snapshot is sealed for: the record up to which the models were folded.
fn context(mark: Mark) -> Vec<u8> {
    [mark.position.0.to_be_bytes().as_slice(), &mark.leaf_hash].concat()
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
    let plain = seal::open(key, &context(mark), sealed).ok()?;
    let contents: Contents = store::from_postcard_bytes(&plain)?;
    Some(ReadModels::restored(contents))
}

/// The position, and what follows it.
fn parts(bytes: &[u8]) -> Option<(Position, &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(&[VERSION])?;
    let (position, rest) = rest.split_first_chunk::<8>()?;
    Some((Position(u64::from_be_bytes(*position)), rest))
}
