//! Where the time comes from: the machine, or a clock that tests and the demonstration turn.

use chrono::{DateTime, TimeDelta, Utc};
use governor::nanos::Nanos;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

pub trait Clock: Send + Sync {
    fn now(&self) -> DateTime<Utc>;

    /// How much time has passed since some moment: for what must not depend on whether the clock is
    /// right.
    fn passed(&self) -> Duration;
}

/// The time that passes, whatever the clock on the wall says: for whatever counts how often.
#[derive(Clone)]
pub struct Passing(pub Arc<dyn Clock>);

impl governor::clock::Clock for Passing {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.passed().into()
    }
}

pub struct SystemClock;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    fn passed(&self) -> Duration {
        START.elapsed()
    }

    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
        Utc::now()
    }
}

/// A clock that runs with the machine's, from another moment on, and can be turned forward.
#[derive(Clone)]
pub struct SimulatedClock {
    ahead: Arc<RwLock<TimeDelta>>,
    ahead_at_start: TimeDelta,
    base: Arc<dyn Clock>,
}

impl SimulatedClock {
    pub fn starting_at(start: DateTime<Utc>, base: Arc<dyn Clock>) -> Self {
        let ahead = start - base.now();
        Self { ahead: Arc::new(RwLock::new(ahead)), ahead_at_start: ahead, base }
    }

    /// Only ever forward.
    pub fn advance(&self, by: TimeDelta) {
        let mut ahead = self.ahead.write().unwrap_or_else(PoisonError::into_inner);
        *ahead += by.max(TimeDelta::zero());
    }

    pub fn advance_to(&self, moment: DateTime<Utc>) {
        self.advance(moment - self.now());
    }

    fn ahead(&self) -> TimeDelta {
        *self.ahead.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> DateTime<Utc> {
        self.base.now() + self.ahead()
    }

    fn passed(&self) -> Duration {
        let turned = (self.ahead() - self.ahead_at_start).to_std();
        self.base.passed() + turned.unwrap_or_default()
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
    fn passed(&self) -> Duration {
        (self.now() - DateTime::UNIX_EPOCH).to_std().unwrap_or_default()
    }

    fn now(&self) -> DateTime<Utc> {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
