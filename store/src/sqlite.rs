//! The embedded engine: SQLite with a write-ahead log, one writer thread, group commit.
//!
//! Whatever waits when the writer is free goes into one transaction and one flush, so that
//! throughput grows with concurrency while a lone append costs one flush. Readers have their own
//! read-only connections; other processes may read while this one writes.

use crate::ledger::{
    AppendError, Appended, ExpectedRevision, Ledger, NewRecord, Pending, Position, ReadError,
    Revision, StoredRecord, StreamId,
};
use crate::memory::{already_appended, check_place, check_sizes};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use tokio::sync::{oneshot, watch};

/// The file of the ledger inside its directory.
pub const LEDGER_FILE: &str = "ledger.db";
const LOCK_FILE: &str = "ledger.lock";

/// The most appends that share one flush.
const GROUP_MAX: usize = 512;
/// Bytes of records after which the write-ahead log is copied into the database.
const CHECKPOINT_BYTES: usize = 4 * 1024 * 1024;
/// Streams whose last revision the writer remembers.
const HEADS_MAX: usize = 100_000;
/// "Grff" in ASCII, so that `file` and SQLite's tools can tell what this is.
const APPLICATION_ID: i64 = 0x4772_6666;
const FORMAT: i64 = 1;

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
    #[error("cannot open the ledger: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

pub struct SqliteLedger {
    /// `None` when opened for reading only.
    appends: Option<mpsc::Sender<Append>>,
    readers: Arc<Readers>,
    wake: watch::Sender<Option<Position>>,
    writer: Mutex<Option<thread::JoinHandle<()>>>,
}

struct Append {
    stream: StreamId,
    expected: ExpectedRevision,
    records: Vec<NewRecord>,
    answer: oneshot::Sender<Result<Appended, AppendError>>,
}

impl SqliteLedger {
    /// Opens the ledger in `directory` for writing, and makes it if there is none.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        std::fs::create_dir_all(directory)
            .map_err(|error| OpenError::Directory(directory.to_owned(), error))?;
        let lock = lock(directory)?;
        let path = directory.join(LEDGER_FILE);
        let connection = Connection::open(&path)?;
        prepare(&connection, &path)?;
        let head = last_position(&connection)?;
        let wake = watch::Sender::new(head);
        let checkpoints = start_checkpoints(&path)?;
        let (appends, inbox) = mpsc::channel();
        let writer = Writer {
            connection,
            heads: HashMap::new(),
            next: head.map_or(0, |head| head.0 + 1),
            wake: wake.clone(),
            stopped: None,
            checkpoints,
            bytes_since_checkpoint: 0,
            _lock: lock,
        };
        let writer = thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || writer.run(&inbox))
            .map_err(|error| OpenError::Directory(directory.to_owned(), error))?;
        Ok(Self {
            appends: Some(appends),
            readers: Arc::new(Readers { path, idle: Mutex::default() }),
            wake,
            writer: Mutex::new(Some(writer)),
        })
    }

    /// Opens the ledger in `directory` for reading, also while a server writes to it.
    pub fn open_read_only(directory: &Path) -> Result<Self, OpenError> {
        let path = directory.join(LEDGER_FILE);
        if !path.exists() {
            return Err(OpenError::Missing(directory.to_owned()));
        }
        let readers = Readers { path: path.clone(), idle: Mutex::default() };
        let connection = readers.connect()?;
        check_format(&connection, &path)?;
        let head = last_position(&connection)?;
        Ok(Self {
            appends: None,
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
        self.appends = None;
        let writer = self.writer.lock().ok().and_then(|mut writer| writer.take());
        if let Some(writer) = writer
            && writer.join().is_err()
        {
            tracing::error!("the ledger's writer had stopped");
        }
    }
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
    // Checkpoints run on their own connection, so that they do not show in a commit.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.execute_batch(SCHEMA)?;
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

fn last_position(connection: &Connection) -> Result<Option<Position>, rusqlite::Error> {
    connection.query_row("SELECT max(position) FROM record", [], |row| {
        Ok(row.get::<_, Option<i64>>(0)?.map(|position| Position(position as u64)))
    })
}

/// Read-only connections, one per concurrent query, kept for the next one.
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    fn connect(&self) -> Result<Connection, rusqlite::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "mmap_size", 1_i64 << 30)?;
        Ok(connection)
    }

    fn with<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let idle = self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect().map_err(unavailable)?,
        };
        let answer = query(&connection);
        self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(connection);
        answer
    }
}

fn unavailable(error: rusqlite::Error) -> ReadError {
    ReadError::Unavailable(error.to_string())
}

const RECORD: &str = "SELECT r.position, s.name, r.revision, r.bytes
                      FROM record r JOIN stream s ON s.number = r.stream";

fn select(
    connection: &Connection,
    condition: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<StoredRecord>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(&format!("{RECORD} {condition}"))?;
    let rows = statement.query_map(parameters, |row| {
        Ok(StoredRecord {
            position: Position(row.get::<_, i64>(0)? as u64),
            stream: StreamId::recorded(row.get_ref(1)?.as_str()?),
            revision: Revision(row.get::<_, i64>(2)? as u64),
            bytes: row.get::<_, Vec<u8>>(3)?.into(),
        })
    })?;
    rows.collect()
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
            self.appends
                .as_ref()
                .ok_or_else(closed)?
                .send(append)
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
        Box::pin(self.read(move |connection| {
            let condition = "WHERE r.position >= ?1 ORDER BY r.position LIMIT ?2";
            let records = select(connection, condition, params![start as i64, limit as i64])
                .map_err(unavailable)?;
            without_gaps(start, records)
        }))
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
}

/// Every record, checked, with none missing between them.
fn without_gaps(start: u64, records: Vec<StoredRecord>) -> Result<Vec<StoredRecord>, ReadError> {
    (start..)
        .zip(records)
        .map(|(expected, record)| {
            if record.position.0 == expected {
                check_place(record)
            } else {
                Err(ReadError::Damaged {
                    position: Position(expected),
                    reason: "it is missing".to_owned(),
                })
            }
        })
        .collect()
}

/// The one thread that writes.
struct Writer {
    connection: Connection,
    /// The number and the last revision of streams written lately.
    heads: HashMap<StreamId, Head>,
    next: u64,
    wake: watch::Sender<Option<Position>>,
    /// Why nothing is written any more.
    stopped: Option<String>,
    checkpoints: mpsc::SyncSender<()>,
    bytes_since_checkpoint: usize,
    _lock: File,
}

#[derive(Clone, Copy)]
struct Head {
    number: i64,
    last: Option<Revision>,
}

type Answer = (oneshot::Sender<Result<Appended, AppendError>>, Result<Appended, AppendError>);

impl Writer {
    fn run(mut self, inbox: &mpsc::Receiver<Append>) {
        while let Ok(first) = inbox.recv() {
            let group = std::iter::once(first).chain(inbox.try_iter().take(GROUP_MAX - 1));
            let group: Vec<Append> = group.collect();
            let answers = self.commit(group);
            for (answer, outcome) in answers {
                // Whoever asked may be gone; what was appended stays appended.
                drop(answer.send(outcome));
            }
        }
    }

    /// One transaction and one flush for the whole group.
    fn commit(&mut self, group: Vec<Append>) -> Vec<Answer> {
        if let Some(reason) = &self.stopped {
            let refuse =
                |append: Append| (append.answer, Err(AppendError::Unavailable(reason.clone())));
            return group.into_iter().map(refuse).collect();
        }
        let before = self.next;
        let mut answers = Vec::with_capacity(group.len());
        let outcome = self.connection.execute_batch("BEGIN IMMEDIATE").and_then(|()| {
            for append in group {
                let outcome = self.append_one(&append.stream, append.expected, &append.records);
                answers.push((append.answer, outcome));
                if let Some((_, Err(AppendError::Corrupt(reason)))) = answers.last() {
                    return Err(rusqlite::Error::InvalidColumnName(reason.clone()));
                }
            }
            self.connection.execute_batch("COMMIT")
        });
        match outcome {
            Ok(()) => {
                if self.next > before {
                    self.wake.send_replace(Some(Position(self.next - 1)));
                    self.checkpoint_if_long();
                }
                if self.heads.len() > HEADS_MAX {
                    self.heads.clear();
                }
                answers
            }
            Err(error) => self.stop(&error, answers),
        }
    }

    fn checkpoint_if_long(&mut self) {
        if self.bytes_since_checkpoint > CHECKPOINT_BYTES {
            self.bytes_since_checkpoint = 0;
            // Full means that it is about to run anyway.
            let _ = self.checkpoints.try_send(());
        }
    }

    /// After a failed commit nobody can say what is on disk: a flush is never tried again.
    fn stop(&mut self, error: &rusqlite::Error, answers: Vec<Answer>) -> Vec<Answer> {
        let reason = format!("writing failed ({error}); restart the program");
        tracing::error!(%reason, "the ledger stopped");
        self.stopped = Some(reason.clone());
        answers
            .into_iter()
            .map(|(answer, _)| (answer, Err(AppendError::Indeterminate(reason.clone()))))
            .collect()
    }

    fn append_one(
        &mut self,
        stream: &StreamId,
        expected: ExpectedRevision,
        new: &[NewRecord],
    ) -> Result<Appended, AppendError> {
        let corrupt = |error: rusqlite::Error| AppendError::Corrupt(error.to_string());
        let head = self.head(stream).map_err(corrupt)?;
        let actual = head.and_then(|head| head.last);
        if ExpectedRevision::after(actual) != expected {
            let there = self.records_from(stream, expected.first(), new.len()).map_err(corrupt)?;
            return already_appended(&there.iter().collect::<Vec<_>>(), new)
                .ok_or(AppendError::WrongExpectedRevision { expected, actual });
        }
        let number = match head {
            Some(head) => head.number,
            None => self.insert_stream(stream).map_err(corrupt)?,
        };
        let mut revision = expected.first();
        let mut appended = None;
        for record in new {
            let position = Position(self.next);
            self.insert_record(position, number, revision, record).map_err(corrupt)?;
            self.next += 1;
            appended = Some(Appended { position, revision });
            revision = revision.next();
        }
        let appended = appended.ok_or(AppendError::TooLarge { bytes: 0 })?;
        self.heads.insert(stream.clone(), Head { number, last: Some(appended.revision) });
        Ok(appended)
    }

    fn head(&mut self, stream: &StreamId) -> Result<Option<Head>, rusqlite::Error> {
        if let Some(head) = self.heads.get(stream) {
            return Ok(Some(*head));
        }
        let sql =
            "SELECT s.number, (SELECT max(r.revision) FROM record r WHERE r.stream = s.number)
                   FROM stream s WHERE s.name = ?1";
        self.connection
            .prepare_cached(sql)?
            .query_row([stream.as_str()], |row| {
                let last = row.get::<_, Option<i64>>(1)?.map(|last| Revision(last as u64));
                Ok(Head { number: row.get(0)?, last })
            })
            .optional()
    }

    fn records_from(
        &self,
        stream: &StreamId,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, rusqlite::Error> {
        let condition = "WHERE s.name = ?1 AND r.revision >= ?2 ORDER BY r.revision LIMIT ?3";
        select(&self.connection, condition, params![stream.as_str(), from.0 as i64, limit as i64])
    }

    fn insert_stream(&self, stream: &StreamId) -> Result<i64, rusqlite::Error> {
        self.connection
            .prepare_cached("INSERT INTO stream (name) VALUES (?1)")?
            .insert([stream.as_str()])
    }

    fn insert_record(
        &mut self,
        position: Position,
        stream: i64,
        revision: Revision,
        record: &NewRecord,
    ) -> Result<(), rusqlite::Error> {
        let sql = "INSERT INTO record (position, stream, revision, bytes) VALUES (?1, ?2, ?3, ?4)";
        self.connection.prepare_cached(sql)?.execute(params![
            position.0 as i64,
            stream,
            revision.0 as i64,
            record.bytes.as_ref(),
        ])?;
        self.bytes_since_checkpoint += record.bytes.len();
        Ok(())
    }
}

/// A thread that copies the write-ahead log into the database, apart from commits.
fn start_checkpoints(path: &Path) -> Result<mpsc::SyncSender<()>, OpenError> {
    let connection = Connection::open(path)?;
    let (wake, inbox) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("ledger-checkpoint".to_owned())
        .spawn(move || {
            while inbox.recv().is_ok() {
                let outcome =
                    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
                if let Err(error) = outcome {
                    // Nothing is lost: the log grows until the next one works.
                    tracing::warn!(%error, "a checkpoint of the ledger's log failed");
                }
            }
        })
        .map_err(|error| OpenError::Directory(path.to_owned(), error))?;
    Ok(wake)
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
}
