//! Damage done on purpose, for tests.

use super::LEDGER_FILE;
use rusqlite::{Connection, params};
use std::path::Path;

/// Lets the index of streams lose a record that lies in its place: whoever reads the stream does not find
/// it, whoever reads everything does.
pub(crate) fn hide_from_index(directory: &Path, position: i64) {
    let path = directory.join(LEDGER_FILE);
    let connection = Connection::open(&path).unwrap();
    let record = connection
        .query_row(
            "SELECT stream, revision, bytes FROM record WHERE position = ?1",
            [position],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?)),
        )
        .unwrap();
    connection
        .execute_batch(&format!(
            "DROP TRIGGER record_is_never_deleted;
             DROP INDEX record_by_stream;
             DELETE FROM record WHERE position = {position};
             CREATE UNIQUE INDEX record_by_stream ON record (stream, revision);
             CREATE TRIGGER record_is_never_deleted BEFORE DELETE ON record
                 BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
             PRAGMA writable_schema = ON;
             CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = 'record_by_stream';
             DELETE FROM sqlite_schema WHERE name = 'record_by_stream';"
        ))
        .unwrap();
    drop(connection);
    let connection = Connection::open(&path).unwrap();
    let (stream, revision, bytes) = record;
    connection
        .execute(
            "INSERT INTO record VALUES (?1, ?2, ?3, ?4)",
            params![position, stream, revision, bytes],
        )
        .unwrap();
    connection
        .execute_batch(
            "PRAGMA writable_schema = ON;
             INSERT INTO sqlite_schema SELECT * FROM kept;",
        )
        .unwrap();
    drop(connection);
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("DROP TABLE kept").unwrap();
}
