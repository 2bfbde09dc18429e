//! Limits on how often one client may ask.

use crate::app::App;
use crate::client::{Client, ClientAddress};
use crate::clock::{Clock, Passing};
use crate::error::Problem;
use crate::reports;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;

const WINDOW_SECONDS: u32 = 60;
/// What is open to guessing (signing in, registering, codes) is asked less often.
const SENSITIVE_SHARE: u32 = 20;
/// What is never rationed: whoever watches over the server must not be
/// turned away, nor a provider that reports.
const UNLIMITED: [&str; 5] = ["/healthz", "/readyz", "/metrics", reports::SMS, reports::MAIL];

type Limiter = RateLimiter<Client, DashMapStateStore<Client>, Passing, StateInformationMiddleware>;

/// Each client may ask so often in a minute, at once or spread over it.
pub struct Limits {
    all: Limiter,
    sensitive: Limiter,
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
        Self { all: limiter(per_minute), sensitive: limiter(per_minute / SENSITIVE_SHARE), clock }
    }

    /// Forgets those who have asked for nothing lately.
    pub fn sweep(&self) {
        for limiter in [&self.all, &self.sensitive] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }

    fn take(&self, client: Client, is_sensitive: bool) -> Allowance {
        let limiter = if is_sensitive { &self.sensitive } else { &self.all };
        match limiter.check_key(&client) {
            Ok(state) => {
                let most = state.quota().burst_size().get();
                let left = state.remaining_burst_capacity();
                let used = most.saturating_sub(left);
                let seconds = (u64::from(used) * u64::from(WINDOW_SECONDS)).div_ceil(most.into());
                Allowance { most, left: Some(left), seconds, is_direct: true }
            }
            Err(refused) => {
                let wait = refused.wait_time_from(self.clock.now());
                let most = refused.quota().burst_size().get();
                Allowance {
                    most,
                    left: None,
                    seconds: wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
                    is_direct: true,
                }
            }
        }
    }
}

/// Whether a request may be answered, and what is left for its sender.
pub struct Allowance {
    most: u32,
    left: Option<u32>,
    /// Until there is more.
    seconds: u64,
    is_direct: bool,
}

/// `None` for what is never rationed.
pub fn take(app: &App, request: &Request, client: ClientAddress) -> Option<Allowance> {
    let path = request.uri().path();
    if UNLIMITED.contains(&path) {
        return None;
    }
    let is_sensitive = is_sensitive(request.method(), path);
    let allowance = app.limits.take(Client::at(client.ip), is_sensitive);
    Some(Allowance { is_direct: client.is_direct, ..allowance })
}

impl Allowance {
    pub fn check(&self) -> Result<(), Problem> {
        match self.left {
            Some(_) => Ok(()),
            None => Err(Problem::too_many_requests(self.seconds)),
        }
    }

    /// Tells the sender what is left. Where nothing is, the connection ends with the answer: what
    /// else was sent on it is not looked at.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let Self { most, seconds, .. } = self;
        if self.left.is_none() && self.is_direct {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let policy = format!("\"default\";q={most};w={WINDOW_SECONDS}");
        let state = format!("\"default\";r={};t={seconds}", self.left.unwrap_or(0));
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }
}

fn is_sensitive(method: &Method, path: &str) -> bool {
    const PATHS: [&str; 9] = [
        "/portal/v1/registrations",
        "/portal/v1/activation-links",
        "/portal/v1/activations",
        "/portal/v1/sessions",
        "/portal/v1/password-resets",
        "/portal/v1/password-changes",
        "/console/v1/sessions",
        "/console/v1/invitations/open",
        "/console/v1/invitations/accept",
    ];
    *method == Method::POST && PATHS.contains(&path)
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
        for left in (0..60).rev() {
            assert_eq!(limits.take(one, false).left, Some(left));
        }
        let refused = limits.take(one, false);
        assert_eq!((refused.left, refused.seconds), (None, 1));
        assert!(limits.take(client("192.0.2.2"), false).left.is_some());
        assert_eq!(limits.take(one, true).left, Some(2));
        clock.advance(TimeDelta::seconds(2));
        assert_eq!(limits.take(one, false).left, Some(1));
        clock.advance(TimeDelta::seconds(120));
        limits.sweep();
        assert!(limits.all.is_empty());
    }
}
