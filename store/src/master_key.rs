//! The master key: 64 hexadecimal digits in a file that lies apart from what it protects.

use crate::chance::Chance;
use crate::files::{self, Readers};
use crate::seal::DataKey;
use std::io;
use std::path::{Path, PathBuf};

/// In the directory, unless told otherwise.
pub const MASTER_KEY_FILE: &str = "keys/master.key";

#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error("the vault is there but its master key {0} is not: bring back that file")]
    Missing(PathBuf),
    #[error("the master key {0} cannot be read: {1}")]
    Unreadable(PathBuf, io::Error),
    #[error("the master key {0} cannot be written: {1}")]
    Unwritable(PathBuf, io::Error),
    #[error("{0} is not a master key of 64 hex digits: bring back that file")]
    Malformed(PathBuf),
}

/// Where the master key of a directory lies, unless its place was told.
pub fn path_of(directory: &Path, told: Option<&Path>) -> PathBuf {
    told.map_or_else(|| directory.join(MASTER_KEY_FILE), Path::to_owned)
}

pub fn read(path: &Path) -> Result<DataKey, MasterKeyError> {
    if !path.exists() {
        return Err(MasterKeyError::Missing(path.to_owned()));
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| MasterKeyError::Unreadable(path.to_owned(), error))?;
    DataKey::from_hex(text.trim()).ok_or_else(|| MasterKeyError::Malformed(path.to_owned()))
}

/// For a first start, when nothing is sealed yet: made unless it is there.
pub fn read_or_make(path: &Path, chance: &dyn Chance) -> Result<DataKey, MasterKeyError> {
    let unwritable = |error| MasterKeyError::Unwritable(path.to_owned(), error);
    // A program that wrote it in place may have been cut off; nothing is sealed under that.
    let is_empty = std::fs::metadata(path).is_ok_and(|file| file.len() == 0);
    if is_empty || !path.exists() {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            files::make_folder(folder).map_err(unwritable)?;
        }
        let text = format!("{}\n", DataKey::random(chance).to_hex());
        files::replace(path, text.as_bytes(), Readers::Owner).map_err(unwritable)?;
    }
    read(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;

    #[test]
    fn a_master_key_is_made_once_and_an_empty_file_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = path_of(directory.path(), None);
        let chance = SeededChance::new(1);
        assert!(matches!(read(&path), Err(MasterKeyError::Missing(_))));
        let made = read_or_make(&path, &chance).unwrap();
        assert_eq!(read_or_make(&path, &chance).unwrap(), made);
        std::fs::write(&path, "").unwrap();
        assert!(matches!(read(&path), Err(MasterKeyError::Malformed(_))));
        assert_ne!(read_or_make(&path, &chance).unwrap(), made);
        std::fs::write(&path, "half a ke").unwrap();
        let outcome = read_or_make(&path, &chance);
        assert!(matches!(outcome, Err(MasterKeyError::Malformed(_))), "never written over");
    }
}
