//! Reading a database where nothing may be written, as on an auditor's copy.
//!
//! SQLite shares the state of a log through a file beside it. Where none can be made, a database without a log is
//! read as it lies there, and one with a log is copied to a place of its own, with the log.

use super::log::beside;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// How long a statement waits for another process that uses the file.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a copy is called.
const COPY: &str = "copy.db";

/// How a database can be read. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Access {
    Shared(PathBuf),
    /// Nobody can write to it, and there is no log.
    Alone(PathBuf),
    /// A copy, which goes when nobody reads it any more.
    Copied(Arc<TempDir>),
}

impl Access {
    /// Finds out how. Nothing is written beside the file.
    pub(crate) fn to(path: &Path) -> Result<Self, rusqlite::Error> {
        let shared = Self::Shared(path.to_owned());
        let is_refused = match shared.connect().and_then(|connection| is_read(&connection)) {
            Ok(()) => return Ok(shared),
            Err(error) => cannot_share(&error),
        };
        let log = std::fs::metadata(beside(path, "-wal")).map_or(0, |log| log.len());
        match (is_refused, log) {
            (false, _) => Ok(shared),
            (true, 0) => Ok(Self::Alone(path.to_owned())),
            (true, _) => copied(path).map_err(unreadable),
        }
    }

    pub(crate) fn connect(&self) -> Result<Connection, rusqlite::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match self {
            Self::Shared(path) => Connection::open_with_flags(path, flags)?,
            Self::Alone(path) => super::log::file_alone(path)?,
            Self::Copied(_) => Connection::open_with_flags(self.path(), flags)?,
        };
        connection.busy_timeout(PATIENCE)?;
        Ok(connection)
    }

    /// Where the file lies that is read.
    pub(crate) fn path(&self) -> PathBuf {
        match self {
            Self::Shared(path) | Self::Alone(path) => path.clone(),
            Self::Copied(folder) => folder.path().join(COPY),
        }
    }
}

fn is_read(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

fn cannot_share(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure)
    )
}

fn copied(path: &Path) -> io::Result<Access> {
    let folder = tempfile::Builder::new().prefix("greffe-read-").tempdir()?;
    let copy = folder.path().join(COPY);
    std::fs::copy(path, &copy)?;
    std::fs::copy(beside(path, "-wal"), beside(&copy, "-wal"))?;
    Ok(Access::Copied(Arc::new(folder)))
}

fn unreadable(error: io::Error) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
    rusqlite::Error::SqliteFailure(code, Some(error.to_string()))
}
