//! Who asks: where they are and, behind proxies that we trust, what those say of it.

use axum::http::{HeaderMap, HeaderValue, header};
use ipnet::{IpNet, Ipv6Net};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// The part of an IPv6 address that one household or office has.
const IPV6_PREFIX: u8 = 64;

/// Whose requests are counted together: an IPv4 address, or an IPv6 network.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

domain::hidden!(Client);

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
    /// forwarded for. A proxy writes one of the two headers, and the other can be the client's own:
    /// where they say different things, neither is believed.
    pub fn client_of(&self, sender: IpAddr, headers: &HeaderMap) -> IpAddr {
        let sender = sender.to_canonical();
        let all = |name| {
            let values = headers.get_all(name).iter().map(HeaderValue::to_str);
            values.map(Result::unwrap_or_default).collect::<Vec<_>>().join(",")
        };
        let standard = all(header::FORWARDED.as_str());
        let standard = hops(&standard).map(|hop| hop.split(';').find_map(forwarded_by).flatten());
        let usual = all("x-forwarded-for");
        let usual = hops(&usual).map(address);
        match (self.followed(sender, standard), self.followed(sender, usual)) {
            (Some(one), Some(other)) if one != other => sender,
            (Some(client), _) | (None, Some(client)) => client,
            (None, None) => sender,
        }
    }

    /// The first stranger from the right: what stands left of them anybody can have written. `None`
    /// if nothing is said.
    fn followed(
        &self,
        sender: IpAddr,
        hops: impl DoubleEndedIterator<Item = Option<IpAddr>>,
    ) -> Option<IpAddr> {
        let mut hops = hops.rev().peekable();
        hops.peek()?;
        let mut client = sender;
        while self.contains(client)
            && let Some(Some(address)) = hops.next()
        {
            client = address;
        }
        Some(client)
    }
}

/// Everybody for whom a request was forwarded, in order.
fn hops(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split(',').filter(|hop| !hop.trim().is_empty())
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
#[derive(Clone, Copy)]
pub struct ClientAddress {
    pub ip: IpAddr,
    /// No proxy that we trust stands between.
    pub is_direct: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_client_that_writes_the_other_header_is_not_believed() {
        let proxies: Proxies = "10.0.0.0/8".parse().unwrap();
        let client = |usual: &str, standard: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", usual.parse().unwrap());
            headers.insert(header::FORWARDED, standard.parse().unwrap());
            proxies.client_of(ip("10.0.0.1"), &headers).to_string()
        };
        assert_eq!(client("203.0.113.7", "for=192.0.2.9"), "10.0.0.1");
        assert_eq!(client("203.0.113.7", "for=unknown"), "10.0.0.1");
        assert_eq!(client("203.0.113.7", "for=203.0.113.7"), "203.0.113.7");
        assert_eq!(client("203.0.113.7", ""), "203.0.113.7");
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        assert_eq!(Client::at(ip("2001:db8::1")), Client::at(ip("2001:db8::ffff:1")));
        assert_ne!(Client::at(ip("2001:db8::1")), Client::at(ip("2001:db8:0:1::1")));
        assert_eq!(Client::at(ip("::ffff:192.0.2.1")), Client::at(ip("192.0.2.1")));
    }
}
