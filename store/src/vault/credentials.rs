//! Credentials: password hashes and second-factor secrets, under the id of the link that set them.

use super::{Vault, VaultError};
use crate::seal;
use domain::{Id, LinkId, SubjectId};
use rusqlite::{Connection, OptionalExtension, params};

/// One step to each side of the clock's own is right, so that of two right ones the later is at most
/// so far ahead.
const AHEAD_STEPS_MAX: u64 = 2;

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

impl Vault {
    /// Keeps a credential under the id of the link or request that set it. Which one counts, the
    /// ledger says.
    pub async fn put_credential(
        &self,
        subject: SubjectId,
        id: LinkId,
        kind: CredentialKind,
        value: &[u8],
    ) -> Result<(), VaultError> {
        let context = [subject.uuid().as_bytes().as_slice(), kind.name().as_bytes()].concat();
        let sealed = seal::seal(&self.master, &context, value, self.chance.as_ref())
            .map_err(VaultError::WrongMasterKey)?;
        let put = move |connection: &Connection| {
            connection.execute(
                "INSERT OR REPLACE INTO credential (subject, id, kind, sealed)
                 VALUES (?1, ?2, ?3, ?4)",
                params![subject.uuid().as_bytes(), id.uuid().as_bytes(), kind.name(), sealed],
            )
        };
        self.writer.write(put).await?;
        Ok(())
    }

    pub fn credential(
        &self,
        subject: SubjectId,
        id: LinkId,
        kind: CredentialKind,
    ) -> Result<Option<Vec<u8>>, VaultError> {
        let sealed: Option<Vec<u8>> = self
            .reader()
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

    /// Deletes every credential of a subject but the one that counts now, and answers how many
    /// those were. Called after the event that supersedes them.
    pub async fn forget_superseded(
        &self,
        subject: SubjectId,
        current: LinkId,
    ) -> Result<usize, VaultError> {
        let forget = move |connection: &Connection| {
            connection.execute(
                "DELETE FROM credential WHERE subject = ?1 AND id <> ?2",
                params![subject.uuid().as_bytes(), current.uuid().as_bytes()],
            )
        };
        self.writer.write(forget).await
    }

    /// Takes note that the one-time password of `step` was used; false if it, or one that an
    /// authenticator could show by now, had been used before. A step further ahead was noted by a
    /// clock that was wrong: it must not keep somebody out until their clock has caught up.
    pub async fn use_second_factor(
        &self,
        subject: SubjectId,
        step: u64,
    ) -> Result<bool, VaultError> {
        let take_note = move |connection: &Connection| {
            connection.execute(
                "INSERT INTO second_factor_use (subject, step) VALUES (?1, ?2)
                 ON CONFLICT (subject) DO UPDATE SET step = ?2 WHERE step < ?2 OR step > ?3",
                params![subject.uuid().as_bytes(), step as i64, (step + AHEAD_STEPS_MAX) as i64],
            )
        };
        Ok(self.writer.write(take_note).await? == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;
    use std::sync::Arc;

    const SUBJECT: SubjectId = SubjectId::from_u128(1);

    fn vault() -> Vault {
        Vault::in_memory(Arc::new(SeededChance::new(1))).unwrap()
    }

    #[tokio::test]
    async fn a_one_time_password_is_used_once() {
        let vault = vault();
        assert!(vault.use_second_factor(SUBJECT, 10).await.unwrap());
        assert!(!vault.use_second_factor(SUBJECT, 10).await.unwrap());
        assert!(!vault.use_second_factor(SUBJECT, 9).await.unwrap());
        assert!(vault.use_second_factor(SUBJECT, 11).await.unwrap());
    }

    #[tokio::test]
    async fn a_step_that_a_wrong_clock_noted_keeps_nobody_out() {
        let vault = vault();
        assert!(vault.use_second_factor(SUBJECT, 3_000).await.unwrap());
        assert!(!vault.use_second_factor(SUBJECT, 2_998).await.unwrap());
        assert!(vault.use_second_factor(SUBJECT, 120).await.unwrap());
        assert!(!vault.use_second_factor(SUBJECT, 120).await.unwrap());
        assert!(!vault.use_second_factor(SUBJECT, 119).await.unwrap());
    }

    #[tokio::test]
    async fn superseded_credentials_are_deleted_and_those_of_others_are_not() {
        let (vault, old, new) = (vault(), LinkId::from_u128(1), LinkId::from_u128(2));
        let other = SubjectId::from_u128(2);
        let read = |subject, id| vault.credential(subject, id, CredentialKind::Password).unwrap();
        for (subject, id) in [(SUBJECT, old), (SUBJECT, new), (other, old)] {
            vault.put_credential(subject, id, CredentialKind::Password, b"hash").await.unwrap();
        }
        assert_eq!(vault.forget_superseded(SUBJECT, new).await.unwrap(), 1);
        assert_eq!((read(SUBJECT, old), read(SUBJECT, new).is_some()), (None, true));
        assert!(read(other, old).is_some());
    }
}
