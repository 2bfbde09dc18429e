//! Putting a backup back: into an empty directory, checked file by file, verified record by record,
//! and only then moved to where a server would find it.

use super::copying::{DOCUMENTS_LIST, sha256_of};
use super::{BackupError, Manifest, Places, Progress, RESTORING_FOLDER, Step};
use crate::chance::Chance;
use crate::documents::{Blobs, DOCUMENTS_FOLDER};
use crate::files;
use crate::installation::{self, Lock};
use crate::ledger::Ledger;
use crate::location::Location;
use crate::mark::Mark;
use crate::master_key;
use crate::seal::DataKey;
use crate::sqlite::LEDGER_FILE;
use crate::vault::{VAULT_FILE, Vault};
use crate::verify::{Beside, Damage, Part, Report, verify};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was put back.
#[derive(Debug)]
pub struct Restored {
    pub manifest: Manifest,
    pub report: Report,
}

/// Puts a backup back into `directory`, which is empty or not there. A master key that already lies
/// in it, at its usual place, is let alone.
pub async fn restore(
    places: &Places,
    directory: &Path,
    master_key_file: Option<&Path>,
    chance: Arc<dyn Chance>,
    progress: Progress<'_>,
) -> Result<Restored, BackupError> {
    let manifest = checked(places)?;
    check_empty(directory)?;
    super::check_places(directory, places)?;
    let lock = Lock::take(directory)?;
    let master = master_key::read(&master_key::path_of(directory, master_key_file))
        .map_err(installation::InstallationError::from)?;
    let work = directory.join(RESTORING_FOLDER);
    let put_back = PutBack { places, directory, work: &work, manifest: &manifest, progress };
    let outcome = put_back.run(master, chance).await;
    if outcome.is_err() {
        // What was begun is taken away again, so that the next try finds the directory empty.
        std::fs::remove_dir_all(&work).map_err(|error| BackupError::File(work, error))?;
    }
    drop(lock);
    Ok(Restored { report: outcome?, manifest })
}

struct PutBack<'a> {
    places: &'a Places,
    directory: &'a Path,
    /// Where it is put together.
    work: &'a Path,
    manifest: &'a Manifest,
    progress: Progress<'a>,
}

impl PutBack<'_> {
    async fn run(&self, master: DataKey, chance: Arc<dyn Chance>) -> Result<Report, BackupError> {
        let Self { places, directory, work, manifest, progress } = *self;
        files::make_folder(work).map_err(|error| BackupError::File(work.to_owned(), error))?;
        copy_file(places.vault.join(VAULT_FILE), &work.join(VAULT_FILE))?;
        // The key is tried before anything large is copied.
        let vault = Vault::open(work, master, chance)?;
        progress(Step::Vault, 1, 1);
        copy(places, work, manifest, progress)?;

        let ledger = Location::Directory(work.to_owned())
            .open()
            .await
            .map_err(installation::InstallationError::from)?;
        let blobs = Blobs::in_folder(&work.join(DOCUMENTS_FOLDER))
            .map_err(installation::InstallationError::from)?;
        let report = verified(ledger.as_ref(), &vault, &blobs, work, manifest, progress).await?;
        let head =
            Mark::of_head(ledger.as_ref()).await.map_err(installation::InstallationError::from)?;
        vault.rewind(head).await?;
        installation::witness(&vault, &work.join(DOCUMENTS_FOLDER)).await?;
        ledger.close().await;
        vault.close().await?;
        drop((ledger, vault, blobs));
        take_place(work, directory)?;
        Ok(report)
    }
}

/// Both parts are there, as they were made, and made together.
fn checked(places: &Places) -> Result<Manifest, BackupError> {
    for (place, file) in [(&places.ledger, LEDGER_FILE), (&places.vault, VAULT_FILE)] {
        if place.is_dir() && !place.join(file).exists() {
            return Err(BackupError::Missing(place.clone(), file));
        }
    }
    let manifest = Manifest::read(&places.ledger)?;
    if Manifest::read(&places.vault)? != manifest {
        return Err(BackupError::OtherBackup(places.ledger.clone(), places.vault.clone()));
    }
    let files = [
        (places.ledger.join(LEDGER_FILE), &manifest.ledger_sha256),
        (places.vault.join(VAULT_FILE), &manifest.vault_sha256),
        (places.ledger.join(DOCUMENTS_LIST), &manifest.documents_list_sha256),
    ];
    for (path, expected) in files {
        check_hash(path, expected)?;
    }
    Ok(manifest)
}

fn check_hash(path: PathBuf, expected: &str) -> Result<(), BackupError> {
    match sha256_of(&path) {
        Ok(found) if found == expected => Ok(()),
        Ok(_) => Err(BackupError::Altered(path)),
        Err(error) => Err(BackupError::File(path, error)),
    }
}

/// Nothing but keys and a lock.
fn check_empty(directory: &Path) -> Result<(), BackupError> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(BackupError::File(directory.to_owned(), error)),
    };
    for entry in entries {
        let name =
            entry.map_err(|error| BackupError::File(directory.to_owned(), error))?.file_name();
        if name != "keys" && name != installation::LOCK_FILE {
            return Err(BackupError::NotEmpty(directory.to_owned()));
        }
    }
    Ok(())
}

fn copy(
    places: &Places,
    work: &Path,
    manifest: &Manifest,
    progress: Progress<'_>,
) -> Result<(), BackupError> {
    copy_file(places.ledger.join(LEDGER_FILE), &work.join(LEDGER_FILE))?;
    progress(Step::Ledger, 1, 1);
    let list = places.ledger.join(DOCUMENTS_LIST);
    let text =
        std::fs::read_to_string(&list).map_err(|error| BackupError::File(list.clone(), error))?;
    for (done, line) in (1..).zip(text.lines()) {
        let malformed = || BackupError::Altered(list.clone());
        let (sha256, name) = line.split_once("  ").ok_or_else(malformed)?;
        // A list that names a place outside is not one of ours.
        if !name.starts_with(DOCUMENTS_FOLDER) || name.contains("..") {
            return Err(malformed());
        }
        let target = work.join(name);
        let folder = target.parent().ok_or_else(malformed)?;
        files::make_folder(folder).map_err(|error| BackupError::File(target.clone(), error))?;
        let source = places.ledger.join(name);
        check_hash(source.clone(), sha256)?;
        copy_file(source, &target)?;
        files::flush_folder_of(&target).map_err(|error| BackupError::File(target, error))?;
        progress(Step::Documents, done, manifest.documents);
    }
    Ok(())
}

fn copy_file(from: PathBuf, to: &Path) -> Result<(), BackupError> {
    std::fs::copy(&from, to)
        .and_then(|_| std::fs::File::open(to)?.sync_all())
        .map_err(|error| BackupError::File(from, error))
}

async fn verified(
    ledger: &dyn Ledger,
    vault: &Vault,
    blobs: &Blobs,
    work: &Path,
    manifest: &Manifest,
    progress: Progress<'_>,
) -> Result<Report, BackupError> {
    let beside = Beside {
        vault: Some(vault),
        directory: Some(work),
        blobs: Some(blobs),
        ..Beside::default()
    };
    let read = Cell::new(0);
    let told = |more| {
        read.set(read.get() + more);
        progress(Step::Verifying, read.get(), manifest.records);
    };
    let report = verify(ledger, beside, told).await?;
    let is_grave = |damage: &&Damage| match damage.part {
        Part::Record | Part::Stream | Part::Ledger | Part::Vault | Part::Key => true,
        // Compared with the list already: what is missing now was missing then.
        Part::Document => false,
        // The vault was copied after the ledger: it may have seen more, and forgotten more.
        Part::Witness | Part::DestroyedKey => false,
    };
    if let Some(damage) = report.damage.iter().find(is_grave) {
        return Err(BackupError::Unsound(damage.to_string()));
    }
    if report.records != manifest.records {
        return Err(BackupError::Unsound(format!("it has {} records", report.records)));
    }
    Ok(report)
}

/// The vault first and the ledger last: whatever lies there when this is cut off is refused at a
/// start.
fn take_place(work: &Path, directory: &Path) -> Result<(), BackupError> {
    let failed = |error| BackupError::File(directory.to_owned(), error);
    for name in [VAULT_FILE, DOCUMENTS_FOLDER, LEDGER_FILE] {
        std::fs::rename(work.join(name), directory.join(name)).map_err(failed)?;
    }
    files::flush_folder(directory).map_err(failed)?;
    std::fs::remove_dir_all(work).map_err(failed)?;
    files::flush_folder(directory).map_err(failed)
}
