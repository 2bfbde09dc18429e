//! Snapshots of the read models: one sealed file, thrown away whenever anything about it is off.
//!
//! ```text
//! "GRFSNAP" ‖ version ‖ position (8 bytes) ‖ crc32c of the rest ‖ sealed postcard
//! ```
//!
//! Sealed, because read models hold names in clear; the key lies in the vault.

use crate::read_models::{Contents, ReadModels};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use store::Position;
use store::chance::Chance;
use store::seal::{self, DataKey};

pub const SNAPSHOT_FILE: &str = "read_models.snapshot";
const MAGIC: &[u8; 7] = b"GRFSNAP";
/// Raise it whenever a model changes: older snapshots are then folded again.
const VERSION: u8 = 2;

/// Writes beside the old one, flushes, then takes its place.
pub fn write(
    directory: &Path,
    contents: &Contents,
    position: Position,
    key: &DataKey,
    chance: &dyn Chance,
) -> io::Result<()> {
    let plain = store::postcard_bytes(contents).map_err(io::Error::other)?;
    let place = position.0.to_be_bytes();
    let sealed = seal::seal(key, &place, &plain, chance).map_err(io::Error::other)?;
    let path = directory.join(SNAPSHOT_FILE);
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(MAGIC)?;
    file.write_all(&[VERSION])?;
    file.write_all(&place)?;
    file.write_all(&store::checksum(&sealed).to_be_bytes())?;
    file.write_all(&sealed)?;
    file.sync_all()?;
    std::fs::rename(&beside, &path)?;
    File::open(directory)?.sync_all()
}

/// The models as of a position; `None` if there is no snapshot, or none that can be used.
pub fn read(directory: &Path, key: &DataKey) -> Option<(ReadModels, Position)> {
    let bytes = std::fs::read(directory.join(SNAPSHOT_FILE)).ok()?;
    let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(&[VERSION])?;
    let (position, rest) = rest.split_first_chunk::<8>()?;
    let (checksum, sealed) = rest.split_first_chunk::<4>()?;
    if store::checksum(sealed).to_be_bytes() != *checksum {
        return None;
    }
    let plain = seal::open(key, position, sealed).ok()?;
    let contents: Contents = store::from_postcard_bytes(&plain)?;
    Some((ReadModels::restored(contents), Position(u64::from_be_bytes(*position))))
}
