//! To which numbers codes go, and how many: text messages cost money, and reach people who may never
//! have heard of us. What one user or one merchant may ask for, the domain says; this counts across
//! all of them, where messages really go out, and only numbers that nobody has proved to be theirs: a
//! stranger must not use up what somebody needs to sign. A restart begins anew.

use crate::clock::{Clock, Passing};
use crate::config::Config;
use domain::values::Mobile;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Codes that one number is sent in a day, whoever asks: more than any one of them may ask for.
const TO_NUMBER_MAX: NonZeroU32 = NonZeroU32::new(15).unwrap();

const USED_UP: &str = "as many codes as may within a day went to numbers that nobody has proved \
                       (GREFFE_SMS_PER_DAY): new mobiles get none";

/// Why no code goes to a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCode {
    /// Nobody has told us how to reach mobiles, or so many were reached that no new ones are today.
    #[error("no code can be sent to mobiles")]
    Unavailable,
    #[error("no codes are sent to mobiles of that country")]
    CountryNotServed,
    #[error("the number was sent as many codes as it may be within a day; again in {seconds} s")]
    TooManyToNumber { seconds: u64 },
}

type Middleware = NoOpMiddleware<Nanos>;

pub struct CodeLimits {
    countries: Vec<String>,
    to_number: RateLimiter<Mobile, DashMapStateStore<Mobile>, Passing, Middleware>,
    in_all: RateLimiter<NotKeyed, InMemoryState, Passing, Middleware>,
    /// Whether the last code was refused for all of them.
    is_used_up: AtomicBool,
    clock: Passing,
}

impl CodeLimits {
    pub fn new(config: &Config, clock: Arc<dyn Clock>) -> Self {
        let clock = Passing(clock);
        Self {
            countries: config.sms_countries.clone(),
            to_number: RateLimiter::dashmap_with_clock(a_day(TO_NUMBER_MAX), clock.clone()),
            in_all: RateLimiter::direct_with_clock(a_day(config.sms_per_day), clock.clone()),
            is_used_up: AtomicBool::new(false),
            clock,
        }
    }

    /// Counts a code that is to go to a number, or says why none goes there.
    pub fn take(&self, mobile: &Mobile) -> Result<(), NoCode> {
        let country = mobile.country();
        if !country.is_some_and(|country| self.countries.contains(&country)) {
            return Err(NoCode::CountryNotServed);
        }
        self.to_number.check_key(mobile).map_err(|refused| {
            let wait = refused.wait_time_from(governor::clock::Clock::now(&self.clock));
            NoCode::TooManyToNumber { seconds: wait.as_secs() + 1 }
        })?;
        let is_left = self.in_all.check().is_ok();
        let was_used_up = self.is_used_up.swap(!is_left, Ordering::Relaxed);
        if !is_left && !was_used_up {
            tracing::error!("{USED_UP}");
        }
        if is_left { Ok(()) } else { Err(NoCode::Unavailable) }
    }

    /// What somebody should look at, if it is so.
    pub fn problem(&self) -> Option<String> {
        self.is_used_up.load(Ordering::Relaxed).then(|| USED_UP.to_owned())
    }

    /// Forgets numbers to which nothing went lately.
    pub fn sweep(&self) {
        self.to_number.retain_recent();
        self.to_number.shrink_to_fit();
    }
}

/// So many at once or spread over a day.
fn a_day(most: NonZeroU32) -> Quota {
    Quota::with_period(DAY / most.get()).map_or(Quota::per_minute(most), |q| q.allow_burst(most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SimulatedClock, SystemClock};
    use chrono::{TimeDelta, Utc};
    use clap::Parser;

    fn limits(arguments: &[&str]) -> (CodeLimits, SimulatedClock) {
        let config = Config::parse_from(["greffe"].iter().chain(arguments));
        let start = chrono::DateTime::<Utc>::UNIX_EPOCH;
        let clock = SimulatedClock::starting_at(start, Arc::new(SystemClock));
        (CodeLimits::new(&config, Arc::new(clock.clone())), clock)
    }

    fn mobile(text: &str) -> Mobile {
        Mobile::parse(text).unwrap()
    }

    #[test]
    fn a_number_is_sent_so_many_codes_in_a_day() {
        let (limits, clock) = limits(&[]);
        let (one, other) = (mobile("06 12 34 56 78"), mobile("06 98 76 54 32"));
        for _ in 0..TO_NUMBER_MAX.get() {
            assert_eq!(limits.take(&one), Ok(()));
        }
        let refused = limits.take(&one);
        assert!(matches!(refused, Err(NoCode::TooManyToNumber { .. })), "{refused:?}");
        assert_eq!(limits.take(&other), Ok(()));
        clock.advance(TimeDelta::hours(24));
        assert_eq!(limits.take(&one), Ok(()));
    }

    #[test]
    fn only_the_countries_that_are_served_get_codes_and_only_so_many_in_all() {
        let (served, _) = limits(&["--sms-per-day", "2"]);
        assert_eq!(served.take(&mobile("+1 202 555 0143")), Err(NoCode::CountryNotServed));
        assert_eq!(served.take(&mobile("+262 692 12 34 56")), Ok(()));
        assert_eq!(served.take(&mobile("+32 470 12 34 56")), Ok(()));
        assert_eq!(served.take(&mobile("06 12 34 56 78")), Err(NoCode::Unavailable));
        let (french, _) = limits(&["--sms-countries", "FR"]);
        assert_eq!(french.take(&mobile("+32 470 12 34 56")), Err(NoCode::CountryNotServed));
    }
}
