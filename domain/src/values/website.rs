//! The public address of a company's pages.

use super::{Invalid, contains_card_number, readable};
use url::{Host, Url};

const LENGTH_MAX: usize = 200;

/// An address with https and a name that can be looked up, its domain in ASCII (UTS 46). Without a
/// scheme, https is meant. No user, no port, no machine.
pub fn parse_website(text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    readable::check(text)?;
    let has_gap = text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\');
    let address = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&address).map_err(|_| Invalid::Website)?;
    let is_plain = url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && !text.contains('@');
    let has_public_name = match url.host() {
        Some(Host::Domain(name)) => is_public(name),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
    };
    let kept = url.as_str().strip_suffix('/').filter(|_| url.path() == "/").unwrap_or(url.as_str());
    if has_gap || !is_plain || !has_public_name || kept.len() > LENGTH_MAX {
        return Err(Invalid::Website);
    }
    if contains_card_number(text) {
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
        && !matches!(last, "local" | "localhost" | "localdomain" | "internal" | "invalid" | "test")
}
