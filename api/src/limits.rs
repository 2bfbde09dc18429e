//! Limits on how often one client may ask.

use crate::client::Client;
use crate::clock::{Clock, Passing};
use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;

pub const WINDOW_SECONDS: u32 = 60;
/// What is open to guessing (signing in, registering, codes) is asked less often.
const GUESSABLE_SHARE: u32 = 20;
/// How often requests of a class may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Usual,
    /// Less often: what is open to guessing.
    Guessable,
    /// Never rationed: whoever watches over the server must not be turned away, nor a provider that
    /// reports.
    None,
}

/// Whether a request may be answered, and what is left for its sender.
pub struct Allowance {
    pub most: u32,
    /// `None`: nothing, and this request was one too many.
    pub left: Option<u32>,
    /// Until there is more.
    pub seconds: u64,
}

type Limiter = RateLimiter<Client, DashMapStateStore<Client>, Passing, StateInformationMiddleware>;

/// Each client may ask so often in a minute, at once or spread over it.
pub struct Limits {
    all: Limiter,
    guessable: Limiter,
    clock: Passing,
}

impl Limits {
    pub fn new(per_minute: u32, clock: Arc<dyn Clock>) -> Self {
        let clock = Passing(clock);
        let limiter = |most: u32| {
            let quota = Quota::per_minute(NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN));
            RateLimiter::dashmap_with_clock(quota, clock.clone())
                .with_middleware::<StateInformationMiddleware>()
        };
        Self { all: limiter(per_minute), guessable: limiter(per_minute / GUESSABLE_SHARE), clock }
    }

    /// Forgets those who have asked for nothing lately.
    pub fn sweep(&self) {
        for limiter in [&self.all, &self.guessable] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }

    /// `None` for what is never rationed.
    pub fn take(&self, client: Client, limit: Limit) -> Option<Allowance> {
        let limiter = match limit {
            Limit::Usual => &self.all,
            Limit::Guessable => &self.guessable,
            Limit::None => return None,
        };
        Some(match limiter.check_key(&client) {
            Ok(state) => {
                let most = state.quota().burst_size().get();
                let left = state.remaining_burst_capacity();
                let used = most.saturating_sub(left);
                let seconds = (u64::from(used) * u64::from(WINDOW_SECONDS)).div_ceil(most.into());
                Allowance { most, left: Some(left), seconds }
            }
            Err(refused) => {
                let wait = refused.wait_time_from(self.clock.now());
                let most = refused.quota().burst_size().get();
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                Allowance { most, left: None, seconds }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::StoppedClock;
    use chrono::{DateTime, TimeDelta};

    fn client(text: &str) -> Client {
        Client::at(text.parse().unwrap())
    }

    #[test]
    fn a_client_may_ask_so_often_and_again_when_time_has_passed() {
        let clock = StoppedClock::at(DateTime::UNIX_EPOCH);
        let limits = Limits::new(60, Arc::new(clock.clone()));
        let one = client("192.0.2.1");
        let take = |limit| limits.take(one, limit).unwrap();
        for left in (0..60).rev() {
            assert_eq!(take(Limit::Usual).left, Some(left));
        }
        let refused = take(Limit::Usual);
        assert_eq!((refused.left, refused.seconds), (None, 1));
        assert!(limits.take(client("192.0.2.2"), Limit::Usual).unwrap().left.is_some());
        assert!(limits.take(one, Limit::None).is_none());
        assert_eq!(take(Limit::Guessable).left, Some(2));
        clock.advance(TimeDelta::seconds(2));
        assert_eq!(take(Limit::Usual).left, Some(1));
        clock.advance(TimeDelta::seconds(120));
        limits.sweep();
        assert!(limits.all.is_empty());
    }
}
