//! The vault: keys and credentials, everything that must be forgettable.
//!
//! Its own file with its own backup. Data keys are wrapped by a master key that lies in neither
//! the vault nor the ledger. What is deleted here is overwritten (`secure_delete`).

mod credentials;
mod keys;
mod requests;
mod sessions;
mod signed_in;
mod witness;

pub use credentials::CredentialKind;
pub use keys::Key;
pub use sessions::Session;
pub use witness::{MAILER, Seen};

use crate::chance::{self, Chance};
use crate::seal::{DataKey, SealError};
use crate::sqlite::log::{self, LogError, Progress};
use dashmap::DashMap;
use domain::SubjectId;
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OpenFlags};
use sha2::Sha256;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use uuid::Uuid;

pub const VAULT_FILE: &str = "vault.db";
const FORMAT: i64 = 2;
/// How long a statement waits for another process that uses the file.
const PATIENCE: Duration = Duration::from_secs(5);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS data_key (
        subject BLOB PRIMARY KEY, wrapped BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS destroyed_key (
        subject BLOB PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
    -- Neither there nor destroyed, and known to be lost for good.
    CREATE TABLE IF NOT EXISTS lost_key (
        subject BLOB PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS secret (
        name TEXT PRIMARY KEY, wrapped BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS credential (
        subject BLOB NOT NULL, id BLOB NOT NULL, kind TEXT NOT NULL, sealed BLOB NOT NULL,
        PRIMARY KEY (subject, id, kind)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS session (
        token_hash BLOB PRIMARY KEY, id BLOB NOT NULL UNIQUE, subject BLOB NOT NULL,
        audience TEXT NOT NULL, generation INTEGER NOT NULL, created_at INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL, strong_at INTEGER, device TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS session_by_subject ON session (subject);
    CREATE TABLE IF NOT EXISTS second_factor_use (
        subject BLOB PRIMARY KEY, step INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS request (
        command BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS request_by_age ON request (at);
    CREATE TABLE IF NOT EXISTS witness (
        one INTEGER PRIMARY KEY CHECK (one = 1), vault BLOB NOT NULL, endings INTEGER NOT NULL,
        position INTEGER, leaf_hash BLOB
    ) STRICT;
    CREATE TABLE IF NOT EXISTS follower (
        name TEXT PRIMARY KEY, position INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    -- Whole answers were kept here once.
    DROP TABLE IF EXISTS answer;
";

/// Grows with each key that is made or destroyed.
const PROGRESS: Progress =
    Progress("SELECT (SELECT count(*) FROM data_key) + 2 * (SELECT count(*) FROM destroyed_key)");
/// Writes after which the log is copied and begun anew.
const COPY_EVERY_WRITES: u32 = 500;

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the vault cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the vault does not open with this master key: {0}")]
    WrongMasterKey(SealError),
    #[error("the vault is of a newer version of this program")]
    Newer,
    #[error("there is no vault in {0}")]
    NotThere(PathBuf),
    /// Nobody knows what of it is on disk.
    #[error("the vault stopped after an error of its disk ({0}); restart the program")]
    Stopped(String),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("what has ended cannot be witnessed beside the documents: {0}")]
    Witness(std::io::Error),
}

pub struct Vault {
    connection: Mutex<Connection>,
    path: Option<PathBuf>,
    master: DataKey,
    chance: Arc<dyn Chance>,
    /// Unwrapped data keys.
    keys: DashMap<SubjectId, DataKey>,
    signed_in: signed_in::SignedIn,
    /// Requests not yet written down, by their command.
    requests: requests::Pending,
    /// The witness beside the documents; set once the installation is open.
    witness: OnceLock<PathBuf>,
    witnessing: Mutex<()>,
    /// Why nothing is written any more.
    stopped: OnceLock<String>,
    /// Since the log began; a log is named when something is first written to it.
    writes: AtomicU32,
}

impl Vault {
    /// Opens the vault in `directory` for serving, and makes it if there is none. What it holds is
    /// on disk afterwards, whatever happened to the process before.
    pub fn open(
        directory: &Path,
        master: DataKey,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, VaultError> {
        let path = directory.join(VAULT_FILE);
        log::check(&path, PROGRESS)?;
        let connection = Connection::open(&path)?;
        log::never_copy_on_close(&connection)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Copied at moments of our own, because each log has a name.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        log::make_durable(&connection, &path)?;
        let vault = Self::with(connection, Some(path), master, chance)?;
        // A new one stands in its file, not in a log that somebody may tidy away.
        vault.empty_log()?;
        Ok(vault)
    }

    /// Opens the vault in `directory` for its keys; nothing is changed in it.
    pub fn open_read_only(
        directory: &Path,
        master: DataKey,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, VaultError> {
        let path = directory.join(VAULT_FILE);
        if !path.exists() {
            return Err(VaultError::NotThere(directory.to_owned()));
        }
        let connection = connect_read_only(&path)?;
        check_format(&connection)?;
        let vault = Self::of(connection, Some(path), master, chance);
        vault.known_secret("vault")?;
        Ok(vault)
    }

    pub fn in_memory(chance: Arc<dyn Chance>) -> Result<Self, VaultError> {
        let master = DataKey::random(chance.as_ref());
        Self::with(Connection::open_in_memory()?, None, master, chance)
    }

    fn with(
        connection: Connection,
        path: Option<PathBuf>,
        master: DataKey,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, VaultError> {
        connection.pragma_update(None, "secure_delete", true)?;
        check_format(&connection)?;
        connection.execute_batch(SCHEMA)?;
        let vault = Self::of(connection, path, master, chance);
        // Proves the master key before anything is sealed under a wrong one.
        vault.secret("vault")?;
        vault.set_format()?;
        vault.begin_witness()?;
        Ok(vault)
    }

    fn of(
        connection: Connection,
        path: Option<PathBuf>,
        master: DataKey,
        chance: Arc<dyn Chance>,
    ) -> Self {
        Self {
            connection: Mutex::new(connection),
            path,
            master,
            chance,
            keys: DashMap::new(),
            signed_in: signed_in::SignedIn::new(),
            requests: requests::Pending::default(),
            witness: OnceLock::new(),
            witnessing: Mutex::default(),
            stopped: OnceLock::new(),
            writes: AtomicU32::new(0),
        }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes something; it is flushed when this returns. After an error of the disk nothing more
    /// is written: a flush is never tried again.
    fn write<T>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, VaultError> {
        let mut connection = self.connection();
        self.write_on(&mut connection, change)
    }

    fn write_on<T>(
        &self,
        connection: &mut Connection,
        change: impl FnOnce(&mut Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, VaultError> {
        if let Some(reason) = self.stopped.get() {
            return Err(VaultError::Stopped(reason.clone()));
        }
        let named = match self.writes.load(Ordering::Relaxed) {
            0 => log::name_new_log(connection, PROGRESS),
            // Nobody waits for another process that reads: the log goes on then, until the next time.
            COPY_EVERY_WRITES.. => log::begin_anew(connection, PROGRESS),
            _ => Ok(()),
        };
        if named.is_ok() {
            let writes = self.writes.fetch_add(1, Ordering::Relaxed);
            if writes >= COPY_EVERY_WRITES {
                self.writes.store(1, Ordering::Relaxed);
            }
        }
        named.and_then(|()| change(connection)).map_err(|error| {
            if error.sqlite_error_code() == Some(rusqlite::ErrorCode::SystemIoFailure) {
                tracing::error!(%error, "the vault stopped");
                drop(self.stopped.set(error.to_string()));
            }
            error.into()
        })
    }

    /// Why nothing is written any more until the program is restarted; `None` as long as it is.
    pub fn stopped(&self) -> Option<String> {
        self.stopped.get().cloned()
    }

    /// Writes down what was kept in memory and empties the log: nothing is left to be done at the
    /// next start.
    pub fn close(&self) -> Result<(), VaultError> {
        self.write_requests()?;
        self.empty_log()
    }

    /// Copies the log into the file and empties it: what was deleted is in neither. While another
    /// process reads, that does not work, and is to be asked again.
    fn empty_log(&self) -> Result<(), VaultError> {
        let Some(path) = &self.path else { return Ok(()) };
        if let Some(reason) = self.stopped.get() {
            return Err(VaultError::Stopped(reason.clone()));
        }
        let connection = self.connection();
        let is_cut = log::cut(&connection, path);
        connection.busy_timeout(PATIENCE)?;
        drop(connection);
        match is_cut {
            Ok(true) => self.writes.store(0, Ordering::Relaxed),
            Ok(false) => return Err(log::read_by_another(path).into()),
            Err(error) => {
                drop(self.stopped.set(error.to_string()));
                return Err(error.into());
            }
        }
        Ok(())
    }

    fn set_format(&self) -> Result<(), VaultError> {
        let format: i64 =
            self.connection().pragma_query_value(None, "user_version", |row| row.get(0))?;
        if format != FORMAT {
            self.write(|connection| connection.pragma_update(None, "user_version", FORMAT))?;
        }
        Ok(())
    }
}

/// What lies in `directory` says of the ledger it belongs to, without changing anything; `None`
/// if there is no vault, or one without content.
pub fn look_at(directory: &Path) -> Result<Option<Seen>, VaultError> {
    let path = directory.join(VAULT_FILE);
    if std::fs::metadata(&path).map_or(0, |file| file.len()) == 0 {
        return Ok(None);
    }
    take_back_first_start(&path)?;
    let connection = connect_read_only(&path)?;
    check_format(&connection)?;
    witness::seen(&connection)
}

/// Of whom a vault knows something.
#[derive(Debug, Default)]
pub struct KeyList {
    pub known: HashSet<Uuid>,
    pub destroyed: HashSet<Uuid>,
    /// Whose key is lost, which somebody has accepted.
    pub lost: HashSet<Uuid>,
}

impl KeyList {
    /// Of the vault in `directory`, for which nobody needs its master key; `None` if there is none.
    pub fn in_directory(directory: &Path) -> Result<Option<Self>, VaultError> {
        if look_at(directory)?.is_none() {
            return Ok(None);
        }
        Ok(Some(Self::of(&connect_read_only(&directory.join(VAULT_FILE))?)?))
    }

    fn of(connection: &Connection) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            known: keys::subjects(connection, "SELECT subject FROM data_key")?,
            destroyed: keys::subjects(connection, "SELECT subject FROM destroyed_key")?,
            lost: keys::subjects(connection, "SELECT subject FROM lost_key")?,
        })
    }

    /// Whether nobody can say why there is no key.
    pub fn lacks(&self, subject: &Uuid) -> bool {
        ![&self.known, &self.destroyed, &self.lost].iter().any(|known| known.contains(subject))
    }
}

/// A first start that was cut off before the log was in use left a journal, which only a writer
/// takes back.
fn take_back_first_start(path: &Path) -> Result<(), rusqlite::Error> {
    let has_content = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        std::fs::metadata(&name).is_ok_and(|file| file.len() > 0)
    };
    if !has_content("-journal") || has_content("-wal") {
        return Ok(());
    }
    let connection = Connection::open(path)?;
    log::never_copy_on_close(&connection)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
}

fn connect_read_only(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

fn check_format(connection: &Connection) -> Result<(), VaultError> {
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if format > FORMAT { Err(VaultError::Newer) } else { Ok(()) }
}

/// HMAC-SHA256 of `message` under an installation's secret.
pub fn mac(secret: &DataKey, message: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.bytes()) else { return [0; 32] };
    for part in message {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// A new token of 256 random bits, in hexadecimal.
pub fn new_token(chance: &dyn Chance) -> String {
    chance::bytes::<32>(chance).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;

    fn open(directory: &Path, byte: u8) -> Result<Vault, VaultError> {
        Vault::open(directory, DataKey::new([byte; 32]), Arc::new(SeededChance::new(1)))
    }

    #[test]
    fn a_vault_opens_only_with_its_master_key() {
        let directory = tempfile::tempdir().unwrap();
        let subject = SubjectId::from_u128(1);
        let key = open(directory.path(), 1).unwrap().introduce(subject).unwrap();
        assert!(matches!(open(directory.path(), 2), Err(VaultError::WrongMasterKey(_))));
        assert_eq!(open(directory.path(), 1).unwrap().key(subject).unwrap(), key);
    }

    #[test]
    fn a_closed_vault_has_an_empty_log() {
        let directory = tempfile::tempdir().unwrap();
        let vault = open(directory.path(), 1).unwrap();
        vault.introduce(SubjectId::from_u128(1)).unwrap();
        let log =
            || std::fs::metadata(directory.path().join("vault.db-wal")).map_or(0, |f| f.len());
        assert!(log() > 0);
        vault.close().unwrap();
        assert_eq!(log(), 0);
    }
}
