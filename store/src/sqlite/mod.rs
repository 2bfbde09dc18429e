//! The embedded engine: SQLite with a write-ahead log, one writer thread, group commit.
//!
//! Whatever waits when the writer is free goes into one transaction and one flush, so that
//! throughput grows with concurrency while a lone append costs one flush. Readers have their own
//! read-only connections; other processes may read while this one writes.

#[cfg(test)]
mod against_model;
mod copier;
pub(crate) mod log;
mod readers;
mod writer;

use crate::files;
use crate::ledger::{
    AppendError, Appended, ExpectedRevision, Ledger, NewRecord, Pending, Position, ReadError,
    Revision, StoredRecord, StreamId,
};
use crate::mark::Mark;
use crate::memory::{check_place, check_sizes};
use copier::Copier;
use log::{LogError, Progress};
use readers::{Readers, last_position, page_from, select, unavailable};
use rusqlite::{Connection, params};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use tokio::sync::{oneshot, watch};
use writer::{Append, Work, Writer};

/// The file of the ledger inside its directory.
pub const LEDGER_FILE: &str = "ledger.db";
const LOCK_FILE: &str = "ledger.lock";

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
    wake: watch::Sender<Option<Position>>,
    writer: Mutex<Option<thread::JoinHandle<()>>>,
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
        let connection = Connection::open(&path)?;
        log::never_copy_on_close(&connection)?;
        prepare(&connection, &path)?;
        files::flush_folder(directory).map_err(cannot)?;
        let head = last_position(&connection)?;
        let wake = watch::Sender::new(head);
        let readers = Arc::new(Readers::new(path.clone()));
        let copier = Copier::start(&path, Arc::clone(&readers.gate))?;
        let (work, inbox) = mpsc::channel();
        let writer = Writer::new(connection, head, wake.clone(), copier, lock);
        let writer = thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || writer.run(&inbox))
            .map_err(cannot)?;
        Ok(Self { work: Some(work), readers, wake, writer: Mutex::new(Some(writer)) })
    }

    /// Opens the ledger in `directory` for reading, also while a server writes to it.
    pub fn open_read_only(directory: &Path) -> Result<Self, OpenError> {
        let path = directory.join(LEDGER_FILE);
        if !is_there(directory) {
            return Err(OpenError::Missing(directory.to_owned()));
        }
        let readers = Readers::new(path.clone());
        let connection = readers.connect()?;
        check_format(&connection, &path)?;
        let head = last_position(&connection)?;
        Ok(Self {
            work: None,
            readers: Arc::new(readers),
            wake: watch::Sender::new(head),
            writer: Mutex::new(None),
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
        if let Some(writer) = writer
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
    let last = select(&connection, "ORDER BY r.position DESC LIMIT 1", [])?;
    Ok(last.first().map(Mark::of))
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
        Box::pin(async move {
            check_sizes(records)?;
            let closed = || AppendError::Unavailable("it was opened for reading only".to_owned());
            let (answer, outcome) = oneshot::channel();
            let append =
                Append { stream: stream.clone(), expected, records: records.to_vec(), answer };
            self.work
                .as_ref()
                .ok_or_else(closed)?
                .send(Work::Append(append))
                .map_err(|_| AppendError::Unavailable("its writer has stopped".to_owned()))?;
            outcome.await.unwrap_or_else(|_| {
                Err(AppendError::Indeterminate("the writer stopped before answering".to_owned()))
            })
        })
    }

    fn read_stream<'a>(
        &'a self,
        stream: &'a StreamId,
        from: Revision,
        limit: usize,
    ) -> Pending<'a, Result<Vec<StoredRecord>, ReadError>> {
        let stream = stream.clone();
        Box::pin(self.read(move |connection| {
            let condition = "WHERE s.name = ?1 AND r.revision >= ?2 ORDER BY r.revision LIMIT ?3";
            select(connection, condition, params![stream.as_str(), from.0 as i64, limit as i64])
                .map_err(unavailable)?
                .into_iter()
                .zip(from.0..)
                .map(|(record, expected)| {
                    if record.revision.0 == expected {
                        check_place(record)
                    } else {
                        let reason = "a revision of its stream is missing before it".to_owned();
                        Err(ReadError::Damaged { position: record.position, reason })
                    }
                })
                .collect()
        }))
    }

    fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<StoredRecord>, ReadError>> {
        let start = after.map_or(0, |position| position.0 + 1);
        Box::pin(self.read(move |connection| page_from(connection, start, limit)))
    }

    fn head(&self) -> Pending<'_, Result<Option<Position>, ReadError>> {
        Box::pin(self.read(|connection| last_position(connection).map_err(unavailable)))
    }

    fn wake(&self) -> watch::Receiver<Option<Position>> {
        self.wake.subscribe()
    }

    fn engine(&self) -> &'static str {
        "sqlite"
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_sqlite_engine_keeps_every_promise() {
        let directory = tempfile::tempdir().unwrap();
        let count = std::cell::Cell::new(0);
        contract::run(async || {
            count.set(count.get() + 1);
            SqliteLedger::open(&directory.path().join(count.get().to_string())).unwrap()
        })
        .await;
    }

    async fn with_three_records(directory: &Path) -> StreamId {
        let ledger = SqliteLedger::open(directory).unwrap();
        let stream = StreamId::new("test", "a");
        let batch: Vec<NewRecord> = (0..3)
            .map(|n| contract::new_record(&stream, n, uuid::Uuid::from_u128(n.into()), b"facts"))
            .collect();
        ledger.append(&stream, ExpectedRevision::NoStream, &batch).await.unwrap();
        stream
    }

    #[tokio::test]
    async fn what_was_acknowledged_is_there_after_reopening() {
        let directory = tempfile::tempdir().unwrap();
        let stream = with_three_records(directory.path()).await;
        let ledger = SqliteLedger::open(directory.path()).unwrap();
        assert_eq!(ledger.read_stream(&stream, Revision(0), 9).await.unwrap().len(), 3);
        let next = contract::new_record(&stream, 3, uuid::Uuid::from_u128(9), b"more");
        let appended =
            ledger.append(&stream, ExpectedRevision::Exact(Revision(2)), &[next]).await.unwrap();
        assert_eq!(appended.position, Position(3));
    }

    #[tokio::test]
    async fn another_process_reads_while_one_writes_but_does_not_write() {
        let directory = tempfile::tempdir().unwrap();
        let stream = with_three_records(directory.path()).await;
        let writer = SqliteLedger::open(directory.path()).unwrap();
        let reader = SqliteLedger::open_read_only(directory.path()).unwrap();
        assert_eq!(reader.head().await.unwrap(), Some(Position(2)));
        let next = contract::new_record(&stream, 3, uuid::Uuid::from_u128(9), b"more");
        let expected = ExpectedRevision::Exact(Revision(2));
        writer.append(&stream, expected, std::slice::from_ref(&next)).await.unwrap();
        assert_eq!(reader.head().await.unwrap(), Some(Position(3)));
        let refused = reader.append(&stream, expected, &[next]).await;
        assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
        assert!(matches!(SqliteLedger::open(directory.path()), Err(OpenError::InUse(_))));
    }

    #[tokio::test]
    async fn the_database_itself_refuses_to_change_or_delete_a_record() {
        let directory = tempfile::tempdir().unwrap();
        with_three_records(directory.path()).await;
        let connection = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
        for sql in [
            "UPDATE record SET bytes = x'00'",
            "DELETE FROM record",
            "UPDATE stream SET name = 'x'",
            "DELETE FROM stream",
        ] {
            let error = connection.execute(sql, []).unwrap_err().to_string();
            assert!(error.contains("append-only"), "{sql}: {error}");
        }
    }

    #[tokio::test]
    async fn a_damaged_record_stops_the_reader_with_its_position() {
        let directory = tempfile::tempdir().unwrap();
        let stream = with_three_records(directory.path()).await;
        let connection = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
        connection
            .execute_batch(
                "DROP TRIGGER record_is_never_updated;
                 UPDATE record SET bytes = CAST(substr(bytes, 1, 40) || x'ff' || substr(bytes, 42) AS BLOB)
                 WHERE position = 1;",
            )
            .unwrap();
        let ledger = SqliteLedger::open_read_only(directory.path()).unwrap();
        for outcome in
            [ledger.read_all(None, 9).await, ledger.read_stream(&stream, Revision(1), 9).await]
        {
            assert!(
                matches!(outcome, Err(ReadError::Damaged { position: Position(1), .. })),
                "{outcome:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_missing_record_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        with_three_records(directory.path()).await;
        let connection = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
        connection
            .execute_batch(
                "DROP TRIGGER record_is_never_deleted; DELETE FROM record WHERE position = 1;",
            )
            .unwrap();
        let ledger = SqliteLedger::open_read_only(directory.path()).unwrap();
        let outcome = ledger.read_all(None, 9).await;
        assert!(matches!(outcome, Err(ReadError::Damaged { position: Position(1), .. })));
    }

    #[test]
    fn a_file_of_another_program_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let connection = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
        connection.execute_batch("CREATE TABLE other (x)").unwrap();
        assert!(matches!(SqliteLedger::open(directory.path()), Err(OpenError::Foreign(_))));
        assert!(matches!(
            SqliteLedger::open_read_only(&directory.path().join("none")),
            Err(OpenError::Missing(_))
        ));
    }

    /// What lies in the log of the ledger in `directory`, in bytes.
    fn log_bytes(directory: &Path) -> u64 {
        std::fs::metadata(directory.join("ledger.db-wal")).map_or(0, |log| log.len())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_log_stays_short_under_steady_writing_and_reading_and_is_empty_after_a_close() {
        let directory = tempfile::tempdir().unwrap();
        let ledger = Arc::new(SqliteLedger::open(directory.path()).unwrap());
        let mut written = 0;
        let mut longest = 0;
        for round in 0..60_u64 {
            let appends = (0..100_u64).map(|stream| {
                let ledger = Arc::clone(&ledger);
                tokio::spawn(async move {
                    let stream = StreamId::new("test", format!("{round}-{stream}"));
                    let id = uuid::Uuid::new_v5(&uuid::Uuid::nil(), stream.as_str().as_bytes());
                    let record = contract::new_record(&stream, 0, id, &[7; 300]);
                    ledger.append(&stream, ExpectedRevision::NoStream, &[record]).await.unwrap();
                    ledger.read_all(None, 10).await.unwrap();
                })
            });
            for append in appends.collect::<Vec<_>>() {
                append.await.unwrap();
                written += 1;
            }
            longest = longest.max(log_bytes(directory.path()));
        }
        // Without beginning anew it comes to more than 10 MB.
        assert!(longest < 8_000_000, "{longest} bytes after {written} appends");
        ledger.close().await;
        assert_eq!(log_bytes(directory.path()), 0);
        let late = contract::new_record(&StreamId::new("test", "x"), 0, uuid::Uuid::nil(), b"x");
        let outcome =
            ledger.append(&StreamId::new("test", "x"), ExpectedRevision::NoStream, &[late]).await;
        assert!(matches!(outcome, Err(AppendError::Unavailable(_))), "{outcome:?}");
    }

    #[tokio::test]
    async fn a_reader_that_does_not_end_is_named_and_nothing_is_served() {
        let directory = tempfile::tempdir().unwrap();
        with_three_records(directory.path()).await;
        let writer = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
        writer.execute_batch("INSERT INTO stream (name) VALUES ('x')").unwrap();
        let reader = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM record").unwrap();
        writer.execute_batch("INSERT INTO stream (name) VALUES ('y')").unwrap();
        let outcome = SqliteLedger::open(directory.path()).err().map(|error| error.to_string());
        let text = outcome.expect("it must not open");
        assert!(text.contains("while another process reads it"), "{text}");
        reader.execute_batch("COMMIT").unwrap();
        SqliteLedger::open(directory.path()).unwrap();
    }

    /// The newest content of each page in a log, by its number.
    fn pages_of(log: &[u8]) -> std::collections::BTreeMap<u32, Vec<u8>> {
        let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
        let size = number(8) as usize;
        (32..log.len())
            .step_by(24 + size)
            .map(|frame| (number(frame), log[frame + 24..frame + 24 + size].to_vec()))
            .collect()
    }

    /// A copy of the log into the file may be cut off after any page, in any order of pages: the
    /// two belong together all the same, and nothing of them is missing.
    #[tokio::test]
    async fn a_file_into_which_its_log_was_half_copied_is_whole_again() {
        let directory = tempfile::tempdir().unwrap();
        with_three_records(directory.path()).await;
        let ledger = SqliteLedger::open(directory.path()).unwrap();
        let stream = StreamId::new("test", "a");
        for revision in 3..240 {
            let id = uuid::Uuid::from_u128(u128::from(revision));
            let next = contract::new_record(&stream, revision, id, &[7; 300]);
            let expected = ExpectedRevision::Exact(Revision(revision - 1));
            ledger.append(&stream, expected, &[next]).await.unwrap();
        }
        let read = |name: &str| std::fs::read(directory.path().join(name)).unwrap();
        let (file, log) = (read("ledger.db"), read("ledger.db-wal"));
        let pages = pages_of(&log);
        for is_upwards in [true, false] {
            for count in 0..=pages.len() {
                let mut torn = file.clone();
                let all: Vec<_> = match is_upwards {
                    true => pages.iter().take(count).collect(),
                    false => pages.iter().rev().take(count).collect(),
                };
                for (number, page) in all {
                    let at = (*number as usize - 1) * page.len();
                    torn.resize(torn.len().max(at + page.len()), 0);
                    torn[at..at + page.len()].copy_from_slice(page);
                }
                let left = tempfile::tempdir().unwrap();
                std::fs::write(left.path().join("ledger.db"), torn).unwrap();
                std::fs::write(left.path().join("ledger.db-wal"), &log).unwrap();
                let again = SqliteLedger::open(left.path()).unwrap();
                assert_eq!(again.read_all(None, 1_000).await.unwrap().len(), 240, "{count} pages");
            }
        }
    }
}
