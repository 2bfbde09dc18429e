//! The vault: keys and credentials, everything that must be forgettable.
//!
//! Its own file with its own backup. Data keys are wrapped by a master key that lies in neither
//! the vault nor the ledger. What is deleted here is overwritten (`secure_delete`).

mod attempts;
mod credentials;
mod keys;
mod requests;
mod sessions;
mod signed_in;
mod uses;
mod witness;
mod writer;

pub use attempts::Origin;
pub use credentials::CredentialKind;
pub use keys::Key;
pub use sessions::Session;
pub use witness::{MAILER, Seen};

use crate::chance::{self, Chance};
use crate::ledger::Checked;
use crate::seal::{DataKey, SealError};
use crate::sqlite::log::{self, LogError, Progress};
use crate::sqlite::read_only::Access;
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use domain::SessionId;
use hmac::{Hmac, KeyInit, Mac};
use keys::Keys;
use rusqlite::Connection;
use sha2::Sha256;
use signed_in::SignedIn;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use uuid::Uuid;
use writer::Writer;

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
        last_seen_at INTEGER NOT NULL, strong_at INTEGER, strong_for TEXT, device TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS session_by_subject ON session (subject);
    CREATE TABLE IF NOT EXISTS second_factor_use (
        subject BLOB PRIMARY KEY, step INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS request (
        command BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    -- Wrong attempts at a login, as long as they count.
    CREATE TABLE IF NOT EXISTS attempt (
        subject BLOB NOT NULL, source BLOB NOT NULL, is_known_device INTEGER NOT NULL,
        failures INTEGER NOT NULL, since INTEGER NOT NULL, recorded_at INTEGER,
        PRIMARY KEY (subject, source)
    ) STRICT, WITHOUT ROWID;
    -- Of keys and tokens.
    CREATE TABLE IF NOT EXISTS last_use (
        id BLOB PRIMARY KEY, at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS witness (
        one INTEGER PRIMARY KEY CHECK (one = 1), vault BLOB NOT NULL, endings INTEGER NOT NULL,
        position INTEGER, leaf_hash BLOB
    ) STRICT;
    CREATE TABLE IF NOT EXISTS follower (
        name TEXT PRIMARY KEY, position INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    -- Whole answers were kept here once.
    DROP TABLE IF EXISTS answer;
    -- Swept once an hour, for which nobody keeps an index up to date.
    DROP INDEX IF EXISTS request_by_age;
";

/// Grows with each key that is made or destroyed.
const PROGRESS: Progress =
    Progress("SELECT (SELECT count(*) FROM data_key) + 2 * (SELECT count(*) FROM destroyed_key)");
/// The secrets of an installation, made at its first start.
const SECRETS: [&str; 11] = [
    "vault",
    "links",
    "codes",
    "staff_invitations",
    "email_claims",
    "test_keys",
    "fingerprints",
    "snapshots",
    "sources",
    "recaps",
    "reveals",
];

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the vault cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the vault does not open with this master key: {0}")]
    WrongMasterKey(SealError),
    /// Other secrets do open with this master key.
    #[error("the secret `{0}` of the vault is altered: bring back a sound vault.db")]
    Altered(&'static str),
    #[error("the vault is of a newer version of this program")]
    Newer,
    #[error("{0} can be read only; give the server's user the right to write it")]
    ReadOnly(PathBuf),
    #[error("there is no vault in {0}")]
    NotThere(PathBuf),
    /// Nobody knows what of it is on disk.
    #[error("the vault stopped after an error of its disk ({0}); restart the program")]
    Stopped(String),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error("the vault could not be written ({0})")]
    Unwritten(String),
    #[error("the vault is closed, or was opened for reading only")]
    Closed,
    #[error("the vault has no secret of that name: {0}")]
    NoSecret(String),
    #[error("the vault's writer cannot be started: {0}")]
    Thread(std::io::Error),
    #[error("what has ended cannot be witnessed beside the documents: {0}")]
    Witness(std::io::Error),
}

impl VaultError {
    /// Whether it stays as it is until somebody brings back what is sound.
    pub fn is_damage(&self) -> bool {
        if let Self::Sqlite(error) = self {
            return crate::sqlite::is_damage(error);
        }
        matches!(self, Self::Log(LogError::Damaged { .. }) | Self::Altered(_) | Self::Newer)
    }
}

pub struct Vault {
    writer: Writer,
    /// How it is read, where nothing is written; a copy lasts as long.
    _access: Option<Access>,
    /// For reading; in memory it is the writer's own.
    reader: Arc<Mutex<Connection>>,
    master: DataKey,
    chance: Arc<dyn Chance>,
    secrets: HashMap<&'static str, DataKey>,
    /// Unwrapped data keys.
    keys: Keys,
    signed_in: SignedIn,
    /// What is not yet written down: requests by their command, and when sessions were seen.
    requests: requests::Pending,
    sightings: DashMap<SessionId, DateTime<Utc>>,
    uses: uses::Uses,
    attempts: attempts::Attempts,
    /// The witness beside the documents; set once the installation is open.
    witness: OnceLock<PathBuf>,
    witnessing: tokio::sync::Mutex<()>,
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
        // SQLite opens for reading what it may not write.
        if connection.is_readonly("main")? {
            return Err(VaultError::ReadOnly(path));
        }
        log::never_copy_on_close(&connection)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Copied at moments of our own, because each log has a name.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        log::make_durable(&connection, &path)?;
        let secrets = begin(&connection, &master, chance.as_ref())?;
        // A new one stands in its file, not in a log that somebody may tidy away.
        log::make_durable(&connection, &path)?;
        connection.busy_timeout(PATIENCE)?;
        let access = Access::Shared(path.clone());
        let reader = access.connect()?;
        let writer = Writer::start(Arc::new(Mutex::new(connection)), Some(path))?;
        Ok(Self::of(writer, Arc::new(Mutex::new(reader)), master, chance, secrets))
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
        let access = Access::to(&path)?;
        let connection = access.connect()?;
        check_format(&connection)?;
        let secrets = keys::known_secrets(&connection, &master)?;
        let reader = Arc::new(Mutex::new(connection));
        let vault = Self::of(Writer::none(), reader, master, chance, secrets);
        Ok(Self { _access: Some(access), ..vault })
    }

    pub fn in_memory(chance: Arc<dyn Chance>) -> Result<Self, VaultError> {
        let master = DataKey::random(chance.as_ref());
        let connection = Connection::open_in_memory()?;
        let secrets = begin(&connection, &master, chance.as_ref())?;
        let connection = Arc::new(Mutex::new(connection));
        let writer = Writer::start(Arc::clone(&connection), None)?;
        Ok(Self::of(writer, connection, master, chance, secrets))
    }

    fn of(
        writer: Writer,
        reader: Arc<Mutex<Connection>>,
        master: DataKey,
        chance: Arc<dyn Chance>,
        secrets: HashMap<&'static str, DataKey>,
    ) -> Self {
        Self {
            writer,
            _access: None,
            reader,
            master,
            chance,
            secrets,
            keys: Keys::new(),
            signed_in: SignedIn::new(),
            requests: requests::Pending::default(),
            sightings: DashMap::new(),
            uses: uses::Uses::default(),
            attempts: attempts::Attempts::default(),
            witness: OnceLock::new(),
            witnessing: tokio::sync::Mutex::default(),
        }
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why nothing is written any more until the program is restarted; `None` as long as it is.
    pub fn stopped(&self) -> Option<String> {
        self.writer.stopped()
    }

    /// Writes down what was kept in memory and empties the log: nothing is left to be done at the
    /// next start.
    pub async fn close(&self) -> Result<(), VaultError> {
        self.write_down().await?;
        self.empty_log().await
    }

    /// Copies the log into the file and empties it: what was deleted is in neither. While another
    /// process reads, that does not work, and is to be asked again.
    async fn empty_log(&self) -> Result<(), VaultError> {
        match self.writer.empty_log().await? {
            None => Ok(()),
            Some(readers) => Err(readers.into()),
        }
    }

    /// A secret of the installation.
    pub fn secret(&self, name: &str) -> Result<DataKey, VaultError> {
        self.secrets.get(name).cloned().ok_or_else(|| VaultError::NoSecret(name.to_owned()))
    }
}

/// Prepares what was just opened, and proves the master key before anything is sealed under a wrong
/// one.
fn begin(
    connection: &Connection,
    master: &DataKey,
    chance: &dyn Chance,
) -> Result<HashMap<&'static str, DataKey>, VaultError> {
    connection.pragma_update(None, "secure_delete", true)?;
    check_format(connection)?;
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(SCHEMA)?;
    add_what_is_new(&transaction)?;
    keys::known_secrets(&transaction, master)?;
    keys::make_secrets(&transaction, master, chance)?;
    let secrets = keys::known_secrets(&transaction, master)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    witness::begin(&transaction, chance)?;
    transaction.commit()?;
    Ok(secrets)
}

/// Columns that vaults of before did not have.
fn add_what_is_new(connection: &Connection) -> Result<(), rusqlite::Error> {
    let sql = "SELECT count(*) FROM pragma_table_info('session') WHERE name = 'strong_for'";
    let known: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    if known == 0 {
        connection.execute_batch("ALTER TABLE session ADD COLUMN strong_for TEXT")?;
    }
    Ok(())
}

/// What lies in `directory` says of the ledger it belongs to, without changing anything; `None`
/// if there is no vault, or one without content.
pub fn look_at(directory: &Path) -> Result<Option<Seen>, VaultError> {
    let path = directory.join(VAULT_FILE);
    if std::fs::metadata(&path).map_or(0, |file| file.len()) == 0 {
        return Ok(None);
    }
    take_back_first_start(&path)?;
    let access = Access::to(&path)?;
    let connection = access.connect()?;
    check_format(&connection)?;
    witness::seen(&connection)
}

/// Looks at the files of the vault in `directory`.
pub(crate) fn check(directory: &Path) -> Result<Checked, VaultError> {
    Ok(crate::sqlite::check::check(&directory.join(VAULT_FILE), None)?)
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
        let access = Access::to(&directory.join(VAULT_FILE))?;
        Ok(Some(Self::of(&access.connect()?)?))
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
    hex::encode(chance::bytes::<32>(chance))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;
    use domain::SubjectId;

    fn open(directory: &Path, byte: u8) -> Result<Vault, VaultError> {
        Vault::open(directory, DataKey::new([byte; 32]), Arc::new(SeededChance::new(1)))
    }

    #[tokio::test]
    async fn a_vault_opens_only_with_its_master_key() {
        let directory = tempfile::tempdir().unwrap();
        let subject = SubjectId::from_u128(1);
        let key = open(directory.path(), 1).unwrap().introduce(subject).await.unwrap();
        assert!(matches!(open(directory.path(), 2), Err(VaultError::WrongMasterKey(_))));
        assert_eq!(open(directory.path(), 1).unwrap().key(subject).unwrap(), key);
    }

    /// Sessions of before did not say for what a second factor was proved.
    #[tokio::test]
    async fn a_vault_of_before_keeps_its_sessions_and_their_proofs_count_for_nothing() {
        let directory = tempfile::tempdir().unwrap();
        open(directory.path(), 1).unwrap().close().await.unwrap();
        let of_before = Connection::open(directory.path().join(VAULT_FILE)).unwrap();
        of_before
            .execute_batch(
                "ALTER TABLE session DROP COLUMN strong_for;
                 INSERT INTO session VALUES (x'01', zeroblob(16), zeroblob(16), 'portal', 0, 1, 1, 1, 'x')",
            )
            .unwrap();
        drop(of_before);
        let sessions = open(directory.path(), 1).unwrap().sessions_of(SubjectId::from_u128(0));
        let sessions = sessions.unwrap();
        assert_eq!((sessions.len(), sessions[0].proof), (1, None));
    }

    #[tokio::test]
    async fn a_closed_vault_has_an_empty_log() {
        let directory = tempfile::tempdir().unwrap();
        let vault = open(directory.path(), 1).unwrap();
        vault.introduce(SubjectId::from_u128(1)).await.unwrap();
        let log =
            || std::fs::metadata(directory.path().join("vault.db-wal")).map_or(0, |f| f.len());
        assert!(log() > 0);
        vault.close().await.unwrap();
        assert_eq!(log(), 0);
    }
}
