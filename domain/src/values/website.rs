//! The public address of a company's pages.

use super::written::is_invisible;
use super::{Invalid, contains_card_number, readable};
use percent_encoding::percent_decode_str;
use url::{Host, Url};

const LENGTH_MAX: usize = 200;
/// Ends of names that are looked up nowhere (RFC 6761 and 6762), or only in somebody's house.
const OF_NOBODY: [&str; 11] = [
    "arpa",
    "corp",
    "home",
    "internal",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "test",
];

/// An address with https and a name that can be looked up, its domain in ASCII (UTS 46). Without a
/// scheme, https is meant. No user, no port, no machine.
pub fn parse_website(text: &str) -> Result<String, Invalid> {
    if text.len() > LENGTH_MAX * 4 {
        return Err(Invalid::Website);
    }
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    readable::check(text)?;
    let has_gap = text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\');
    let address = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&address).map_err(|_| Invalid::Website)?;
    let is_plain = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none();
    let has_public_name = match url.host() {
        Some(Host::Domain(name)) => is_public(name),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
    };
    let kept = url.as_str().strip_suffix('/').filter(|_| url.path() == "/").unwrap_or(url.as_str());
    if has_gap || !is_plain || !has_public_name || kept.len() > LENGTH_MAX {
        return Err(Invalid::Website);
    }
    // What a path says is seen once it is written out.
    let read = percent_decode_str(text).decode_utf8_lossy();
    readable::check(&read)?;
    if contains_card_number(&read) {
        return Err(Invalid::TextHoldsCardNumber);
    }
    Ok(kept.to_owned())
}

/// A name with a dot that some register may have given.
fn is_public(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let (unicode, outcome) = idna::domain_to_unicode(name);
    name.contains('.')
        && idna::domain_to_ascii_strict(name).is_ok()
        && outcome.is_ok()
        && readable::check(&unicode).is_ok()
        && last.chars().any(char::is_alphabetic)
        && !OF_NOBODY.contains(&last)
}
