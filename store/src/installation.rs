//! An installation: ledger, vault and documents, opened together or not at all.
//!
//! Each knows something of the others, so that files of another installation, or of another day,
//! are noticed before anything is written:
//!
//! - the vault remembers the last record it has seen, by position and leaf hash: a ledger that
//!   ends before it, or has another record there, is not its own;
//! - a ledger with records is not a first start: without a vault it is not opened;
//! - beside the documents lies a witness with the vault's id, the last record of some seconds ago,
//!   and how many sessions and keys have ended: a ledger and a vault that have both gone back are
//!   noticed; a vault that counts fewer is an older copy, and what ended since stays ended.

use crate::backup::{self, RESTORING_FOLDER};
use crate::chance::Chance;
use crate::documents::{Blobs, DOCUMENTS_FOLDER, DocumentError};
use crate::files::{self, Readers};
use crate::ledger::{Ledger, Position, ReadError};
use crate::location::{Location, OpenError};
use crate::mark::Mark;
use crate::master_key::{self, MasterKeyError};
use crate::sqlite::LEDGER_FILE;
use crate::vault::{self, Seen, VAULT_FILE, Vault, VaultError};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

pub(crate) const LOCK_FILE: &str = "greffe.lock";
/// Beside the documents; no blob has such a name.
const WITNESS_FILE: &str = "witness";

#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    #[error("another process works on {0}; stop it first")]
    InUse(PathBuf),
    #[error("cannot use {0}: {1}")]
    Directory(PathBuf, io::Error),
    #[error(
        "there is a vault in {0} but no ledger: this is not a first start. Bring back ledger.db \
         with its -wal file, or name the ledger that belongs to it; a backup is put back by \
         `greffe restore`, into an empty directory"
    )]
    LedgerMissing(PathBuf),
    #[error(
        "the vault has seen the ledger up to {seen}, but the ledger has {records} records. Bring \
         back the newer ledger.db, with the -wal file that lay beside it; a backup is put back by \
         `greffe restore`, into an empty directory"
    )]
    LedgerBehind { seen: Position, records: u64 },
    #[error(
        "the record at {0} is not the one that the vault has seen: {VAULT_FILE} and the ledger \
         belong to different installations. Bring back the {VAULT_FILE} of this ledger, or the \
         ledger of this vault"
    )]
    OtherLedger(Position),
    #[error(
        "there is no vault in {0}, or an empty one, but {1}: this is not a first start. Bring \
         back {VAULT_FILE}, with the -wal file that lay beside it, and the master key, or name the \
         directory that they lie in"
    )]
    VaultMissing(PathBuf, &'static str),
    #[error(
        "the documents of this installation are not in {0}. Bring back that folder with all that \
         lay in it"
    )]
    DocumentsMissing(PathBuf),
    #[error(
        "{0} belongs to another installation than {VAULT_FILE}. Bring back the folder that lay \
         beside this vault"
    )]
    OtherDocuments(PathBuf),
    #[error("a restore into {0} was cut off. Remove what lies there, then restore again")]
    Restoring(PathBuf),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    #[error(transparent)]
    Documents(#[from] DocumentError),
}

/// The right to write to a directory, as long as it is held.
pub struct Lock {
    directory: PathBuf,
    _file: File,
}

impl Lock {
    /// Takes the directory, made if there is none; nothing in it is touched.
    pub fn take(directory: &Path) -> Result<Self, InstallationError> {
        let cannot = |error| InstallationError::Directory(directory.to_owned(), error);
        files::make_folder(directory).map_err(cannot)?;
        let file = File::create(directory.join(LOCK_FILE)).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { directory: directory.to_owned(), _file: file }),
            Err(TryLockError::WouldBlock) => Err(InstallationError::InUse(directory.to_owned())),
            Err(TryLockError::Error(error)) => Err(cannot(error)),
        }
    }
}

/// What whoever watches over an installation wants to know of its directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnDisk {
    pub ledger_log_bytes: u64,
    pub vault_log_bytes: u64,
    pub last_backup: Option<DateTime<Utc>>,
}

impl OnDisk {
    pub fn of(directory: &Path) -> Self {
        let log = |file: &str| {
            let path = directory.join(format!("{file}-wal"));
            std::fs::metadata(path).map_or(0, |file| file.len())
        };
        Self {
            ledger_log_bytes: log(LEDGER_FILE),
            vault_log_bytes: log(VAULT_FILE),
            last_backup: backup::last(directory),
        }
    }
}

pub struct Installation {
    pub ledger: Arc<dyn Ledger>,
    pub vault: Arc<Vault>,
    pub blobs: Blobs,
    /// The vault was written by a program that made keys later than it does now.
    pub is_vault_of_first_format: bool,
    pub lock: Lock,
}

impl Installation {
    /// Opens what lies in the locked directory, or makes it at a first start.
    pub async fn open(
        lock: Lock,
        location: &Location,
        master_key_file: Option<&Path>,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, InstallationError> {
        let directory = lock.directory.clone();
        if directory.join(RESTORING_FOLDER).exists() {
            return Err(InstallationError::Restoring(directory));
        }
        let seen = vault::look_at(&directory)?;
        let vault_file = std::fs::metadata(directory.join(VAULT_FILE));
        let has_vault = vault_file.is_ok_and(|file| file.len() > 0);
        if has_vault && !location.is_there() {
            return Err(InstallationError::LedgerMissing(directory));
        }
        let folder = directory.join(DOCUMENTS_FOLDER);
        let told = Witness::read(&folder.join(WITNESS_FILE))
            .map_err(|error| InstallationError::Directory(folder.clone(), error))?;
        check_documents(&directory, seen, told)?;
        let ledger = location.open().await?;
        check_ledger(ledger.as_ref(), seen.and_then(|seen| seen.mark)).await?;
        check_ledger(ledger.as_ref(), told.and_then(|told| told.mark)).await?;
        if !has_vault && ledger.head().await?.is_some() {
            let what = "the ledger has records";
            return Err(InstallationError::VaultMissing(directory, what));
        }
        let key_file = master_key::path_of(&directory, master_key_file);
        let master = match has_vault {
            true => master_key::read(&key_file)?,
            false => master_key::read_or_make(&key_file, chance.as_ref())?,
        };
        let vault = Vault::open(&directory, master, chance)?;
        let blobs = Blobs::in_folder(&folder)?;
        if let Some(told) = told {
            keep_ended(&vault, told).await?;
        }
        witness(&vault, &folder).await?;
        files::flush_folder(&directory)
            .map_err(|error| InstallationError::Directory(directory, error))?;
        let is_vault_of_first_format = has_vault && seen.is_none();
        Ok(Self { ledger, vault: Arc::new(vault), blobs, is_vault_of_first_format, lock })
    }
}

/// The witness beside the documents; `None` if there is none.
pub(crate) fn witness_of(directory: &Path) -> io::Result<Option<Witness>> {
    Witness::read(&directory.join(DOCUMENTS_FOLDER).join(WITNESS_FILE))
}

/// From now on, what ends in the vault is witnessed beside the documents.
pub(crate) async fn witness(vault: &Vault, documents: &Path) -> Result<(), VaultError> {
    vault.witness_in(documents.join(WITNESS_FILE)).await
}

/// The documents belong to the vault beside them.
fn check_documents(
    directory: &Path,
    seen: Option<Seen>,
    told: Option<Witness>,
) -> Result<(), InstallationError> {
    match (seen, told) {
        (Some(seen), Some(told)) if seen.vault != told.vault => {
            Err(InstallationError::OtherDocuments(directory.join(DOCUMENTS_FOLDER)))
        }
        // A first start that was cut off had seen nothing yet.
        (Some(seen), None) if seen.mark.is_some() => {
            Err(InstallationError::DocumentsMissing(directory.join(DOCUMENTS_FOLDER)))
        }
        // A vault writes its own id before the witness is written. One without was emptied, or lost
        // the log in which it stood.
        (None, Some(_)) => {
            let what = "documents of an installation are there";
            Err(InstallationError::VaultMissing(directory.to_owned(), what))
        }
        (Some(_), Some(_)) | (Some(_), None) | (None, None) => Ok(()),
    }
}

/// The ledger still has a record that was seen.
async fn check_ledger(ledger: &dyn Ledger, seen: Option<Mark>) -> Result<(), InstallationError> {
    let Some(mark) = seen else { return Ok(()) };
    match Mark::at(ledger, mark.position).await? {
        Some(there) if there == mark => Ok(()),
        Some(_) => Err(InstallationError::OtherLedger(mark.position)),
        None => {
            let records = ledger.head().await?.map_or(0, |head| head.0 + 1);
            Err(InstallationError::LedgerBehind { seen: mark.position, records })
        }
    }
}

/// An older copy of the vault would revive the sessions that have ended since.
async fn keep_ended(vault: &Vault, told: Witness) -> Result<(), VaultError> {
    if vault.seen()?.endings < told.endings {
        let sessions = vault.end_every_session().await?;
        vault.count_endings_from(told.endings).await?;
        tracing::warn!(sessions, "the vault is an older copy; everybody signs in anew");
    }
    Ok(())
}

/// What stands beside the documents: what they know of the vault and the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Witness {
    pub vault: Uuid,
    /// How many sessions and keys of that vault have ended.
    pub endings: u64,
    /// The last record that it had seen.
    pub mark: Option<Mark>,
}

impl Witness {
    /// `None` if there is no witness.
    fn read(file: &Path) -> io::Result<Option<Self>> {
        match std::fs::read(file) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn write(self, file: &Path) -> io::Result<()> {
        files::replace(file, &serde_json::to_vec(&self)?, Readers::Usual)
    }
}

#[cfg(test)]
mod tests;
