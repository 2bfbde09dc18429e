//! An e-mail address: the login, proven only by the link sent to it.

use super::written::is_invisible;
use super::{Invalid, contains_card_number, readable, text_value};
use email_address::{EmailAddress, Options};
use unicode_normalization::UnicodeNormalization;

text_value! {
    /// At most 254 bytes, lower case, NFC; `+tag` is kept. The domain as people read it, so that
    /// its two spellings, `münchen.de` and `xn--mnchen-3ya.de`, are one address.
    Email
}

const LENGTH_MAX: usize = 254;
/// As many as an address that is pasted may have.
const BYTES_MAX: usize = 1_000;

impl Email {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > BYTES_MAX {
            return Err(Invalid::Email);
        }
        // Inside a domain, a joiner may tell one from another.
        let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
        let normal = text.nfkc().collect::<String>().to_lowercase();
        let (local, domain) = normal.rsplit_once('@').ok_or(Invalid::Email)?;
        let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| Invalid::Email)?;
        let (readable_domain, outcome) = idna::domain_to_unicode(&ascii);
        outcome.map_err(|_| Invalid::Email)?;
        // What is said on the wire counts: its length, its form.
        let is_valid = local.len() + 1 + ascii.len() <= LENGTH_MAX
            && !normal.contains('"')
            && has_plain_form(&format!("{local}@{ascii}"))
            && !is_machine(&ascii)
            && readable::check(local).is_ok()
            && readable::check(&readable_domain).is_ok();
        if !is_valid {
            return Err(Invalid::Email);
        }
        if contains_card_number(&normal) {
            return Err(Invalid::TextHoldsCardNumber);
        }
        Ok(Self(format!("{local}@{readable_domain}")))
    }

    /// What somebody may have registered with who enters this: as it reads today, and as it was kept
    /// before domains, look-alikes and wide letters were judged. Empty if it never was an address.
    pub fn spellings(text: &str) -> Vec<Self> {
        let mut spellings: Vec<Self> = Self::parse(text).into_iter().collect();
        spellings.extend(Self::as_before(text).filter(|before| !spellings.contains(before)));
        spellings
    }

    fn as_before(text: &str) -> Option<Self> {
        if text.len() > BYTES_MAX {
            return None;
        }
        let normal = text.trim().nfc().collect::<String>().to_lowercase();
        let is_valid =
            normal.len() <= LENGTH_MAX && !normal.contains('"') && has_plain_form(&normal);
        is_valid.then_some(Self(normal))
    }

    /// The address as mail servers know it: its domain in ASCII.
    pub fn on_the_wire(&self) -> String {
        match self.0.rsplit_once('@') {
            Some((local, domain)) => match idna::domain_to_ascii(domain) {
                Ok(ascii) => format!("{local}@{ascii}"),
                // Recorded before domains were judged.
                Err(_) => self.0.clone(),
            },
            None => self.0.clone(),
        }
    }

    /// Whether only mail servers with SMTPUTF8 (RFC 6531) can take it: its local part, which has no
    /// other spelling, is not ASCII.
    pub fn needs_smtputf8(&self) -> bool {
        self.0.rsplit_once('@').is_some_and(|(local, _)| !local.is_ascii())
    }
}

fn has_plain_form(address: &str) -> bool {
    let options =
        Options::default().with_required_tld().without_domain_literal().without_display_text();
    EmailAddress::parse_with_options(address, options).is_ok()
}

/// `127.0.0.1`, or anything else that ends with a number or one letter: the name of no domain
/// (RFC 3696, 2).
fn is_machine(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or_default();
    last.len() < 2 || last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_before_is_found_under_what_it_was() {
        let kept = |text: &str| -> Vec<String> {
            Email::spellings(text).iter().map(|email| email.as_str().to_owned()).collect()
        };
        assert_eq!(kept(" Marie@Example.com "), ["marie@example.com"]);
        assert_eq!(kept("soﬁa@example.com"), ["sofia@example.com", "soﬁa@example.com"]);
        assert_eq!(kept("p\u{430}ul@example.com"), ["p\u{430}ul@example.com"]);
        for never in ["", "marie", "marie@", "@example.com", "marie@localhost", "a b@example.com"] {
            assert!(Email::spellings(never).is_empty(), "{never}");
        }
    }

    #[test]
    fn the_wire_carries_domains_in_ascii() {
        let email = Email::parse("a@bücher.example").unwrap();
        assert_eq!(email.as_str(), "a@bücher.example");
        assert_eq!(email.on_the_wire(), "a@xn--bcher-kva.example");
        assert!(!email.needs_smtputf8());
        assert!(Email::parse("jürgen@example.com").unwrap().needs_smtputf8());
        // An address of before, with a domain that is none today.
        assert_eq!(Email::recorded("a@b_c.example").on_the_wire(), "a@b_c.example");
    }
}
