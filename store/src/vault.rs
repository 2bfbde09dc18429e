//! The vault: keys and credentials, everything that must be forgettable.
//!
//! Its own file with its own backup. Data keys are wrapped by a master key that lies in neither
//! the vault nor the ledger. What is deleted here is overwritten (`secure_delete`).

use crate::chance::{self, Chance};
use crate::seal::{self, DataKey, SealError};
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use domain::{Id, LinkId, SubjectId};
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

pub const VAULT_FILE: &str = "vault.db";
const FORMAT: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS data_key (
        subject BLOB PRIMARY KEY, wrapped BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS destroyed_key (
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
    CREATE TABLE IF NOT EXISTS answer (
        command BLOB PRIMARY KEY, fingerprint BLOB NOT NULL, sealed BLOB NOT NULL,
        created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS answer_by_age ON answer (created_at);
";

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the vault cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the vault does not open with this master key: {0}")]
    WrongMasterKey(SealError),
    #[error("the vault is of a newer version of this program")]
    Newer,
}

pub struct Vault {
    connection: Mutex<Connection>,
    master: DataKey,
    chance: Arc<dyn Chance>,
    /// Unwrapped data keys.
    keys: DashMap<SubjectId, DataKey>,
}

/// What a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// An argon2id hash in PHC form.
    Password,
    /// The shared secret of an authenticator.
    Totp,
}

impl CredentialKind {
    fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
        }
    }
}

/// A signed-in browser or client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: domain::SessionId,
    pub subject: SubjectId,
    /// `portal` or `console`: a session of one never opens the other.
    pub audience: String,
    /// The generation of the account's sessions when this one began.
    pub generation: u32,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// When a second factor was last proved.
    pub strong_at: Option<DateTime<Utc>>,
    /// The browser as it named itself, shortened.
    pub device: String,
}

/// An answer kept for whoever asks the same thing again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub fingerprint: Vec<u8>,
    pub body: Vec<u8>,
}

impl Vault {
    pub fn open(
        directory: &Path,
        master: DataKey,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, VaultError> {
        Self::with(Connection::open(directory.join(VAULT_FILE))?, master, chance)
    }

    pub fn in_memory(chance: Arc<dyn Chance>) -> Result<Self, VaultError> {
        let master = DataKey::random(chance.as_ref());
        Self::with(Connection::open_in_memory()?, master, chance)
    }

    fn with(
        connection: Connection,
        master: DataKey,
        chance: Arc<dyn Chance>,
    ) -> Result<Self, VaultError> {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "secure_delete", true)?;
        let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if format > FORMAT {
            return Err(VaultError::Newer);
        }
        connection.pragma_update(None, "user_version", FORMAT)?;
        connection.execute_batch(SCHEMA)?;
        let vault =
            Self { connection: Mutex::new(connection), master, chance, keys: DashMap::new() };
        // Proves the master key before anything is sealed under a wrong one.
        vault.secret("vault")?;
        Ok(vault)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The data key of a subject, made if there is none yet; `None` if it was destroyed.
    pub fn data_key_or_new(&self, subject: SubjectId) -> Result<Option<DataKey>, VaultError> {
        if let Some(key) = self.data_key(subject)? {
            return Ok(Some(key));
        }
        let connection = self.connection();
        let is_destroyed: bool = connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM destroyed_key WHERE subject = ?1)",
            [subject.uuid().as_bytes()],
            |row| row.get(0),
        )?;
        if is_destroyed {
            return Ok(None);
        }
        let key = DataKey::random(self.chance.as_ref());
        let wrapped = self.wrap(&key, subject.uuid().as_bytes())?;
        connection.execute(
            "INSERT INTO data_key (subject, wrapped) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![subject.uuid().as_bytes(), wrapped],
        )?;
        drop(connection);
        self.data_key(subject)
    }

    /// The data key of a subject; `None` if there is none, or none any more.
    pub fn data_key(&self, subject: SubjectId) -> Result<Option<DataKey>, VaultError> {
        if let Some(key) = self.keys.get(&subject) {
            return Ok(Some(key.clone()));
        }
        // Held until the key is cached, so that a destruction cannot come in between and be undone.
        let connection = self.connection();
        let wrapped: Option<Vec<u8>> = connection
            .prepare_cached("SELECT wrapped FROM data_key WHERE subject = ?1")?
            .query_row([subject.uuid().as_bytes()], |row| row.get(0))
            .optional()?;
        let Some(wrapped) = wrapped else { return Ok(None) };
        let key = self.unwrap(&wrapped, subject.uuid().as_bytes())?;
        self.keys.insert(subject, key.clone());
        Ok(Some(key))
    }

    /// Destroys the data key of a subject for good: what it sealed is forgotten.
    pub fn destroy_data_key(&self, subject: SubjectId) -> Result<(), VaultError> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        let id = subject.uuid();
        transaction.execute(
            "INSERT INTO destroyed_key (subject) VALUES (?1) ON CONFLICT DO NOTHING",
            [id.as_bytes()],
        )?;
        for sql in [
            "DELETE FROM data_key WHERE subject = ?1",
            "DELETE FROM credential WHERE subject = ?1",
            "DELETE FROM session WHERE subject = ?1",
            "DELETE FROM second_factor_use WHERE subject = ?1",
        ] {
            transaction.execute(sql, [id.as_bytes()])?;
        }
        transaction.commit()?;
        // Still holding the connection: see `data_key`.
        self.keys.remove(&subject);
        Ok(())
    }

    /// A secret of the installation, made when first asked for.
    pub fn secret(&self, name: &str) -> Result<DataKey, VaultError> {
        let connection = self.connection();
        let select = |connection: &Connection| -> Result<Option<Vec<u8>>, rusqlite::Error> {
            connection
                .query_row("SELECT wrapped FROM secret WHERE name = ?1", [name], |row| row.get(0))
                .optional()
        };
        if let Some(wrapped) = select(&connection)? {
            return self.unwrap(&wrapped, name.as_bytes());
        }
        let key = DataKey::random(self.chance.as_ref());
        let wrapped = self.wrap(&key, name.as_bytes())?;
        connection.execute(
            "INSERT INTO secret (name, wrapped) VALUES (?1, ?2)",
            params![name, wrapped],
        )?;
        Ok(key)
    }

    fn wrap(&self, key: &DataKey, name: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal::seal(&self.master, name, key.bytes(), self.chance.as_ref())
            .map_err(VaultError::WrongMasterKey)
    }

    fn unwrap(&self, wrapped: &[u8], name: &[u8]) -> Result<DataKey, VaultError> {
        let bytes = seal::open(&self.master, name, wrapped).map_err(VaultError::WrongMasterKey)?;
        <[u8; 32]>::try_from(bytes.as_slice())
            .map(DataKey::new)
            .map_err(|_| VaultError::WrongMasterKey(SealError::Altered))
    }

    /// Keeps a credential under the id of the link or request that set it. Which one counts, the
    /// ledger says.
    pub fn put_credential(
        &self,
        subject: SubjectId,
        id: LinkId,
        kind: CredentialKind,
        value: &[u8],
    ) -> Result<(), VaultError> {
        let context = [subject.uuid().as_bytes().as_slice(), kind.name().as_bytes()].concat();
        let sealed = seal::seal(&self.master, &context, value, self.chance.as_ref())
            .map_err(VaultError::WrongMasterKey)?;
        self.connection().execute(
            "INSERT OR REPLACE INTO credential (subject, id, kind, sealed) VALUES (?1, ?2, ?3, ?4)",
            params![subject.uuid().as_bytes(), id.uuid().as_bytes(), kind.name(), sealed],
        )?;
        Ok(())
    }

    pub fn credential(
        &self,
        subject: SubjectId,
        id: LinkId,
        kind: CredentialKind,
    ) -> Result<Option<Vec<u8>>, VaultError> {
        let sealed: Option<Vec<u8>> = self
            .connection()
            .query_row(
                "SELECT sealed FROM credential WHERE subject = ?1 AND id = ?2 AND kind = ?3",
                params![subject.uuid().as_bytes(), id.uuid().as_bytes(), kind.name()],
                |row| row.get(0),
            )
            .optional()?;
        let context = [subject.uuid().as_bytes().as_slice(), kind.name().as_bytes()].concat();
        sealed
            .map(|sealed| seal::open(&self.master, &context, &sealed))
            .transpose()
            .map_err(VaultError::WrongMasterKey)
    }

    /// Takes note that the one-time password of `step` was used; false if it, or a later one,
    /// had been used before.
    pub fn use_second_factor(&self, subject: SubjectId, step: u64) -> Result<bool, VaultError> {
        let changed = self.connection().execute(
            "INSERT INTO second_factor_use (subject, step) VALUES (?1, ?2)
             ON CONFLICT (subject) DO UPDATE SET step = ?2 WHERE step < ?2",
            params![subject.uuid().as_bytes(), step as i64],
        )?;
        Ok(changed == 1)
    }

    pub fn put_session(&self, token: &str, session: &Session) -> Result<(), VaultError> {
        self.connection().execute(
            "INSERT INTO session (token_hash, id, subject, audience, generation, created_at,
                                  last_seen_at, strong_at, device)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                hash(token),
                session.id.uuid().as_bytes(),
                session.subject.uuid().as_bytes(),
                session.audience,
                session.generation,
                session.created_at.timestamp_micros(),
                session.last_seen_at.timestamp_micros(),
                session.strong_at.map(|at| at.timestamp_micros()),
                session.device,
            ],
        )?;
        Ok(())
    }

    pub fn session(&self, token: &str) -> Result<Option<Session>, VaultError> {
        Ok(self
            .connection()
            .prepare_cached(&format!("{SESSION} WHERE token_hash = ?1"))?
            .query_row([hash(token)], session_row)
            .optional()?)
    }

    pub fn sessions_of(&self, subject: SubjectId) -> Result<Vec<Session>, VaultError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(&format!("{SESSION} WHERE subject = ?1 ORDER BY created_at"))?;
        let rows = statement.query_map([subject.uuid().as_bytes()], session_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn touch_session(
        &self,
        id: domain::SessionId,
        last_seen_at: DateTime<Utc>,
        strong_at: Option<DateTime<Utc>>,
    ) -> Result<(), VaultError> {
        self.connection().execute(
            "UPDATE session SET last_seen_at = ?2, strong_at = ?3 WHERE id = ?1",
            params![
                id.uuid().as_bytes(),
                last_seen_at.timestamp_micros(),
                strong_at.map(|at| at.timestamp_micros()),
            ],
        )?;
        Ok(())
    }

    /// True if there was such a session of that subject.
    pub fn end_session(
        &self,
        subject: SubjectId,
        id: domain::SessionId,
    ) -> Result<bool, VaultError> {
        let changed = self.connection().execute(
            "DELETE FROM session WHERE id = ?1 AND subject = ?2",
            params![id.uuid().as_bytes(), subject.uuid().as_bytes()],
        )?;
        Ok(changed == 1)
    }

    pub fn end_sessions_seen_before(&self, limit: DateTime<Utc>) -> Result<usize, VaultError> {
        Ok(self
            .connection()
            .execute("DELETE FROM session WHERE last_seen_at < ?1", [limit.timestamp_micros()])?)
    }

    /// Keeps an answer, sealed: it may hold a key that is shown only once.
    pub fn put_answer(
        &self,
        command: uuid::Uuid,
        answer: &Answer,
        at: DateTime<Utc>,
    ) -> Result<(), VaultError> {
        let sealed =
            seal::seal(&self.master, command.as_bytes(), &answer.body, self.chance.as_ref())
                .map_err(VaultError::WrongMasterKey)?;
        self.connection().execute(
            "INSERT OR REPLACE INTO answer (command, fingerprint, sealed, created_at)
             VALUES (?1, ?2, ?3, ?4)",
            params![command.as_bytes(), answer.fingerprint, sealed, at.timestamp_micros()],
        )?;
        Ok(())
    }

    pub fn answer(&self, command: uuid::Uuid) -> Result<Option<Answer>, VaultError> {
        let row: Option<(Vec<u8>, Vec<u8>)> = self
            .connection()
            .prepare_cached("SELECT fingerprint, sealed FROM answer WHERE command = ?1")?
            .query_row([command.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((fingerprint, sealed)) = row else { return Ok(None) };
        let body = seal::open(&self.master, command.as_bytes(), &sealed)
            .map_err(VaultError::WrongMasterKey)?;
        Ok(Some(Answer { fingerprint, body }))
    }

    pub fn forget_answers_before(&self, limit: DateTime<Utc>) -> Result<usize, VaultError> {
        Ok(self
            .connection()
            .execute("DELETE FROM answer WHERE created_at < ?1", [limit.timestamp_micros()])?)
    }
}

const SESSION: &str = "SELECT id, subject, audience, generation, created_at, last_seen_at,
                              strong_at, device FROM session";

fn session_row(row: &rusqlite::Row<'_>) -> Result<Session, rusqlite::Error> {
    let time = |micros: i64| DateTime::from_timestamp_micros(micros).unwrap_or_default();
    Ok(Session {
        id: domain::SessionId::from_uuid(uuid::Uuid::from_bytes(row.get(0)?)),
        subject: SubjectId::from_uuid(uuid::Uuid::from_bytes(row.get(1)?)),
        audience: row.get(2)?,
        generation: row.get(3)?,
        created_at: time(row.get(4)?),
        last_seen_at: time(row.get(5)?),
        strong_at: row.get::<_, Option<i64>>(6)?.map(time),
        device: row.get(7)?,
    })
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
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
    use uuid::Uuid;

    fn subject(n: u128) -> SubjectId {
        SubjectId::from_uuid(Uuid::from_u128(n))
    }

    fn vault() -> Vault {
        Vault::in_memory(Arc::new(SeededChance::new(1))).unwrap()
    }

    #[test]
    fn a_subject_keeps_its_key_until_it_is_destroyed_and_never_gets_another() {
        let vault = vault();
        assert!(vault.data_key(subject(1)).unwrap().is_none());
        let key = *vault.data_key_or_new(subject(1)).unwrap().unwrap().bytes();
        assert_eq!(*vault.data_key_or_new(subject(1)).unwrap().unwrap().bytes(), key);
        assert_ne!(*vault.data_key_or_new(subject(2)).unwrap().unwrap().bytes(), key);
        vault.destroy_data_key(subject(1)).unwrap();
        assert!(vault.data_key(subject(1)).unwrap().is_none());
        assert!(vault.data_key_or_new(subject(1)).unwrap().is_none());
    }

    #[test]
    fn a_vault_opens_only_with_its_master_key() {
        let directory = tempfile::tempdir().unwrap();
        let open = |byte| {
            Vault::open(directory.path(), DataKey::new([byte; 32]), Arc::new(SeededChance::new(1)))
        };
        let key = *open(1).unwrap().data_key_or_new(subject(1)).unwrap().unwrap().bytes();
        assert!(matches!(open(2), Err(VaultError::WrongMasterKey(_))));
        assert_eq!(*open(1).unwrap().data_key(subject(1)).unwrap().unwrap().bytes(), key);
    }

    #[test]
    fn a_one_time_password_is_used_once() {
        let vault = vault();
        assert!(vault.use_second_factor(subject(1), 10).unwrap());
        assert!(!vault.use_second_factor(subject(1), 10).unwrap());
        assert!(!vault.use_second_factor(subject(1), 9).unwrap());
        assert!(vault.use_second_factor(subject(1), 11).unwrap());
    }
}
