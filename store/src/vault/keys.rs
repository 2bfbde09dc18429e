//! Data keys: made when their subject is introduced, destroyed when it is forgotten, and never
//! made again.

use super::{KeyList, SECRETS, Vault, VaultError};
use crate::chance::Chance;
use crate::seal::{self, DataKey, SealError};
use domain::{Id, SubjectId};
use lru::LruCache;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// What the vault knows of the key of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Known(DataKey),
    /// The subject is forgotten.
    Destroyed,
    /// There is none, and nobody destroyed it: the subject is new, or the key is lost.
    Missing,
}

/// Unwrapped data keys, as many as are used. What was read before a key was destroyed is not
/// remembered after it.
pub(super) struct Keys(Mutex<Unwrapped>);

struct Unwrapped {
    destroyed: u64,
    keys: LruCache<SubjectId, DataKey>,
}

/// Some 30 MB. A zero would not compile.
const KEYS_MAX: NonZeroUsize = NonZeroUsize::new(200_000).unwrap();

impl Keys {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Unwrapped { destroyed: 0, keys: LruCache::new(KEYS_MAX) }))
    }

    fn get(&self, subject: SubjectId) -> Option<DataKey> {
        self.unwrapped().keys.get(&subject).cloned()
    }

    /// How many were destroyed. Asked before a key is read.
    fn destroyed(&self) -> u64 {
        self.unwrapped().destroyed
    }

    fn remember(&self, subject: SubjectId, key: &DataKey, destroyed: u64) {
        let mut unwrapped = self.unwrapped();
        if unwrapped.destroyed == destroyed {
            unwrapped.keys.put(subject, key.clone());
        }
    }

    fn destroy(&self, subject: SubjectId) {
        let mut unwrapped = self.unwrapped();
        unwrapped.destroyed += 1;
        unwrapped.keys.pop(&subject);
    }

    fn unwrapped(&self) -> MutexGuard<'_, Unwrapped> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault {
    pub fn key(&self, subject: SubjectId) -> Result<Key, VaultError> {
        if let Some(key) = self.keys.get(subject) {
            return Ok(Key::Known(key));
        }
        let destroyed = self.keys.destroyed();
        let reader = self.reader();
        let wrapped: Option<Vec<u8>> = reader
            .prepare_cached("SELECT wrapped FROM data_key WHERE subject = ?1")?
            .query_row([subject.uuid().as_bytes()], |row| row.get(0))
            .optional()?;
        if let Some(wrapped) = wrapped {
            drop(reader);
            let key = unwrap(&self.master, &wrapped, subject.uuid().as_bytes())?;
            self.keys.remember(subject, &key, destroyed);
            return Ok(Key::Known(key));
        }
        let is_destroyed: bool = reader
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM destroyed_key WHERE subject = ?1)")?
            .query_row([subject.uuid().as_bytes()], |row| row.get(0))?;
        Ok(if is_destroyed { Key::Destroyed } else { Key::Missing })
    }

    /// The key of a subject that is just being introduced: made if there is none. For the event
    /// that introduces it and nothing else: anywhere else a missing key is a lost one.
    pub async fn introduce(&self, subject: SubjectId) -> Result<Key, VaultError> {
        match self.key(subject)? {
            Key::Missing => {}
            known @ (Key::Known(_) | Key::Destroyed) => return Ok(known),
        }
        let key = DataKey::random(self.chance.as_ref());
        let wrapped = wrap(&self.master, &key, subject.uuid().as_bytes(), self.chance.as_ref())?;
        self.writer
            .write(move |connection| {
                connection
                    // Unless it was destroyed meanwhile.
                    .prepare_cached(
                        "INSERT INTO data_key (subject, wrapped) SELECT ?1, ?2
                         WHERE NOT EXISTS (SELECT 1 FROM destroyed_key WHERE subject = ?1)
                         ON CONFLICT DO NOTHING",
                    )?
                    .execute(params![subject.uuid().as_bytes(), wrapped])
            })
            .await?;
        self.key(subject)
    }

    /// Destroys the data key of a subject for good: what it sealed is forgotten. Once this has
    /// returned, the wrapped key is in no file of the vault.
    pub async fn destroy_data_key(&self, subject: SubjectId) -> Result<(), VaultError> {
        let destroyed = self.writer.write(move |connection| destroy(connection, subject)).await;
        // Whatever came of it: what is not remembered is read.
        self.keys.destroy(subject);
        self.signed_in.forget(subject);
        destroyed?;
        self.empty_log().await?;
        self.write_witness().await
    }

    /// The subjects among `introduced` that have neither a key nor a grave, and that nobody knows to
    /// be lost.
    pub fn without_key(&self, introduced: &[SubjectId]) -> Result<Vec<SubjectId>, VaultError> {
        let list = KeyList::of(&self.reader())?;
        Ok(introduced.iter().filter(|subject| list.lacks(&subject.uuid())).copied().collect())
    }

    /// Takes note that these keys are lost for good.
    pub async fn accept_lost(&self, subjects: &[SubjectId]) -> Result<(), VaultError> {
        let subjects = subjects.to_vec();
        let note = move |connection: &Connection| {
            subjects.iter().try_for_each(|subject| {
                let sql = "INSERT INTO lost_key (subject) VALUES (?1) ON CONFLICT DO NOTHING";
                connection.execute(sql, [subject.uuid().as_bytes()]).map(|_| ())
            })
        };
        self.writer.write(note).await
    }

    /// The subjects among `forgotten` that this vault has not forgotten: it is older than that.
    pub fn not_destroyed(&self, forgotten: &[SubjectId]) -> Result<Vec<SubjectId>, VaultError> {
        let destroyed = KeyList::of(&self.reader())?.destroyed;
        Ok(forgotten
            .iter()
            .filter(|subject| !destroyed.contains(&subject.uuid()))
            .copied()
            .collect())
    }
}

/// Makes the secrets of the installation that are not there yet.
pub(super) fn make_secrets(
    connection: &Connection,
    master: &DataKey,
    chance: &dyn Chance,
) -> Result<(), VaultError> {
    for name in SECRETS {
        let wrapped = wrap(master, &DataKey::random(chance), name.as_bytes(), chance)?;
        connection.execute(
            "INSERT INTO secret (name, wrapped) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![name, wrapped],
        )?;
    }
    Ok(())
}

pub(super) fn known_secrets(
    connection: &Connection,
    master: &DataKey,
) -> Result<HashMap<&'static str, DataKey>, VaultError> {
    let (mut secrets, mut closed) = (HashMap::new(), None);
    for name in SECRETS {
        let wrapped: Option<Vec<u8>> = connection
            .query_row("SELECT wrapped FROM secret WHERE name = ?1", [name], |row| row.get(0))
            .optional()?;
        match wrapped.map(|wrapped| unwrap(master, &wrapped, name.as_bytes())) {
            Some(Ok(secret)) => drop(secrets.insert(name, secret)),
            Some(Err(error)) => closed = Some((name, error)),
            None => {}
        }
    }
    match closed {
        None => Ok(secrets),
        // It is the key of the others, so that this one is not what was written.
        Some((name, _)) if !secrets.is_empty() => Err(VaultError::Altered(name)),
        Some((_, error)) => Err(error),
    }
}

fn wrap(
    master: &DataKey,
    key: &DataKey,
    name: &[u8],
    chance: &dyn Chance,
) -> Result<Vec<u8>, VaultError> {
    seal::seal(master, name, key.bytes(), chance).map_err(VaultError::WrongMasterKey)
}

fn unwrap(master: &DataKey, wrapped: &[u8], name: &[u8]) -> Result<DataKey, VaultError> {
    let bytes = seal::open(master, name, wrapped).map_err(VaultError::WrongMasterKey)?;
    <[u8; 32]>::try_from(bytes.as_slice())
        .map(DataKey::new)
        .map_err(|_| VaultError::WrongMasterKey(SealError::Altered))
}

pub(super) fn subjects(
    connection: &Connection,
    sql: &str,
) -> Result<HashSet<Uuid>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| row.get(0).map(Uuid::from_bytes))?;
    rows.collect()
}

fn destroy(connection: &Connection, subject: SubjectId) -> Result<(), rusqlite::Error> {
    let id = subject.uuid();
    for sql in [
        "INSERT INTO destroyed_key (subject) VALUES (?1) ON CONFLICT DO NOTHING",
        "DELETE FROM data_key WHERE subject = ?1",
        "DELETE FROM credential WHERE subject = ?1",
        "DELETE FROM session WHERE subject = ?1",
        "DELETE FROM second_factor_use WHERE subject = ?1",
        "DELETE FROM attempt WHERE subject = ?1",
    ] {
        connection.execute(sql, [id.as_bytes()])?;
    }
    connection.execute("UPDATE witness SET endings = endings + 1", []).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;
    use std::sync::Arc;

    const SUBJECT: SubjectId = SubjectId::from_u128(1);

    #[tokio::test]
    async fn a_subject_keeps_its_key_until_it_is_destroyed_and_never_gets_another() {
        let vault = Vault::in_memory(Arc::new(SeededChance::new(1))).unwrap();
        assert_eq!(vault.key(SUBJECT).unwrap(), Key::Missing);
        let key = vault.introduce(SUBJECT).await.unwrap();
        assert!(matches!(key, Key::Known(_)));
        assert_eq!(vault.introduce(SUBJECT).await.unwrap(), key);
        assert_ne!(vault.introduce(SubjectId::from_u128(2)).await.unwrap(), key);
        vault.destroy_data_key(SUBJECT).await.unwrap();
        assert_eq!(vault.key(SUBJECT).unwrap(), Key::Destroyed);
        assert_eq!(vault.introduce(SUBJECT).await.unwrap(), Key::Destroyed);
    }

    #[tokio::test]
    async fn lost_keys_and_revived_ones_are_found() {
        let vault = Vault::in_memory(Arc::new(SeededChance::new(1))).unwrap();
        let ids: Vec<SubjectId> = (1..=3).map(SubjectId::from_u128).collect();
        vault.introduce(SUBJECT).await.unwrap();
        vault.destroy_data_key(SubjectId::from_u128(2)).await.unwrap();
        assert_eq!(vault.without_key(&ids).unwrap(), [ids[2]]);
        assert_eq!(vault.not_destroyed(&ids).unwrap(), [ids[0], ids[2]]);
        vault.accept_lost(&[ids[2]]).await.unwrap();
        assert!(vault.without_key(&ids).unwrap().is_empty(), "said once");
        assert_eq!(vault.key(SubjectId::from_u128(3)).unwrap(), Key::Missing);
    }

    #[tokio::test]
    async fn a_secret_that_was_altered_is_told_from_a_wrong_master_key() {
        let directory = tempfile::tempdir().unwrap();
        let open = |byte| {
            Vault::open(directory.path(), DataKey::new([byte; 32]), Arc::new(SeededChance::new(1)))
        };
        open(1).unwrap().close().await.unwrap();
        assert!(matches!(open(2), Err(VaultError::WrongMasterKey(_))));
        let connection = Connection::open(directory.path().join(super::super::VAULT_FILE)).unwrap();
        let sql = "UPDATE secret SET wrapped = zeroblob(length(wrapped)) WHERE name = 'codes'";
        assert_eq!(connection.execute(sql, []).unwrap(), 1);
        drop(connection);
        let altered = open(1).err().unwrap();
        assert!(matches!(altered, VaultError::Altered("codes")) && altered.is_damage());
    }

    #[tokio::test]
    async fn a_destroyed_key_is_in_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let master = DataKey::new([1; 32]);
        let vault = Vault::open(directory.path(), master, Arc::new(SeededChance::new(1))).unwrap();
        vault.introduce(SUBJECT).await.unwrap();
        let wrapped: Vec<u8> =
            vault.reader().query_row("SELECT wrapped FROM data_key", [], |row| row.get(0)).unwrap();
        let files_with_it = || -> usize {
            let files = std::fs::read_dir(directory.path()).unwrap();
            let has_it = |bytes: Vec<u8>| bytes.windows(32).any(|part| part == &wrapped[..32]);
            files
                .filter(|file| has_it(std::fs::read(file.as_ref().unwrap().path()).unwrap()))
                .count()
        };
        assert!(files_with_it() > 0);
        vault.destroy_data_key(SUBJECT).await.unwrap();
        assert_eq!(files_with_it(), 0);
    }
}
