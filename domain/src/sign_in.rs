//! Guessing at passwords: what is counted of it, for whom a login closes, and what is recorded.
//!
//! A stranger must not fill the ledger, nor keep somebody out of their own account. So wrong attempts
//! are counted outside the ledger, by account and source; a source closes long before the account
//! does; and a device from which somebody has signed in before counts for itself alone.

use crate::validity::works;
use chrono::{DateTime, TimeDelta, Utc};

/// Wrong attempts from one source after which it is closed for one account.
pub const OF_SOURCE_MAX: u16 = 5;
/// Wrong attempts of strangers from everywhere after which an account locks for strangers.
pub const OF_STRANGERS_MAX: u16 = 20;
/// How long wrong attempts count.
pub const WINDOW_MINUTES: i64 = 15;
/// The first lock; each that follows before a sign-in is twice as long as the last.
pub const LOCK_MINUTES: i64 = 15;
/// No lock is longer than the first, doubled so often: sixteen hours.
pub const LOCK_DOUBLINGS_MAX: u8 = 6;
const LONGEST_LOCK: TimeDelta = TimeDelta::minutes(LOCK_MINUTES << LOCK_DOUBLINGS_MAX);
/// A source's refusals are recorded so often at most.
pub const RECORD_MINUTES: i64 = 60;
/// So many strangers' refusals at an account are recorded in that time: a thousand places are no
/// reason for a thousand records.
pub const RECORDED_STRANGERS_MAX: usize = 5;

/// Wrong attempts within the window, before the one that is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// From the same source.
    pub of_source: u16,
    /// From all sources but known devices.
    pub of_strangers: u16,
    /// Whether one from the same source was recorded lately.
    pub is_recorded: bool,
}

/// Whence somebody tries to sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// Somebody has signed in to the same account from that device before.
    pub is_known_device: bool,
    pub failures: Failures,
}

/// How an account has been locked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    pub until: Option<DateTime<Utc>>,
    /// Since the last sign-in.
    pub in_a_row: u8,
}

/// What a wrong attempt entails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consequences {
    /// The refusal is recorded.
    pub is_recorded: bool,
    /// The source is closed from now on.
    pub closes_source: bool,
    /// The account is locked for strangers.
    pub locks_until: Option<DateTime<Utc>>,
}

impl Lock {
    pub fn is_on(&self, at: DateTime<Utc>) -> bool {
        self.until.is_some_and(|until| works(until, LONGEST_LOCK, at))
    }

    /// One begins.
    pub fn begin(&mut self, until: DateTime<Utc>) {
        self.until = Some(until);
        self.in_a_row = self.in_a_row.saturating_add(1);
    }

    /// Somebody has signed in. A lock goes on: it keeps strangers out, and they have not left.
    pub fn signed_in(&mut self) {
        self.in_a_row = 0;
    }

    fn next_until(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let doublings = self.in_a_row.min(LOCK_DOUBLINGS_MAX);
        at + TimeDelta::minutes(LOCK_MINUTES << doublings)
    }
}

impl Attempt {
    /// Whether the right password would be taken.
    pub fn is_open(&self, lock: &Lock, at: DateTime<Utc>) -> bool {
        let is_locked_out = lock.is_on(at) && !self.is_known_device;
        self.failures.of_source < OF_SOURCE_MAX && !is_locked_out
    }

    /// What follows if it was wrong.
    pub fn consequences(&self, lock: &Lock, at: DateTime<Utc>) -> Consequences {
        let Failures { of_source, of_strangers, is_recorded } = self.failures;
        let closes_source = of_source.saturating_add(1) == OF_SOURCE_MAX;
        let locks = !self.is_known_device && of_strangers.saturating_add(1) >= OF_STRANGERS_MAX;
        Consequences {
            is_recorded: !is_recorded || closes_source || locks,
            closes_source,
            locks_until: locks.then(|| lock.next_until(at)),
        }
    }
}
