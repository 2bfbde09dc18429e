//! The embedded engine: SQLite with a write-ahead log, one writer thread, group commit.
//!
//! Whatever waits when the writer is free goes into one transaction and one flush, so that
//! throughput grows with concurrency while a lone append costs one flush. Readers have their own
//! read-only connections; other processes may read while this one writes.

#[cfg(test)]
mod against_model;
pub(crate) mod check;
mod copier;
#[cfg(test)]
pub(crate) mod damage;
mod flushes;
pub(crate) mod log;
pub(crate) mod read_only;
mod readers;
mod tails;
#[cfg(test)]
mod tests;
mod writer;

use crate::files;
use crate::ledger::{
    AppendError, Appended, Checked, ExpectedRevision, Flushes, FollowUp, Ledger, NewRecord,
    Pending, Position, ReadError, Revision, StoredRecord, StreamId, Tail,
};
use crate::mark::Mark;
use crate::memory::check_sizes;
use crate::record::leaf_hash;
use copier::Copier;
use flushes::FlushTimes;
use log::{LogError, Progress};
use read_only::Access;
pub(crate) use readers::is_damage;
use readers::{
    Readers, last_position, last_revision, page_from, page_of_stream, streams_named, unread,
};
use rusqlite::{Connection, OptionalExtension};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread;
use tails::Tails;
use tokio::sync::{oneshot, watch};
use writer::{Append, Shared, Work, Writer};

/// The file of the ledger inside its directory.
pub const LEDGER_FILE: &str = "ledger.db";
const LOCK_FILE: &str = "ledger.lock";

/// What the writer keeps of the file in memory, as SQLite counts it: negative, in KiB.
const CACHE_KIB: i64 = -65_536;
/// The log is cut to this when it begins anew.
const LOG_BYTES: i64 = 64 * 1024 * 1024;
/// "Grff" in ASCII, so that `file` and SQLite's tools can tell what this is.
const APPLICATION_ID: i64 = 0x4772_6666;
const FORMAT: i64 = 1;

const PROGRESS: Progress = Progress("SELECT coalesce(max(position) + 1, 0) FROM record");

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS stream (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE IF NOT EXISTS record (
        position INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL REFERENCES stream (number),
        revision INTEGER NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS record_by_stream ON record (stream, revision);
    CREATE TRIGGER IF NOT EXISTS record_is_never_updated BEFORE UPDATE ON record
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
    CREATE TRIGGER IF NOT EXISTS record_is_never_deleted BEFORE DELETE ON record
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
    CREATE TRIGGER IF NOT EXISTS stream_is_never_updated BEFORE UPDATE ON stream
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
    CREATE TRIGGER IF NOT EXISTS stream_is_never_deleted BEFORE DELETE ON stream
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
";

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot use the directory {0}: {1}")]
    Directory(PathBuf, std::io::Error),
    #[error("another process writes to the ledger in {0}; stop it first")]
    InUse(PathBuf),
    #[error("{0} can be read only; give the server's user the right to write it")]
    ReadOnly(PathBuf),
    #[error("there is no ledger in {0}")]
    Missing(PathBuf),
    #[error("{0} is not a ledger of this program, or one of a newer version")]
    Foreign(PathBuf),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("cannot open the ledger: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

pub struct SqliteLedger {
    /// `None` when opened for reading only.
    work: Option<mpsc::Sender<Work>>,
    readers: Arc<Readers>,
    tails: Arc<Tails>,
    wake: watch::Sender<Option<Position>>,
    writer: Mutex<Option<thread::JoinHandle<()>>>,
    stopped: Arc<OnceLock<String>>,
    flushes: Arc<FlushTimes>,
}

impl SqliteLedger {
    /// Opens the ledger in `directory` for writing, and makes it if there is none. What it holds is
    /// on disk afterwards, whatever happened to the process that wrote it.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        let cannot = |error| OpenError::Directory(directory.to_owned(), error);
        files::make_folder(directory).map_err(cannot)?;
        let lock = lock(directory)?;
        let path = directory.join(LEDGER_FILE);
        log::check(&path, PROGRESS)?;
        let mut connection = Connection::open(&path)?;
        // SQLite opens for reading what it may not write.
        if connection.is_readonly("main")? {
            return Err(OpenError::ReadOnly(path));
        }
        log::never_copy_on_close(&connection)?;
        prepare(&connection, &path)?;
        files::flush_folder(directory).map_err(cannot)?;
        let head = last_position(&connection)?;
        let wake = watch::Sender::new(head);
        let readers = Arc::new(Readers::new(Access::Shared(path.clone())));
        let copier = Copier::start(&path, &mut connection, Arc::clone(&readers.gate))?;
        let (work, inbox) = mpsc::channel();
        let stopped = Arc::<OnceLock<String>>::default();
        let told = Arc::clone(&stopped);
        let tails = Arc::new(Tails::new());
        let known = Arc::clone(&tails);
        let flushes = Arc::<FlushTimes>::default();
        let shared = Shared {
            tails: known,
            wake: wake.clone(),
            stopped: told,
            flushes: Arc::clone(&flushes),
        };
        let writer = Writer::new(connection, head, shared, copier, lock);
        let writer = thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || writer.run(&inbox))
            .map_err(cannot)?;
        let writer = Mutex::new(Some(writer));
        Ok(Self { work: Some(work), readers, tails, wake, writer, stopped, flushes })
    }

    /// Opens the ledger in `directory` for reading, also while a server writes to it.
    pub fn open_read_only(directory: &Path) -> Result<Self, OpenError> {
        let path = directory.join(LEDGER_FILE);
        if !is_there(directory) {
            return Err(OpenError::Missing(directory.to_owned()));
        }
        let readers = Readers::new(Access::to(&path)?);
        let connection = readers.connect()?;
        check_format(&connection, &path)?;
        let head = last_position(&connection)?;
        Ok(Self {
            work: None,
            readers: Arc::new(readers),
            tails: Arc::new(Tails::new()),
            wake: watch::Sender::new(head),
            writer: Mutex::new(None),
            stopped: Arc::default(),
            flushes: Arc::default(),
        })
    }

    async fn ask_writer(
        &self,
        stream: &StreamId,
        expected: ExpectedRevision,
        records: &[NewRecord],
        then: Option<FollowUp>,
    ) -> Result<Appended, AppendError> {
        check_sizes(records)?;
        let closed = || AppendError::Unavailable("it was opened for reading only".to_owned());
        let (answer, outcome) = oneshot::channel();
        let append =
            Append { stream: stream.clone(), expected, records: records.to_vec(), then, answer };
        self.work
            .as_ref()
            .ok_or_else(closed)?
            .send(Work::Append(append))
            .map_err(|_| AppendError::Unavailable("its writer has stopped".to_owned()))?;
        outcome.await.unwrap_or_else(|_| {
            Err(AppendError::Indeterminate("the writer stopped before answering".to_owned()))
        })
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let readers = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || readers.with(query))
            .await
            .map_err(|error| ReadError::Unavailable(error.to_string()))?
    }
}

impl Drop for SqliteLedger {
    /// Waits until everything accepted is on disk.
    fn drop(&mut self) {
        self.work = None;
        let writer = self.writer.lock().ok().and_then(|mut writer| writer.take());
        // What follows an append may be the last to let go, and runs on the writer itself.
        if let Some(writer) = writer
            && writer.thread().id() != thread::current().id()
            && writer.join().is_err()
        {
            tracing::error!("the ledger's writer had stopped");
        }
    }
}

/// Whether a ledger lies in `directory`: a file with something in it.
pub fn is_there(directory: &Path) -> bool {
    std::fs::metadata(directory.join(LEDGER_FILE)).is_ok_and(|file| file.len() > 0)
}

/// The mark of the last record in a file without a log, like one in a backup.
pub(crate) fn mark_in_file(path: &Path) -> Result<Option<Mark>, rusqlite::Error> {
    let connection = log::file_alone(path)?;
    let sql = "SELECT position, bytes FROM record ORDER BY position DESC LIMIT 1";
    let mark = |row: &rusqlite::Row<'_>| {
        let position = Position(row.get::<_, i64>(0)? as u64);
        Ok(Mark { position, leaf_hash: leaf_hash(row.get_ref(1)?.as_blob()?) })
    };
    connection.query_row(sql, [], mark).optional()
}

fn lock(directory: &Path) -> Result<File, OpenError> {
    let file = File::create(directory.join(LOCK_FILE))
        .map_err(|error| OpenError::Directory(directory.to_owned(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(directory.to_owned())),
        Err(TryLockError::Error(error)) => Err(OpenError::Directory(directory.to_owned(), error)),
    }
}

fn prepare(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let is_new: bool =
        connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
    if is_new {
        connection.pragma_update(None, "page_size", 8192)?;
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.pragma_update(None, "user_version", FORMAT)?;
    }
    check_format(connection, path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Copied on a connection of its own, so that it does not show in a commit.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    // The leaves of an index of some millions of streams, so that a commit finds what it changes.
    connection.pragma_update(None, "cache_size", CACHE_KIB)?;
    log::make_durable(connection, path)?;
    connection.execute_batch(SCHEMA)?;
    // A new one stands in its file, not in a log that somebody may tidy away.
    log::make_durable(connection, path)?;
    Ok(())
}

fn check_format(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    if pragma("application_id")? == APPLICATION_ID && pragma("user_version")? == FORMAT {
        Ok(())
    } else {
        Err(OpenError::Foreign(path.to_owned()))
    }
}

impl Ledger for SqliteLedger {
    fn append<'a>(
        &'a self,
        stream: &'a StreamId,
        expected: ExpectedRevision,
        records: &'a [NewRecord],
    ) -> Pending<'a, Result<Appended, AppendError>> {
        Box::pin(self.ask_writer(stream, expected, records, None))
    }

    fn append_then<'a>(
        &'a self,
        stream: &'a StreamId,
        expected: ExpectedRevision,
        records: &'a [NewRecord],
        then: FollowUp,
    ) -> Pending<'a, Result<Appended, AppendError>> {
        Box::pin(self.ask_writer(stream, expected, records, Some(then)))
    }

    fn tail(&self, stream: &StreamId) -> Tail {
        match self.work {
            Some(_) => self.tails.get(stream),
            // Another process writes.
            None => Tail::Unknown,
        }
    }

    fn read_stream<'a>(
        &'a self,
        stream: &'a StreamId,
        from: Revision,
        limit: usize,
    ) -> Pending<'a, Result<Vec<StoredRecord>, ReadError>> {
        let stream = stream.clone();
        let tails = Arc::clone(&self.tails);
        Box::pin(self.read(move |connection| {
            let before = tails.before_reading(&stream);
            let records = page_of_stream(connection, &stream, from, limit)?;
            let last = match records.last() {
                Some(last) if records.len() < limit => Some(last.revision),
                None => last_revision(connection, &stream).map_err(unread)?,
                Some(_) => None,
            };
            if let Some(last) = last {
                tails.found(&stream, last, before);
            }
            Ok(records)
        }))
    }

    fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<StoredRecord>, ReadError>> {
        let start = after.map_or(0, |position| position.0 + 1);
        let readers = Arc::clone(&self.readers);
        Box::pin(self.read(move |connection| page_from(connection, &readers.names, start, limit)))
    }

    fn head(&self) -> Pending<'_, Result<Option<Position>, ReadError>> {
        Box::pin(self.read(|connection| last_position(connection).map_err(unread)))
    }

    fn wake(&self) -> watch::Receiver<Option<Position>> {
        self.wake.subscribe()
    }

    fn engine(&self) -> &'static str {
        "sqlite"
    }

    fn stopped(&self) -> Option<String> {
        self.stopped.get().cloned()
    }

    fn flushes(&self) -> Option<Flushes> {
        Some(self.flushes.told())
    }

    fn streams<'a>(
        &'a self,
        beginning: &'a str,
        limit: usize,
    ) -> Pending<'a, Result<Vec<StreamId>, ReadError>> {
        let beginning = beginning.to_owned();
        Box::pin(self.read(move |connection| streams_named(connection, &beginning, limit)))
    }

    fn check(&self) -> Pending<'_, Result<Checked, ReadError>> {
        let path = self.readers.access.path();
        Box::pin(async move {
            // On a connection of its own: commits do not wait for it.
            let check = move || {
                check::check(&path, Some(SCHEMA)).or_else(|error| match is_damage(&error) {
                    true => Ok(Checked { damage: vec![error.to_string()], ..Checked::default() }),
                    false => Err(unread(error)),
                })
            };
            let checking = tokio::task::spawn_blocking(check);
            checking.await.map_err(|error| ReadError::Unavailable(error.to_string()))?
        })
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(async move {
            self.readers.close();
            let (closed, done) = oneshot::channel();
            if let Some(work) = &self.work
                && work.send(Work::Close(closed)).is_ok()
            {
                drop(done.await);
            }
        })
    }
}
