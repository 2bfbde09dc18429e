//! Reading: read-only connections, and the checks that every page passes.

use crate::ledger::{Position, ReadError, Revision, StoredRecord, StreamId};
use crate::memory::check_place;
use rusqlite::{Connection, OpenFlags};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Read-only connections, one per concurrent query, kept for the next one.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    /// Held while something is read. The writer takes it for the moment in which the log begins
    /// anew, which a reader would prevent.
    pub(super) gate: Arc<RwLock<()>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default(), gate: Arc::default() }
    }

    pub(super) fn connect(&self) -> Result<Connection, rusqlite::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "mmap_size", 1_i64 << 30)?;
        Ok(connection)
    }

    pub(super) fn with<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let _reading = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect().map_err(unavailable)?,
        };
        let answer = query(&connection);
        self.idle().push(connection);
        answer
    }

    /// Closes every connection that nobody uses.
    pub(super) fn close(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn unavailable(error: rusqlite::Error) -> ReadError {
    ReadError::Unavailable(error.to_string())
}

const RECORD: &str = "SELECT r.position, s.name, r.revision, r.bytes
                      FROM record r JOIN stream s ON s.number = r.stream";

pub(super) fn select(
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

pub(super) fn last_position(connection: &Connection) -> Result<Option<Position>, rusqlite::Error> {
    connection.query_row("SELECT max(position) FROM record", [], |row| {
        Ok(row.get::<_, Option<i64>>(0)?.map(|position| Position(position as u64)))
    })
}

pub(super) fn last_revision(
    connection: &Connection,
    stream: &StreamId,
) -> Result<Option<Revision>, rusqlite::Error> {
    let sql = "SELECT max(r.revision) FROM stream s JOIN record r ON r.stream = s.number
               WHERE s.name = ?1";
    connection.prepare_cached(sql)?.query_row([stream.as_str()], |row| {
        Ok(row.get::<_, Option<i64>>(0)?.map(|last| Revision(last as u64)))
    })
}

/// A page of a stream from `from` on: every record checked, with none missing between them.
pub(super) fn page_of_stream(
    connection: &Connection,
    stream: &StreamId,
    from: Revision,
    limit: usize,
) -> Result<Vec<StoredRecord>, ReadError> {
    let condition = "WHERE s.name = ?1 AND r.revision >= ?2 ORDER BY r.revision LIMIT ?3";
    let parameters = rusqlite::params![stream.as_str(), from.0 as i64, limit as i64];
    select(connection, condition, parameters)
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
}

/// A page of the order from `start` on: every record checked, with none missing between them.
pub(super) fn page_from(
    connection: &Connection,
    start: u64,
    limit: usize,
) -> Result<Vec<StoredRecord>, ReadError> {
    let condition = "WHERE r.position >= ?1 ORDER BY r.position LIMIT ?2";
    let records = select(connection, condition, rusqlite::params![start as i64, limit as i64])
        .map_err(unavailable)?;
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
