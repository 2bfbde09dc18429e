//! Where the time comes from: the machine, or a clock that tests and the demonstration turn.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, PoisonError, RwLock};

pub trait Clock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;
}

pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
        Utc::now()
    }
}

/// A clock that runs with the machine's, from another moment on, and can be turned forward.
#[derive(Clone)]
pub struct SimulatedClock {
    ahead: Arc<RwLock<TimeDelta>>,
    base: Arc<dyn Clock>,
}

impl SimulatedClock {
    pub fn starting_at(start: DateTime<Utc>, base: Arc<dyn Clock>) -> Self {
        let ahead = start - base.now();
        Self { ahead: Arc::new(RwLock::new(ahead)), base }
    }

    /// Only ever forward.
    pub fn advance(&self, by: TimeDelta) {
        let mut ahead = self.ahead.write().unwrap_or_else(PoisonError::into_inner);
        *ahead += by.max(TimeDelta::zero());
    }

    pub fn advance_to(&self, moment: DateTime<Utc>) {
        self.advance(moment - self.now());
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> DateTime<Utc> {
        self.base.now() + *self.ahead.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that stands still until it is turned.
#[derive(Clone)]
pub struct StoppedClock(Arc<RwLock<DateTime<Utc>>>);

impl StoppedClock {
    pub fn at(moment: DateTime<Utc>) -> Self {
        Self(Arc::new(RwLock::new(moment)))
    }

    pub fn advance(&self, by: TimeDelta) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
