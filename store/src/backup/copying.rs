//! Copying: a database as of one moment while it is written to, and documents, which never change.

use super::BackupError;
use crate::documents::DOCUMENTS_FOLDER;
use crate::files::{self, Readers};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Pages copied at a time. Then the disk belongs to the server for as long as they took.
const PAGES: i32 = 512;
/// The list of documents, as `sha256sum --check` reads it.
pub(super) const DOCUMENTS_LIST: &str = "documents.sha256";

type Told<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// Copies a database as it is at one moment, beside where it belongs; answers the SHA-256. One read transaction
/// is held all the while: without it SQLite would begin again with each commit of the server, and
/// never finish. The server's log grows meanwhile; nobody waits.
pub(super) fn copy_database(from: &Path, to: &Path, told: Told<'_>) -> Result<String, BackupError> {
    let beside = to.with_extension("new");
    let failed = |error| BackupError::Copy(from.to_owned(), error);
    let file_failed = |error| BackupError::File(beside.clone(), error);
    remove_if_there(&beside).map_err(file_failed)?;
    copy_pages(from, &beside, told).map_err(failed)?;
    File::open(&beside).and_then(|file| file.sync_all()).map_err(file_failed)?;
    sha256_of(&beside).map_err(file_failed)
}

/// Moves a copy from beside where it belongs to its place.
pub(super) fn take_place(to: &Path) -> Result<(), BackupError> {
    let failed = |error| BackupError::File(to.to_owned(), error);
    for ending in ["-wal", "-shm"] {
        let mut log = to.as_os_str().to_owned();
        log.push(ending);
        remove_if_there(Path::new(&log)).map_err(failed)?;
    }
    let beside = to.with_extension("new");
    std::fs::rename(beside, to).and_then(|()| files::flush_folder_of(to)).map_err(failed)
}

fn copy_pages(from: &Path, to: &Path, told: Told<'_>) -> Result<(), rusqlite::Error> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    source.busy_timeout(Duration::from_secs(5))?;
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")?;
    let mut target = Connection::open(to)?;
    target.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;")?;
    {
        let backup = Backup::new(&source, &mut target)?;
        loop {
            let started = Instant::now();
            let step = backup.step(PAGES)?;
            let progress = backup.progress();
            let total = u64::try_from(progress.pagecount).unwrap_or_default();
            let left = u64::try_from(progress.remaining).unwrap_or_default();
            told(total.saturating_sub(left), total);
            if step == StepResult::Done {
                break;
            }
            thread::sleep(started.elapsed());
        }
    }
    source.execute_batch("COMMIT")
}

/// What was copied of the documents.
pub(super) struct Copied {
    pub count: u64,
    /// Of the list of all of them.
    pub list_sha256: String,
}

/// Copies every document that is not there yet, and lists them all with their hashes.
pub(super) fn copy_documents(
    from: &Path,
    to: &Path,
    told: Told<'_>,
) -> Result<Copied, BackupError> {
    let folder = to.join(DOCUMENTS_FOLDER);
    let failed = |error| BackupError::File(folder.clone(), error);
    files::make_folder(&folder).map_err(failed)?;
    let documents =
        documents_in(from).map_err(|error| BackupError::File(from.to_owned(), error))?;
    let mut list = String::new();
    let mut folders = BTreeMap::new();
    for (done, (name, path)) in (1..).zip(&documents) {
        let started = Instant::now();
        let content = match std::fs::read(path) {
            Ok(content) => content,
            // Swept meanwhile: no event speaks of it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(BackupError::File(path.clone(), error)),
        };
        let target = to.join(name);
        let is_there = std::fs::read(&target).is_ok_and(|there| there == content);
        if !is_there {
            let parent = target.parent().unwrap_or(to).to_owned();
            if folders.insert(parent.clone(), ()).is_none() {
                files::make_folder(&parent).map_err(failed)?;
            }
            files::replace(&target, &content, Readers::Usual).map_err(failed)?;
            thread::sleep(started.elapsed());
        }
        list.push_str(&format!("{}  {name}\n", hex::encode(Sha256::digest(&content))));
        told(done, documents.len() as u64);
    }
    let beside = to.join(DOCUMENTS_LIST).with_extension("new");
    std::fs::write(&beside, list.as_bytes())
        .and_then(|()| File::open(&beside)?.sync_all())
        .map_err(failed)?;
    let count = list.lines().count() as u64;
    Ok(Copied { count, list_sha256: hex::encode(Sha256::digest(list.as_bytes())) })
}

/// The documents in a folder: their names below it, and where they are.
fn documents_in(folder: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for group in std::fs::read_dir(folder)? {
        let group = group?;
        if !group.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(group.path())? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            // What is still being written has another name.
            if uuid::Uuid::try_parse(&name).is_ok() {
                let group = group.file_name().to_string_lossy().into_owned();
                found.insert(format!("{DOCUMENTS_FOLDER}/{group}/{name}"), file.path());
            }
        }
    }
    Ok(found)
}

pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

pub(super) fn sha256_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(buffer.get(..read).unwrap_or_default()),
        }
    }
}
