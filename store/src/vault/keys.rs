//! Data keys: made when their subject is introduced, destroyed when it is forgotten, and never
//! made again.

use super::{KeyList, Vault, VaultError};
use crate::seal::{self, DataKey, SealError};
use domain::{Id, SubjectId};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;
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

impl Vault {
    pub fn key(&self, subject: SubjectId) -> Result<Key, VaultError> {
        if let Some(key) = self.keys.get(&subject) {
            return Ok(Key::Known(key.clone()));
        }
        // Held until the key is cached, so that a destruction cannot come in between and be undone.
        let connection = self.connection();
        let wrapped: Option<Vec<u8>> = connection
            .prepare_cached("SELECT wrapped FROM data_key WHERE subject = ?1")?
            .query_row([subject.uuid().as_bytes()], |row| row.get(0))
            .optional()?;
        if let Some(wrapped) = wrapped {
            let key = self.unwrap(&wrapped, subject.uuid().as_bytes())?;
            self.keys.insert(subject, key.clone());
            return Ok(Key::Known(key));
        }
        let is_destroyed: bool = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM destroyed_key WHERE subject = ?1)")?
            .query_row([subject.uuid().as_bytes()], |row| row.get(0))?;
        Ok(if is_destroyed { Key::Destroyed } else { Key::Missing })
    }

    /// The key of a subject that is just being introduced: made if there is none. For the event
    /// that introduces it and nothing else: anywhere else a missing key is a lost one.
    pub fn introduce(&self, subject: SubjectId) -> Result<Key, VaultError> {
        match self.key(subject)? {
            Key::Missing => {}
            known @ (Key::Known(_) | Key::Destroyed) => return Ok(known),
        }
        let key = DataKey::random(self.chance.as_ref());
        let wrapped = self.wrap(&key, subject.uuid().as_bytes())?;
        self.write(|connection| {
            connection.execute(
                // Unless it was destroyed meanwhile.
                "INSERT INTO data_key (subject, wrapped) SELECT ?1, ?2
                 WHERE NOT EXISTS (SELECT 1 FROM destroyed_key WHERE subject = ?1)
                 ON CONFLICT DO NOTHING",
                params![subject.uuid().as_bytes(), wrapped],
            )
        })?;
        self.key(subject)
    }

    /// Destroys the data key of a subject for good: what it sealed is forgotten. Once this has
    /// returned, the wrapped key is in no file of the vault.
    pub fn destroy_data_key(&self, subject: SubjectId) -> Result<(), VaultError> {
        {
            let mut connection = self.connection();
            self.write_on(&mut connection, |connection| destroy(connection, subject))?;
            // Still holding the connection: see `key`.
            self.keys.remove(&subject);
        }
        self.signed_in.forget(subject);
        self.empty_log()?;
        self.write_witness()
    }

    /// The subjects among `introduced` that have neither a key nor a grave, and that nobody knows to
    /// be lost.
    pub fn without_key(&self, introduced: &[Uuid]) -> Result<Vec<Uuid>, VaultError> {
        let list = KeyList::of(&self.connection())?;
        Ok(introduced.iter().filter(|subject| list.lacks(subject)).copied().collect())
    }

    /// Takes note that these keys are lost for good.
    pub fn accept_lost(&self, subjects: &[Uuid]) -> Result<(), VaultError> {
        self.write(|connection| {
            let transaction = connection.transaction()?;
            for subject in subjects {
                transaction.execute(
                    "INSERT INTO lost_key (subject) VALUES (?1) ON CONFLICT DO NOTHING",
                    [subject.as_bytes()],
                )?;
            }
            transaction.commit()
        })
    }

    /// The subjects among `forgotten` that this vault has not forgotten: it is older than that.
    pub fn not_destroyed(&self, forgotten: &[Uuid]) -> Result<Vec<Uuid>, VaultError> {
        let destroyed = KeyList::of(&self.connection())?.destroyed;
        Ok(forgotten.iter().filter(|subject| !destroyed.contains(subject)).copied().collect())
    }

    /// A secret of the installation, made when first asked for.
    pub fn secret(&self, name: &str) -> Result<DataKey, VaultError> {
        if let Some(known) = self.known_secret(name)? {
            return Ok(known);
        }
        let key = DataKey::random(self.chance.as_ref());
        let wrapped = self.wrap(&key, name.as_bytes())?;
        let inserted = self.write(|connection| {
            connection.execute(
                "INSERT INTO secret (name, wrapped) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![name, wrapped],
            )
        })?;
        match self.known_secret(name)? {
            // Somebody else was faster.
            Some(known) if inserted == 0 => Ok(known),
            Some(_) | None => Ok(key),
        }
    }

    pub(super) fn known_secret(&self, name: &str) -> Result<Option<DataKey>, VaultError> {
        let wrapped: Option<Vec<u8>> = self
            .connection()
            .prepare_cached("SELECT wrapped FROM secret WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        wrapped.map(|wrapped| self.unwrap(&wrapped, name.as_bytes())).transpose()
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
}

pub(super) fn subjects(
    connection: &Connection,
    sql: &str,
) -> Result<HashSet<Uuid>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| row.get(0).map(Uuid::from_bytes))?;
    rows.collect()
}

fn destroy(connection: &mut Connection, subject: SubjectId) -> Result<(), rusqlite::Error> {
    let id = subject.uuid();
    let transaction = connection.transaction()?;
    for sql in [
        "INSERT INTO destroyed_key (subject) VALUES (?1) ON CONFLICT DO NOTHING",
        "DELETE FROM data_key WHERE subject = ?1",
        "DELETE FROM credential WHERE subject = ?1",
        "DELETE FROM session WHERE subject = ?1",
        "DELETE FROM second_factor_use WHERE subject = ?1",
    ] {
        transaction.execute(sql, [id.as_bytes()])?;
    }
    transaction.execute("UPDATE witness SET endings = endings + 1", [])?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;
    use std::sync::Arc;

    const SUBJECT: SubjectId = SubjectId::from_u128(1);

    #[test]
    fn a_subject_keeps_its_key_until_it_is_destroyed_and_never_gets_another() {
        let vault = Vault::in_memory(Arc::new(SeededChance::new(1))).unwrap();
        assert_eq!(vault.key(SUBJECT).unwrap(), Key::Missing);
        let key = vault.introduce(SUBJECT).unwrap();
        assert!(matches!(key, Key::Known(_)));
        assert_eq!(vault.introduce(SUBJECT).unwrap(), key);
        assert_ne!(vault.introduce(SubjectId::from_u128(2)).unwrap(), key);
        vault.destroy_data_key(SUBJECT).unwrap();
        assert_eq!(vault.key(SUBJECT).unwrap(), Key::Destroyed);
        assert_eq!(vault.introduce(SUBJECT).unwrap(), Key::Destroyed);
    }

    #[test]
    fn lost_keys_and_revived_ones_are_found() {
        let vault = Vault::in_memory(Arc::new(SeededChance::new(1))).unwrap();
        let ids: Vec<Uuid> = (1..=3).map(Uuid::from_u128).collect();
        vault.introduce(SUBJECT).unwrap();
        vault.destroy_data_key(SubjectId::from_u128(2)).unwrap();
        assert_eq!(vault.without_key(&ids).unwrap(), [ids[2]]);
        assert_eq!(vault.not_destroyed(&ids).unwrap(), [ids[0], ids[2]]);
        vault.accept_lost(&[ids[2]]).unwrap();
        assert!(vault.without_key(&ids).unwrap().is_empty(), "said once");
        assert_eq!(vault.key(SubjectId::from_u128(3)).unwrap(), Key::Missing);
    }

    #[test]
    fn a_destroyed_key_is_in_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let master = DataKey::new([1; 32]);
        let vault = Vault::open(directory.path(), master, Arc::new(SeededChance::new(1))).unwrap();
        vault.introduce(SUBJECT).unwrap();
        let wrapped: Vec<u8> = vault
            .connection()
            .query_row("SELECT wrapped FROM data_key", [], |row| row.get(0))
            .unwrap();
        let files_with_it = || -> usize {
            let files = std::fs::read_dir(directory.path()).unwrap();
            let has_it = |bytes: Vec<u8>| bytes.windows(32).any(|part| part == &wrapped[..32]);
            files
                .filter(|file| has_it(std::fs::read(file.as_ref().unwrap().path()).unwrap()))
                .count()
        };
        assert!(files_with_it() > 0);
        vault.destroy_data_key(SUBJECT).unwrap();
        assert_eq!(files_with_it(), 0);
    }
}
