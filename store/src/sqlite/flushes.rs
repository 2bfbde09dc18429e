//! How long commits take, counted by the writer and read by whoever watches over it.

use crate::ledger::Flushes;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[derive(Default)]
pub(super) struct FlushTimes {
    commits: AtomicU64,
    micros: AtomicU64,
    slowest_micros: AtomicU64,
}

impl FlushTimes {
    pub(super) fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        self.slowest_micros.fetch_max(micros, Ordering::Relaxed);
    }

    /// The slowest is forgotten once it was told.
    pub(super) fn told(&self) -> Flushes {
        Flushes {
            commits: self.commits.load(Ordering::Relaxed),
            micros: self.micros.load(Ordering::Relaxed),
            slowest_micros: self.slowest_micros.swap(0, Ordering::Relaxed),
        }
    }
}
