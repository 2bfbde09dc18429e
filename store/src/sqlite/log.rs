//! SQLite's write-ahead log: made durable before anybody is served, empty when nobody is.
//!
//! After a failed flush the kernel goes on showing pages that never reached the disk, and takes
//! them for clean. A process that starts on them would append behind records that a power cut
//! takes away. So a start reads from the disk and not from the kernel's memory; what it has read is
//! copied out of the log, flushed, and the log cut to nothing; only then is anything answered. See
//! `docs/adr/0010`.
//!
//! SQLite takes any log that lies beside a file for that file's own. A backup that was put back
//! without taking the old log away would be mixed with pages of another day. So each log begins
//! with its name, and the file says which log was copied into it last.

mod frames;

pub use frames::{LeftOut, left_out};

use crate::files;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often another process that reads is waited for, each time as long as the connection's own
/// patience.
const ATTEMPTS: usize = 5;
/// The longest wait of one attempt.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error(
        "{0} cannot be made durable while another process reads it ({1}); end that first, then \
         start again"
    )]
    Read(PathBuf, String),
    #[error(
        "{0} cannot be made durable ({1}). What it holds may not be on the disk: nothing is served \
         from it. Look after the disk, then start again"
    )]
    Failed(PathBuf, rusqlite::Error),
    #[error("{0} cannot be read from the disk ({1}). Look after the disk, then start again")]
    Unreadable(PathBuf, std::io::Error),
    #[error(
        "{0} and the -wal file beside it do not belong together: one of them was put back without \
         the other. Keep a copy of both, then bring back the file that lay beside this -wal, or \
         restore a backup with `greffe restore`, into an empty directory"
    )]
    OtherLog(PathBuf),
    #[error(
        "the -wal file beside {path} is damaged at byte {}: {}. What was acknowledged would be lost. Keep \
         a copy of both files; then bring back a sound copy of this -wal, or restore a backup with `greffe \
         restore`, into an empty directory",
        left_out.at, left_out
    )]
    Damaged { path: PathBuf, left_out: LeftOut },
}

/// Leaves the log alone when the connection closes. SQLite would copy it then, and after a flush
/// that failed a second one may succeed without the pages ever having reached the disk.
pub fn never_copy_on_close(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(|_| ())
}

/// How far a database has come: SQL for a number that only grows, zero at first.
#[derive(Clone, Copy)]
pub struct Progress(pub &'static str);

/// The name of the log, the name of the one before it, and the progress when it began.
struct Name {
    log: Vec<u8>,
    before: Vec<u8>,
    begun_at: i64,
}

impl Name {
    /// `None` before a first log was named.
    fn of(connection: &Connection) -> Result<Option<Self>, rusqlite::Error> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'log')";
        if !connection.query_row(sql, [], |row| row.get(0))? {
            return Ok(None);
        }
        let row = |row: &rusqlite::Row<'_>| {
            Ok(Self { log: row.get(0)?, before: row.get(1)?, begun_at: row.get(2)? })
        };
        connection.query_row("SELECT name, before, begun_at FROM log", [], row).optional()
    }
}

/// Refuses a log that does not continue the file it lies beside. Asked before anything opens them
/// for writing, because SQLite copies one into the other even when it closes them.
pub fn check(path: &Path, progress: Progress) -> Result<(), LogError> {
    for file in [path.to_owned(), beside(path, "-wal")] {
        files::read_from_disk_next(&file)
            .map_err(|error| LogError::Unreadable(file.clone(), error))?;
    }
    if std::fs::metadata(beside(path, "-wal")).map_or(0, |log| log.len()) == 0 {
        return Ok(());
    }
    if let Some(left_out) = left_out(&beside(path, "-wal"))
        .map_err(|error| LogError::Unreadable(path.to_owned(), error))?
    {
        if left_out.was_flushed {
            return Err(LogError::Damaged { path: path.to_owned(), left_out });
        }
        tracing::warn!(path = %path.display(), %left_out, "a commit was cut off while it was written");
    }
    let other = || LogError::OtherLog(path.to_owned());
    let failed = |error| LogError::Failed(path.to_owned(), error);
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    let name = match Name::of(&connection) {
        Ok(Some(name)) => name,
        Ok(None) => return Ok(()),
        // What cannot even be read was mixed already.
        Err(error) if is_broken(&error) => return Err(other()),
        Err(error) => return Err(failed(error)),
    };
    let file = file_alone(path).map_err(failed)?;
    let has_come = || file.query_row(progress.0, [], |row| row.get::<_, i64>(0));
    let is_far_enough = match Name::of(&file) {
        Ok(Some(in_file)) if in_file.log == name.log => return Ok(()),
        Ok(Some(in_file)) if in_file.log != name.before => return Err(other()),
        Ok(Some(_)) => has_come().is_ok_and(|come| come >= name.begun_at),
        // Nothing was ever copied into it, or nothing since logs have names.
        Ok(None) => has_come().unwrap_or_default() >= name.begun_at,
        Err(_) => false,
    };
    // A copy that was cut off halfway leaves a file that is broken by itself, and a log that holds
    // whatever it lacks. A file that was put back is whole.
    if is_far_enough || (!is_whole(&file) && is_whole(&connection)) { Ok(()) } else { Err(other()) }
}

/// Names the log that begins now: everything before is in the file.
pub fn name_new_log(connection: &Connection, progress: Progress) -> Result<(), rusqlite::Error> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS log (
             one INTEGER PRIMARY KEY CHECK (one = 1), name BLOB NOT NULL, before BLOB NOT NULL,
             begun_at INTEGER NOT NULL
         ) STRICT",
    )?;
    let begun_at = connection.query_row(progress.0, [], |row| row.get::<_, i64>(0))?;
    connection.execute(
        "INSERT INTO log (one, name, before, begun_at) VALUES (1, randomblob(16), x'', ?1)
         ON CONFLICT DO UPDATE SET before = name, name = excluded.name, begun_at = ?1",
        [begun_at],
    )?;
    Ok(())
}

/// The file as if there were no log.
pub(crate) fn file_alone(path: &Path) -> Result<Connection, rusqlite::Error> {
    let name = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)
}

fn is_broken(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) | None
    )
}

fn is_whole(connection: &Connection) -> bool {
    let verdict = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    verdict.is_ok_and(|verdict| verdict == "ok")
}

/// Copies the log into the file, flushes, and cuts the log to nothing.
pub fn make_durable(connection: &Connection, path: &Path) -> Result<(), LogError> {
    for _ in 0..ATTEMPTS {
        if cut(connection, path)? {
            return Ok(());
        }
    }
    Err(read_by_another(path))
}

/// The same, tried once; false if another process reads.
pub fn cut(connection: &Connection, path: &Path) -> Result<bool, LogError> {
    let failed = |error| LogError::Failed(path.to_owned(), error);
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0))
        .map(|is_busy| !is_busy)
        .map_err(failed)
}

/// That somebody reads, and who.
pub fn read_by_another(path: &Path) -> LogError {
    LogError::Read(path.to_owned(), readers(path))
}

/// The same at a stop, where nobody waits long: what is left, the next start does.
pub fn empty(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(Duration::from_millis(500))?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Copies what can be copied without anybody waiting; answers how many pages of the log are left.
/// `None` if somebody else is copying.
pub fn copy(connection: &Connection) -> Result<Option<i64>, rusqlite::Error> {
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(1)?, row.get(2)?));
    let (pages, copied): (i64, i64) =
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], row)?;
    Ok((pages >= 0).then_some(pages - copied))
}

/// Copies the rest of a log, and names the one that begins if nothing of it is left.
pub fn begin_anew(connection: &Connection, progress: Progress) -> Result<(), rusqlite::Error> {
    match copy(connection)? {
        Some(0) => name_new_log(connection, progress),
        Some(_) | None => Ok(()),
    }
}

pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The processes that hold a lock on the database, as far as this system tells.
fn readers(path: &Path) -> String {
    let holders = holders_of(&beside(path, "-shm")).unwrap_or_default();
    if holders.is_empty() { "which one, this system does not say".to_owned() } else { holders }
}

/// From Linux's list of locks; `None` anywhere else.
fn holders_of(file: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let inode = format!(":{}", std::fs::metadata(file).ok()?.ino());
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let own = std::process::id().to_string();
    // `7: POSIX  ADVISORY  READ  4242 08:01:131 123 123`
    let mut holders: Vec<String> = locks
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let process = *words.get(4)?;
            (words.get(5)?.ends_with(&inode) && process != own).then(|| name_of(process))
        })
        .collect();
    holders.sort();
    holders.dedup();
    Some(holders.join(", "))
}

fn name_of(process: &str) -> String {
    let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    format!("process {process}, {}", name.trim())
}
