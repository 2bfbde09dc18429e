//! Wrong attempts at a login, by account and source, as long as they count. Nobody waits for them to
//! be flushed: after a crash, the last half second of guessing is free.

use super::{Vault, VaultError};
use chrono::{DateTime, TimeDelta, Utc};
use dashmap::DashMap;
use dashmap::mapref::one::RefMut;
use domain::sign_in::{
    Failures, OF_SOURCE_MAX, RECORD_MINUTES, RECORDED_STRANGERS_MAX, WINDOW_MINUTES,
};
use domain::{Id, SubjectId};
use rusqlite::{Connection, params};
use uuid::Uuid;

/// What is known of each account that was tried lately.
pub(super) type Attempts = DashMap<SubjectId, Account>;

#[derive(Clone, Default)]
pub(super) struct Account {
    /// Whence somebody tried to sign in; few, because a locked account counts no more of them.
    sources: Vec<Source>,
    changes: u64,
    /// Of which so many are written down.
    written: u64,
}

/// At which account somebody tries, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    pub subject: SubjectId,
    pub source: Uuid,
    /// Somebody has signed in to that account from there before.
    pub is_known_device: bool,
}

#[derive(Clone)]
struct Source {
    id: Uuid,
    is_known_device: bool,
    failures: u16,
    /// When the first of them was; micros.
    since: i64,
    /// When one was last recorded in the ledger; micros.
    recorded_at: Option<i64>,
}

impl Source {
    fn counts(&self, at: DateTime<Utc>) -> bool {
        is_within(self.since, at, WINDOW_MINUTES)
    }

    fn is_recorded(&self, at: DateTime<Utc>) -> bool {
        self.recorded_at.is_some_and(|recorded_at| is_within(recorded_at, at, RECORD_MINUTES))
    }
}

/// A moment after `at` is none that a right clock has seen: it does not count.
fn is_within(micros: i64, at: DateTime<Utc>, minutes: i64) -> bool {
    let passed = at.timestamp_micros() - micros;
    (0..TimeDelta::minutes(minutes).num_microseconds().unwrap_or(i64::MAX)).contains(&passed)
}

impl Account {
    fn failures(&self, from: Origin, at: DateTime<Utc>) -> Failures {
        let counting = || self.sources.iter().filter(|known| known.counts(at));
        let sum = |sum: u16, known: &Source| sum.saturating_add(known.failures);
        Failures {
            of_source: counting().filter(|known| known.id == from.source).fold(0, sum),
            // A source that is closed is asked no more, and counts for no more.
            of_strangers: counting()
                .filter(|known| !known.is_known_device)
                .map(|known| known.failures.min(OF_SOURCE_MAX))
                .fold(0, u16::saturating_add),
            is_recorded: self.is_recorded(from, at),
        }
    }

    /// A known device's own is recorded, whatever strangers do.
    fn is_recorded(&self, from: Origin, at: DateTime<Utc>) -> bool {
        let recorded = || self.sources.iter().filter(|known| known.is_recorded(at));
        let of_strangers = || recorded().filter(|known| !known.is_known_device).count();
        recorded().any(|known| known.id == from.source)
            || (!from.is_known_device && of_strangers() >= RECORDED_STRANGERS_MAX)
    }

    /// A source, to be changed; what counts no more is forgotten.
    fn source(&mut self, from: Origin, at: DateTime<Utc>) -> &mut Source {
        self.changes += 1;
        self.sources.retain(|known| known.counts(at) || known.is_recorded(at));
        let since = at.timestamp_micros();
        let Origin { source: id, is_known_device, .. } = from;
        let new = Source { id, is_known_device, failures: 0, since, recorded_at: None };
        let place = self.sources.iter().position(|known| known.id == id);
        let mut known = place.map_or(new, |place| self.sources.swap_remove(place));
        if !known.counts(at) {
            (known.failures, known.since) = (0, since);
        }
        self.sources.push_mut(known)
    }

    /// Counts one more from a source.
    fn count(&mut self, from: Origin, at: DateTime<Utc>) {
        let known = self.source(from, at);
        known.failures = known.failures.saturating_add(1);
    }
}

impl Vault {
    /// How many wrong attempts count against one that comes from there now.
    pub fn failures(&self, from: Origin, at: DateTime<Utc>) -> Result<Failures, VaultError> {
        Ok(self.account(from.subject)?.failures(from, at))
    }

    /// Counts a wrong attempt, and tells how many were before it: no two that come at once are told
    /// the same.
    pub fn attempt_was_wrong(
        &self,
        from: Origin,
        at: DateTime<Utc>,
    ) -> Result<Failures, VaultError> {
        let mut account = self.account(from.subject)?;
        let failures = account.failures(from, at);
        account.count(from, at);
        Ok(failures)
    }

    /// The attempt was right: what came before it was no guessing.
    pub fn attempt_was_right(&self, from: Origin) {
        if let Some(mut account) = self.attempts.get_mut(&from.subject) {
            account.changes += 1;
            account.sources.retain(|known| known.id != from.source);
        }
    }

    /// One from that source was recorded in the ledger.
    pub fn attempt_was_recorded(&self, from: Origin, at: DateTime<Utc>) {
        if let Some(mut account) = self.attempts.get_mut(&from.subject) {
            account.source(from, at).recorded_at = Some(at.timestamp_micros());
        }
    }

    /// The account has a new password: what was guessed of the old one counts no more.
    pub fn forget_attempts(&self, subject: SubjectId) -> Result<(), VaultError> {
        let mut account = self.account(subject)?;
        account.changes += 1;
        account.sources.clear();
        Ok(())
    }

    /// Forgets what no longer counts.
    pub async fn forget_attempts_before(&self, limit: DateTime<Utc>) -> Result<usize, VaultError> {
        let limit = limit.timestamp_micros();
        let is_newer = |source: &Source| source.since.max(source.recorded_at.unwrap_or(0)) >= limit;
        self.attempts.retain(|_, account| account.sources.iter().any(is_newer));
        let sql = "DELETE FROM attempt WHERE max(since, coalesce(recorded_at, 0)) < ?1";
        self.writer.write_unflushed(move |connection| connection.execute(sql, [limit])).await
    }

    fn account(&self, subject: SubjectId) -> Result<RefMut<'_, SubjectId, Account>, VaultError> {
        if let Some(account) = self.attempts.get_mut(&subject) {
            return Ok(account);
        }
        let sources = self.read_sources(subject)?;
        Ok(self.attempts.entry(subject).or_insert(Account { sources, ..Account::default() }))
    }

    fn read_sources(&self, subject: SubjectId) -> Result<Vec<Source>, VaultError> {
        let reader = self.reader();
        let mut statement = reader.prepare_cached(
            "SELECT source, is_known_device, failures, since, recorded_at FROM attempt
             WHERE subject = ?1",
        )?;
        let rows = statement.query_map([subject.uuid().as_bytes()], |row| {
            Ok(Source {
                id: Uuid::from_bytes(row.get(0)?),
                is_known_device: row.get(1)?,
                failures: row.get(2)?,
                since: row.get(3)?,
                recorded_at: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The accounts of which something is not written down.
    pub(super) fn unwritten_attempts(&self) -> Vec<(SubjectId, Account)> {
        let unwritten = self.attempts.iter().filter(|entry| entry.written < entry.changes);
        unwritten.map(|entry| (*entry.key(), entry.value().clone())).collect()
    }

    pub(super) fn attempts_were_written(&self, written: &[(SubjectId, u64)]) {
        for (subject, changes) in written {
            if let Some(mut account) = self.attempts.get_mut(subject) {
                account.written = *changes;
            }
        }
    }
}

impl Account {
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }
}

pub(super) fn write(
    connection: &Connection,
    accounts: &[(SubjectId, Account)],
) -> Result<(), rusqlite::Error> {
    for (subject, account) in accounts {
        let subject = subject.uuid();
        connection
            .prepare_cached("DELETE FROM attempt WHERE subject = ?1")?
            .execute([subject.as_bytes()])?;
        let mut insert = connection.prepare_cached(
            "INSERT INTO attempt (subject, source, is_known_device, failures, since, recorded_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for source in &account.sources {
            insert.execute(params![
                subject.as_bytes(),
                source.id.as_bytes(),
                source.is_known_device,
                source.failures,
                source.since,
                source.recorded_at,
            ])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;
    use domain::sign_in::{Attempt, Lock};
    use std::path::Path;
    use std::sync::Arc;

    const ACCOUNT: SubjectId = SubjectId::from_u128(1);
    const HOME: Uuid = Uuid::from_u128(11);
    const ELSEWHERE: Uuid = Uuid::from_u128(12);
    const PHONE: Uuid = Uuid::from_u128(13);

    fn from(source: Uuid, is_known_device: bool) -> Origin {
        Origin { subject: ACCOUNT, source, is_known_device }
    }

    fn minute(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn open(directory: &Path) -> Vault {
        let chance = SeededChance::new(1);
        let key = crate::seal::DataKey::random(&SeededChance::new(2));
        Vault::open(directory, key, Arc::new(chance)).unwrap()
    }

    #[tokio::test]
    async fn attempts_are_counted_by_source_and_for_strangers_together() {
        let directory = tempfile::tempdir().unwrap();
        let vault = open(directory.path());
        let count = |source, is_known, at| {
            let failures = vault.attempt_was_wrong(from(source, is_known), minute(at)).unwrap();
            (failures.of_source, failures.of_strangers)
        };
        assert_eq!(count(HOME, false, 0), (0, 0));
        assert_eq!(count(HOME, false, 1), (1, 1));
        assert_eq!(count(ELSEWHERE, false, 2), (0, 2));
        assert_eq!(count(PHONE, true, 3), (0, 3));
        assert_eq!(count(PHONE, true, 4), (1, 3));
        // What began a quarter of an hour ago counts no more.
        assert_eq!(count(HOME, false, 15), (0, 1));
        vault.attempt_was_right(from(HOME, false));
        assert_eq!(count(HOME, false, 16), (0, 1));
        // Who only looks is told the same, and counts for nothing.
        for _ in 0..2 {
            let seen = vault.failures(from(HOME, false), minute(16)).unwrap();
            assert_eq!((seen.of_source, seen.of_strangers), (1, 2));
        }
        // A clock that was put back has not seen those.
        assert_eq!(count(HOME, false, -10), (0, 0));
    }

    #[tokio::test]
    async fn what_was_counted_and_recorded_is_known_after_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let vault = open(directory.path());
        vault.attempt_was_wrong(from(HOME, false), minute(0)).unwrap();
        vault.attempt_was_recorded(from(HOME, false), minute(0));
        vault.write_down().await.unwrap();
        vault.close().await.unwrap();
        drop(vault);
        let vault = open(directory.path());
        let known = vault.attempt_was_wrong(from(HOME, false), minute(1)).unwrap();
        assert_eq!(known, Failures { of_source: 1, of_strangers: 1, is_recorded: true });
        let later = vault.attempt_was_wrong(from(HOME, false), minute(61)).unwrap();
        assert_eq!(later, Failures::default());
        vault.write_down().await.unwrap();
        assert_eq!(vault.forget_attempts_before(minute(200)).await.unwrap(), 1);
        assert!(vault.attempts.is_empty());
    }

    /// A day of guessing, from one place or from a thousand: what of it would be recorded.
    #[tokio::test]
    async fn a_million_wrong_attempts_leave_fewer_than_a_hundred_records() {
        for sources in [1, 1_000] {
            let directory = tempfile::tempdir().unwrap();
            let vault = open(directory.path());
            let (mut lock, mut records) = (Lock::default(), 0);
            for number in 0..1_000_000_i64 {
                let at = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(number * 86);
                if lock.is_on(at) {
                    continue;
                }
                let source = Uuid::from_u128((number % sources) as u128);
                let failures = vault.attempt_was_wrong(from(source, false), at).unwrap();
                let attempt = Attempt { is_known_device: false, failures };
                if !attempt.is_open(&lock, at) {
                    continue;
                }
                let follows = attempt.consequences(&lock, at);
                if follows.is_recorded {
                    records += 1;
                    vault.attempt_was_recorded(from(source, false), at);
                }
                if let Some(until) = follows.locks_until {
                    records += 1;
                    lock.begin(until);
                }
            }
            assert!(records < 100, "{records} of {sources} sources");
        }
    }
}
