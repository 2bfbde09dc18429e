//! Looking at a database as a whole: its pages and indexes, what it is made of, and its log.

use super::log;
use super::read_only::Access;
use crate::ledger::Checked;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Findings of the database's own check that are told.
const FOUND_MAX: u32 = 100;
/// How long a log that somebody writes to may look unfinished.
const WRITING: Duration = Duration::from_millis(200);

/// Looks at the database in `path`; `schema` is what it must be made of.
pub(crate) fn check(path: &Path, schema: Option<&str>) -> Result<Checked, rusqlite::Error> {
    let access = Access::to(path)?;
    let connection = access.connect()?;
    // Each row stands in each index, and nothing else does.
    let damage = integrity(&connection)?;
    let mut checked = Checked { damage, covers_streams: true, ..Checked::default() };
    if let Some(schema) = schema {
        checked.damage.extend(differences(&connection, schema)?);
    }
    check_header(path, &mut checked);
    check_log(path, &mut checked);
    Ok(checked)
}

/// Where a header says how the file is written and read, and what it may say: with a log, or without one.
const VERSIONS: Range<usize> = 18..20;
const KNOWN_VERSIONS: [[u8; 2]; 2] = [[2, 2], [1, 1]];

/// SQLite opens a file for reading alone whose header says that it is written in a way of the future.
fn check_header(path: &Path, checked: &mut Checked) {
    let mut header = [0; 100];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Ok(()) if KNOWN_VERSIONS.iter().any(|known| header.get(VERSIONS) == Some(known)) => {}
        Ok(()) => checked.damage.push("the header of the file is damaged".to_owned()),
        Err(error) => checked.damage.push(format!("the file cannot be read: {error}")),
    }
}

fn integrity(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({FOUND_MAX})"))?;
    let found: Vec<String> =
        statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(found.into_iter().filter(|found| found != "ok").collect())
}

/// What is missing, what is too much, and what is another.
fn differences(connection: &Connection, schema: &str) -> Result<Vec<String>, rusqlite::Error> {
    let sound = Connection::open_in_memory()?;
    sound.execute_batch(schema)?;
    let (must, is) = (made_of(&sound)?, made_of(connection)?);
    let missing = must.iter().filter_map(|(name, sql)| match is.get(name) {
        None => Some(format!("{name} is missing")),
        Some(there) if there != sql => Some(format!("{name} is another")),
        Some(_) => None,
    });
    let more = is.keys().filter(|name| !must.contains_key(*name));
    Ok(missing.chain(more.map(|name| format!("{name} does not belong to it"))).collect())
}

/// Tables, indexes and triggers: what each is called, and how it was made.
fn made_of(connection: &Connection) -> Result<BTreeMap<String, String>, rusqlite::Error> {
    // The name of the log is written when a first one begins.
    let sql =
        "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema WHERE name <> 'log'";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        let sql: String = row.get(1)?;
        Ok((row.get(0)?, sql.split_whitespace().collect::<Vec<_>>().join(" ")))
    })?;
    rows.collect()
}

fn check_log(path: &Path, checked: &mut Checked) {
    let log = log::beside(path, "-wal");
    let found = match log::left_out(&log) {
        // Another process may be writing: what is still the same after a while is not being written.
        Ok(Some(first)) => {
            thread::sleep(WRITING);
            log::left_out(&log).map(|again| again.filter(|again| *again == first))
        }
        found => found,
    };
    match found {
        Ok(Some(left_out)) if left_out.was_flushed => checked.damage.push(format!(
            "the log is damaged at byte {}: {left_out}; what was acknowledged is missing",
            left_out.at
        )),
        Ok(Some(left_out)) => checked.notes.push(format!(
            "a commit was cut off at byte {} of the log while it was written: {left_out}",
            left_out.at
        )),
        Ok(None) => {}
        Err(error) => checked.damage.push(format!("the log cannot be read: {error}")),
    }
}
