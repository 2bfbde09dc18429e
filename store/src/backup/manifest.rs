//! The manifest of a backup: what is in it, by positions and hashes. It is written last.

use super::BackupError;
use super::copying::remove_if_there;
use crate::files::{self, Readers};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::path::Path;

const MANIFEST_FILE: &str = "manifest.json";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub made_at: DateTime<Utc>,
    /// Until when the copy of the vault has to be gone.
    pub delete_vault_by: DateTime<Utc>,
    pub records: u64,
    /// RFC 6962, of the last record.
    pub last_leaf_hash: Option<String>,
    pub ledger_sha256: String,
    pub vault_sha256: String,
    pub documents: u64,
    /// Of `documents.sha256`, which lists them.
    pub documents_list_sha256: String,
}

impl Manifest {
    pub(super) fn write(&self, place: &Path) -> Result<(), BackupError> {
        let path = place.join(MANIFEST_FILE);
        serde_json::to_vec_pretty(self)
            .map_err(std::io::Error::other)
            .and_then(|text| files::replace(&path, &text, Readers::Usual))
            .map_err(|error| BackupError::File(path, error))
    }

    pub(super) fn read(place: &Path) -> Result<Self, BackupError> {
        let path = place.join(MANIFEST_FILE);
        let not_one = |reason: String| BackupError::Manifest(place.to_owned(), reason);
        let text =
            std::fs::read(&path).map_err(|error| not_one(format!("{MANIFEST_FILE}: {error}")))?;
        serde_json::from_slice(&text).map_err(|error| not_one(format!("{MANIFEST_FILE}: {error}")))
    }

    /// While a backup is brought up to date it is none.
    pub(super) fn remove(place: &Path) -> Result<(), BackupError> {
        let path = place.join(MANIFEST_FILE);
        remove_if_there(&path).map_err(|error| BackupError::File(path, error))
    }
}
