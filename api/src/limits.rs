//! Limits on how often one address may ask: a fixed window per minute.

use crate::app::App;
use crate::error::Problem;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue};
use dashmap::DashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const WINDOW_SECONDS: i64 = 60;
/// What is open to guessing (signing in, registering, codes) is asked less often.
const SENSITIVE_SHARE: u32 = 20;
const KNOWN_MAX: usize = 100_000;

#[derive(Default)]
pub struct Limits {
    /// By address and class: the window's number, and how many requests it has seen.
    counts: DashMap<(IpAddr, bool), (i64, u32)>,
}

impl Limits {
    /// How many are left after this one, or `None` if there were none.
    fn take(&self, address: IpAddr, is_sensitive: bool, window: i64, most: u32) -> Option<u32> {
        if self.counts.len() > KNOWN_MAX {
            self.counts.retain(|_, (known, _)| *known == window);
        }
        let mut entry = self.counts.entry((address, is_sensitive)).or_insert((window, 0));
        if entry.0 != window {
            *entry = (window, 0);
        }
        entry.1 = entry.1.saturating_add(1);
        most.checked_sub(entry.1)
    }
}

pub fn address_of(request: &Request) -> IpAddr {
    request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip())
}

/// Whether a request may be answered, and what is left for its sender in this window.
pub struct Allowance {
    most: u32,
    left: Option<u32>,
    seconds: i64,
}

pub fn take(app: &App, request: &Request) -> Allowance {
    let is_sensitive = is_sensitive(request.method(), request.uri().path());
    let all = app.config.requests_per_minute;
    let most = if is_sensitive { (all / SENSITIVE_SHARE).max(1) } else { all };
    let now = app.clock.now().timestamp();
    let window = now.div_euclid(WINDOW_SECONDS);
    let left = app.limits.take(address_of(request), is_sensitive, window, most);
    Allowance { most, left, seconds: WINDOW_SECONDS - now.rem_euclid(WINDOW_SECONDS) }
}

impl Allowance {
    pub fn check(&self) -> Result<(), Problem> {
        match self.left {
            Some(_) => Ok(()),
            None => Err(Problem::too_many_requests(self.seconds)),
        }
    }

    /// Tells the sender what is left.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let Self { most, seconds, .. } = self;
        let policy = format!("\"default\";q={most};w={WINDOW_SECONDS}");
        let state = format!("\"default\";r={};t={seconds}", self.left.unwrap_or(0));
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
    }
}

fn is_sensitive(method: &axum::http::Method, path: &str) -> bool {
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
    *method == axum::http::Method::POST && PATHS.contains(&path)
}
