//! Limits on how often one client may ask, and who the client is where proxies stand between.

use crate::app::App;
use crate::clock::Clock;
use crate::error::Problem;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use ipnet::{IpNet, Ipv6Net};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;

const WINDOW_SECONDS: u32 = 60;
/// What is open to guessing (signing in, registering, codes) is asked less often.
const SENSITIVE_SHARE: u32 = 20;
/// The part of an IPv6 address that one household or office has.
const IPV6_PREFIX: u8 = 64;
/// What is never rationed: whoever watches over the server must not be turned away.
const UNLIMITED: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Whose requests are counted together: an IPv4 address, or an IPv6 network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl Client {
    pub fn at(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let net = Ipv6Net::new_assert(address, IPV6_PREFIX);
                Self(net.network().into())
            }
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The proxies whose word on who their client is counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl FromStr for Proxies {
    type Err = String;

    /// Addresses and networks, separated by commas.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let nets = parts.map(|part| {
            let address = part.parse::<IpAddr>().map(IpNet::from);
            address.or_else(|_| part.parse::<IpNet>()).map_err(|_| {
                format!("{part} is neither an address nor a network such as 10.0.0.0/8")
            })
        });
        nets.collect::<Result<_, _>>().map(Self)
    }
}

impl Proxies {
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address))
    }

    /// Whom a request comes from: its sender or, as far as proxies that we trust say so, whom it was
    /// forwarded for. Read from the right: what stands left of a stranger anybody can have written.
    fn client_of(&self, sender: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = sender.to_canonical();
        let mut said = forwarded_for(headers).into_iter().rev();
        while self.contains(client)
            && let Some(Some(address)) = said.next()
        {
            client = address;
        }
        client
    }
}

/// Everybody for whom the request was forwarded, in order; `None` where that is no address.
fn forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let all = |name| {
        let values = headers.get_all(name).iter().map(HeaderValue::to_str);
        values.map(Result::unwrap_or_default).collect::<Vec<_>>().join(",")
    };
    let (standard, usual) = (all(header::FORWARDED.as_str()), all("x-forwarded-for"));
    if standard.is_empty() {
        let parts = usual.split(',').filter(|part| !part.trim().is_empty());
        return parts.map(address).collect();
    }
    standard.split(',').map(|hop| hop.split(';').find_map(forwarded_by).flatten()).collect()
}

/// What a pair of `Forwarded` says (RFC 7239); `None` if it is about something else.
fn forwarded_by(pair: &str) -> Option<Option<IpAddr>> {
    let (name, value) = pair.split_once('=')?;
    name.trim().eq_ignore_ascii_case("for").then(|| address(value.trim().trim_matches('"')))
}

/// An address, with a port or without one.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse().or_else(|_| with_port()).ok().map(|address: IpAddr| address.to_canonical())
}

/// Where the client of a request is, as proxies that we trust say.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress {
    pub ip: IpAddr,
    /// No proxy that we trust stands between.
    pub is_direct: bool,
}

/// Finds out who asks, for the limits and for the evidence.
pub fn locate(app: &App, request: &mut Request) -> ClientAddress {
    let sender = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let sender = sender.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
    let proxies = &app.config.trusted_proxies;
    let address = ClientAddress {
        ip: proxies.client_of(sender, request.headers()),
        is_direct: !proxies.contains(sender),
    };
    request.extensions_mut().insert(address);
    address
}

/// The time that passes, whatever the clock on the wall says.
#[derive(Clone)]
struct Passing(Arc<dyn Clock>);

impl governor::clock::Clock for Passing {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.passed().into()
    }
}

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

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_a_trusted_proxy_says_counts_and_what_a_stranger_says_does_not() {
        let proxies: Proxies = "127.0.0.1, 10.0.0.0/8,::1".parse().unwrap();
        let client = |sender: &str, name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            proxies.client_of(ip(sender), &headers).to_string()
        };
        let usual = "x-forwarded-for";
        assert_eq!(client("10.0.0.1", usual, "203.0.113.7"), "203.0.113.7");
        assert_eq!(client("::ffff:10.0.0.1", usual, "203.0.113.7"), "203.0.113.7");
        // Nearest last: the client wrote the first itself.
        assert_eq!(client("10.0.0.1", usual, "192.0.2.9, 203.0.113.7, 10.1.1.1"), "203.0.113.7");
        assert_eq!(client("203.0.113.9", usual, "192.0.2.9"), "203.0.113.9");
        assert_eq!(client("10.0.0.1", usual, "what?"), "10.0.0.1");
        let standard = "forwarded";
        let hops = "for=192.0.2.9, for=\"[2001:db8::7]:4711\";proto=https, For=10.2.3.4;by=x";
        assert_eq!(client("127.0.0.1", standard, hops), "2001:db8::7");
        assert_eq!(client("127.0.0.1", standard, "for=unknown"), "127.0.0.1");
        assert_eq!(client("127.0.0.1", standard, "for=192.0.2.9, proto=https"), "127.0.0.1");
        assert!("10.0.0.0/33".parse::<Proxies>().is_err());
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        assert_eq!(Client::at(ip("2001:db8::1")), Client::at(ip("2001:db8::ffff:1")));
        assert_ne!(Client::at(ip("2001:db8::1")), Client::at(ip("2001:db8:0:1::1")));
        assert_eq!(Client::at(ip("::ffff:192.0.2.1")), Client::at(ip("192.0.2.1")));
    }

    #[test]
    fn a_client_may_ask_so_often_and_again_when_time_has_passed() {
        let clock = StoppedClock::at(DateTime::UNIX_EPOCH);
        let limits = Limits::new(60, Arc::new(clock.clone()));
        let client = Client::at(ip("192.0.2.1"));
        for left in (0..60).rev() {
            assert_eq!(limits.take(client, false).left, Some(left));
        }
        let refused = limits.take(client, false);
        assert_eq!((refused.left, refused.seconds), (None, 1));
        assert!(limits.take(Client::at(ip("192.0.2.2")), false).left.is_some());
        assert_eq!(limits.take(client, true).left, Some(2));
        clock.advance(TimeDelta::seconds(2));
        assert_eq!(limits.take(client, false).left, Some(1));
        clock.advance(TimeDelta::seconds(120));
        limits.sweep();
        assert!(limits.all.is_empty());
    }
}
