//! Backups: made while the server runs, put back into an empty directory, and verified before
//! anybody is told that it worked.
//!
//! The order is ledger, then vault, then documents: the vault of the backup holds the key of
//! everybody in its ledger, or knows that it was destroyed, and each document of its ledger is there.
//! The vault goes to a place of its own, because no copy of it may outlive what it helps to forget;
//! the master key goes to neither.

mod copying;
mod manifest;
mod restore;
#[cfg(test)]
mod tests;

pub use manifest::Manifest;
pub use restore::{Restored, restore};

use crate::documents::DOCUMENTS_FOLDER;
use crate::files::{self, Readers};
use crate::installation::{InstallationError, Lock};
use crate::ledger::ReadError;
use crate::sqlite::{self, LEDGER_FILE};
use crate::vault::{VAULT_FILE, VaultError};
use chrono::{DateTime, TimeDelta, Utc};
use copying::{DOCUMENTS_LIST, copy_database, copy_documents, take_place};
use std::io;
use std::path::{Path, PathBuf};

/// How long a copy of a vault may live: what was forgotten since must be gone from it, too.
pub const VAULT_COPY_DAYS: i64 = 30;
/// Where a directory says when it was last backed up.
const LAST_FILE: &str = "last-backup";
/// The folder in which a restore is at work.
pub(crate) const RESTORING_FOLDER: &str = "restoring";

/// What is being copied or read, for whoever waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Ledger,
    Vault,
    Documents,
    Verifying,
}

/// Told how much of a step is done, of how much: pages, files or records.
pub type Progress<'a> = &'a (dyn Fn(Step, u64, u64) + Sync);

/// The two places of a backup.
#[derive(Clone, Debug)]
pub struct Places {
    /// For the ledger and the documents.
    pub ledger: PathBuf,
    /// For the vault.
    pub vault: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("there is no {1} in {0}")]
    Missing(PathBuf, &'static str),
    #[error(
        "the vault goes to a place apart, because its copies must not live longer than \
         {VAULT_COPY_DAYS} days: {0} and {1} are one inside the other"
    )]
    NotApart(PathBuf, PathBuf),
    #[error(
        "a backup lies outside the directory that it is made of: {0} and {1} are one inside the other"
    )]
    Inside(PathBuf, PathBuf),
    #[error("{0} cannot be copied: {1}")]
    Copy(PathBuf, rusqlite::Error),
    #[error("{0}: {1}")]
    File(PathBuf, io::Error),
    #[error("{0} is not a backup of this program, or not a whole one: {1}")]
    Manifest(PathBuf, String),
    #[error("{0} and {1} were not made together: take the vault of the same backup")]
    OtherBackup(PathBuf, PathBuf),
    #[error("{0} is not as it was when the backup was made")]
    Altered(PathBuf),
    #[error(
        "{0} is not empty. A backup is put back into an empty directory and never over another \
         state of it, whose log would be mixed with it"
    )]
    NotEmpty(PathBuf),
    #[error("the backup is not sound: {0}")]
    Unsound(String),
    #[error(transparent)]
    Installation(#[from] InstallationError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Copies what lies in `directory`, also while a server writes to it. What an earlier backup of the
/// same installation left in `places` is brought up to date.
pub fn back_up(
    directory: &Path,
    places: &Places,
    at: DateTime<Utc>,
    progress: Progress<'_>,
) -> Result<Manifest, BackupError> {
    for file in [LEDGER_FILE, VAULT_FILE] {
        if !directory.join(file).exists() {
            return Err(BackupError::Missing(directory.to_owned(), file));
        }
    }
    for place in [&places.ledger, &places.vault] {
        files::make_folder(place).map_err(|error| BackupError::File(place.clone(), error))?;
    }
    check_places(directory, places)?;
    let _locks = [Lock::take(&places.ledger)?, Lock::take(&places.vault)?];
    let ledger = copy_database(
        &directory.join(LEDGER_FILE),
        &places.ledger.join(LEDGER_FILE),
        &|done, of| progress(Step::Ledger, done, of),
    )?;
    let vault =
        copy_database(&directory.join(VAULT_FILE), &places.vault.join(VAULT_FILE), &|done, of| {
            progress(Step::Vault, done, of);
        })?;
    let documents =
        copy_documents(&directory.join(DOCUMENTS_FOLDER), &places.ledger, &|done, of| {
            progress(Step::Documents, done, of);
        })?;
    // Until here an earlier backup in these places is as it was.
    for place in [&places.ledger, &places.vault] {
        Manifest::remove(place)?;
    }
    take_place(&places.ledger.join(LEDGER_FILE))?;
    take_place(&places.vault.join(VAULT_FILE))?;
    take_place(&places.ledger.join(DOCUMENTS_LIST))?;
    let mark = sqlite::mark_in_file(&places.ledger.join(LEDGER_FILE))
        .map_err(|error| BackupError::Copy(places.ledger.join(LEDGER_FILE), error))?;
    let manifest = Manifest {
        made_at: at,
        delete_vault_by: at + TimeDelta::days(VAULT_COPY_DAYS),
        records: mark.map_or(0, |mark| mark.position.0 + 1),
        last_leaf_hash: mark.map(|mark| hex::encode(mark.leaf_hash)),
        ledger_sha256: ledger,
        vault_sha256: vault,
        documents: documents.count,
        documents_list_sha256: documents.list_sha256,
    };
    manifest.write(&places.vault)?;
    manifest.write(&places.ledger)?;
    if let Err(error) =
        files::replace(&directory.join(LAST_FILE), at.to_rfc3339().as_bytes(), Readers::Usual)
    {
        tracing::warn!(%error, "the backup is made, but the server cannot be told of it");
    }
    Ok(manifest)
}

/// When the last backup of what lies in `directory` was made, as far as it was noted there.
pub fn last(directory: &Path) -> Option<DateTime<Utc>> {
    std::fs::read_to_string(directory.join(LAST_FILE)).ok()?.parse().ok()
}

/// Three places, none of them inside another.
fn check_places(directory: &Path, places: &Places) -> Result<(), BackupError> {
    let is_inside = |one: &Path, other: &Path| {
        let (one, other) = (real(one), real(other));
        one.starts_with(&other) || other.starts_with(&one)
    };
    if is_inside(&places.ledger, &places.vault) {
        return Err(BackupError::NotApart(places.ledger.clone(), places.vault.clone()));
    }
    for place in [&places.ledger, &places.vault] {
        if is_inside(place, directory) {
            return Err(BackupError::Inside(place.clone(), directory.to_owned()));
        }
    }
    Ok(())
}

/// Where a path leads, without links; as far as it is there.
fn real(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    whole
        .ancestors()
        .find_map(|there| {
            let rest = whole.strip_prefix(there).ok()?;
            Some(there.canonicalize().ok()?.join(rest))
        })
        .unwrap_or(whole)
}
