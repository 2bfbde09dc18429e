//! Reading: read-only connections, and the checks that every page passes.

use super::read_only::Access;
use crate::ledger::{Position, ReadError, Revision, StoredRecord, StreamId};
use crate::memory::check_place;
use bytes::Bytes;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// As much as SQLite maps of a file; what lies behind is read in the usual way.
const MAPPED_BYTES: i64 = 0x7fff_0000;
/// Names remembered at a time: some 10 MB.
const NAMES_MAX: usize = 1 << 16;
/// What a record takes, more or less, and for how many of them memory is taken at once.
const BYTES_OF_RECORD: usize = 640;
const RECORDS_EXPECTED_MAX: usize = 2_048;

/// Read-only connections, one per concurrent query, kept for the next one.
pub(super) struct Readers {
    pub(super) access: Access,
    idle: Mutex<Vec<Connection>>,
    pub(super) names: Names,
    /// Held while something is read. The writer takes it for the moment in which the log begins
    /// anew, which a reader would prevent.
    pub(super) gate: Arc<RwLock<()>>,
}

impl Readers {
    pub(super) fn new(access: Access) -> Self {
        Self { access, idle: Mutex::default(), names: Names::new(), gate: Arc::default() }
    }

    pub(super) fn connect(&self) -> Result<Connection, rusqlite::Error> {
        let connection = self.access.connect()?;
        connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
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
            None => self.connect().map_err(unread)?,
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

/// Why a query was not answered: for now, or for good.
pub(super) fn unread(error: rusqlite::Error) -> ReadError {
    let text = error.to_string();
    if is_damage(&error) { ReadError::Corrupt(text) } else { ReadError::Unavailable(text) }
}

/// Whether a database is damaged: pages that are no pages, and columns of another type than the schema says.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    if let Error::SqliteFailure(failure, text) = error {
        // A header that names a format which does not exist has no code of its own.
        let is_format = text.as_ref().is_some_and(|text| text.contains("unsupported file format"));
        let is_broken =
            matches!(failure.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase);
        return is_broken || is_format;
    }
    matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..)
    )
}

/// Records of one query. The bytes of all of them lie in one piece of memory.
struct Found {
    /// Position, stream, revision, and where the bytes end.
    places: Vec<(Position, i64, Revision, usize)>,
    bytes: Vec<u8>,
}

impl Found {
    fn by(
        connection: &Connection,
        sql: &'static str,
        parameters: impl rusqlite::Params,
        expected: usize,
    ) -> Result<Self, rusqlite::Error> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let records = expected.min(RECORDS_EXPECTED_MAX);
        let mut found = Self {
            places: Vec::with_capacity(records),
            bytes: Vec::with_capacity(records * BYTES_OF_RECORD),
        };
        while let Some(row) = rows.next()? {
            found.bytes.extend_from_slice(row.get_ref(3)?.as_blob()?);
            let position = Position(row.get::<_, i64>(0)? as u64);
            let revision = Revision(row.get::<_, i64>(2)? as u64);
            found.places.push((position, row.get(1)?, revision, found.bytes.len()));
        }
        Ok(found)
    }

    fn records(
        self,
        mut name: impl FnMut(i64) -> Result<Option<StreamId>, rusqlite::Error>,
    ) -> Result<Vec<StoredRecord>, ReadError> {
        let bytes = Bytes::from(self.bytes);
        let mut start = 0;
        let record = |(position, number, revision, end)| {
            let of_record = bytes.slice(start..end);
            start = end;
            let nameless = || ReadError::Damaged {
                position,
                reason: "the name of its stream is missing".to_owned(),
            };
            let stream = name(number).map_err(unread)?.ok_or_else(nameless)?;
            Ok(StoredRecord { position, stream, revision, bytes: of_record })
        };
        self.places.into_iter().map(record).collect()
    }
}

/// Names of streams by their number, so that a name is made once and not for each record. Each
/// number has one place, which it shares with others.
pub(super) struct Names(Mutex<Vec<Option<(i64, StreamId)>>>);

impl Names {
    fn new() -> Self {
        Self(Mutex::new(vec![None; NAMES_MAX]))
    }

    fn of(&self, connection: &Connection, found: Found) -> Result<Vec<StoredRecord>, ReadError> {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.records(|number| {
            let place = &mut names[number as usize % NAMES_MAX];
            match place {
                Some((known, name)) if *known == number => Ok(Some(name.clone())),
                Some(_) | None => {
                    let name = name_of(connection, number)?;
                    *place = name.clone().map(|name| (number, name));
                    Ok(name)
                }
            }
        })
    }
}

fn name_of(connection: &Connection, number: i64) -> Result<Option<StreamId>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT name FROM stream WHERE number = ?1")?
        .query_row([number], |row| Ok(StreamId::recorded(row.get_ref(0)?.as_str()?)))
        .optional()
}

/// The number of a stream.
fn number_of(connection: &Connection, stream: &StreamId) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT number FROM stream WHERE name = ?1")?
        .query_row([stream.as_str()], |row| row.get(0))
        .optional()
}

/// Streams whose names begin so, in their order.
pub(super) fn streams_named(
    connection: &Connection,
    beginning: &str,
    limit: usize,
) -> Result<Vec<StreamId>, ReadError> {
    let sql = "SELECT name FROM stream WHERE name >= ?1 AND name < ?2 ORDER BY name LIMIT ?3";
    let end = format!("{beginning}{}", char::MAX);
    let mut statement = connection.prepare_cached(sql).map_err(unread)?;
    let rows = statement
        .query_map(params![beginning, end, limit as i64], |row| {
            Ok(StreamId::recorded(row.get_ref(0)?.as_str()?))
        })
        .map_err(unread)?;
    rows.collect::<Result<_, _>>().map_err(unread)
}

/// Records of a stream as they lie there, unchecked.
pub(super) fn records_of(
    connection: &Connection,
    stream: &StreamId,
    from: Revision,
    limit: usize,
) -> Result<Vec<StoredRecord>, ReadError> {
    let Some(number) = number_of(connection, stream).map_err(unread)? else {
        return Ok(vec![]);
    };
    let sql = "SELECT position, stream, revision, bytes FROM record
               WHERE stream = ?1 AND revision >= ?2 ORDER BY revision LIMIT ?3";
    let parameters = params![number, from.0 as i64, limit as i64];
    Found::by(connection, sql, parameters, limit.min(64))
        .map_err(unread)?
        .records(|_| Ok(Some(stream.clone())))
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
    let records = records_of(connection, stream, from, limit)?;
    for (record, expected) in records.iter().zip(from.0..) {
        if record.revision.0 != expected {
            let reason = "a revision of its stream is missing before it".to_owned();
            return Err(ReadError::Damaged { position: record.position, reason });
        }
        check_place(record)?;
    }
    Ok(records)
}

/// A page of the order from `start` on: every record checked, with none missing between them.
pub(super) fn page_from(
    connection: &Connection,
    names: &Names,
    start: u64,
    limit: usize,
) -> Result<Vec<StoredRecord>, ReadError> {
    let sql = "SELECT position, stream, revision, bytes FROM record
               WHERE position >= ?1 ORDER BY position LIMIT ?2";
    let found =
        Found::by(connection, sql, params![start as i64, limit as i64], limit).map_err(unread)?;
    let records = names.of(connection, found)?;
    for (record, expected) in records.iter().zip(start..) {
        if record.position.0 != expected {
            let reason = "it is missing".to_owned();
            return Err(ReadError::Damaged { position: Position(expected), reason });
        }
        check_place(record)?;
    }
    Ok(records)
}
