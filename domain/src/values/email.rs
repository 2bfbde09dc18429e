//! An e-mail address: the login, proven only by the link sent to it.

use super::{Invalid, text_value};
use email_address::{EmailAddress, Options};
use unicode_normalization::UnicodeNormalization;

text_value! {
    /// At most 254 bytes, lower case, NFC; `+tag` is kept.
    Email
}

const LENGTH_MAX: usize = 254;

impl Email {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let normal: String = text.trim().nfc().collect::<String>().to_lowercase();
        let options =
            Options::default().with_required_tld().without_domain_literal().without_display_text();
        let is_valid = normal.len() <= LENGTH_MAX
            && !normal.contains('"')
            && EmailAddress::parse_with_options(&normal, options).is_ok();
        if is_valid { Ok(Self(normal)) } else { Err(Invalid::Email) }
    }

    /// `m•••@example.com`: enough for its owner to recognise it.
    pub fn masked(&self) -> String {
        match self.0.split_once('@') {
            Some((local, host)) => {
                format!("{}•••@{host}", local.chars().next().unwrap_or('•'))
            }
            None => "•••".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_lower_cased_and_keep_their_tag() {
        assert_eq!(
            Email::parse(" Marie.Dupont+Test@Example.COM ").unwrap().as_str(),
            "marie.dupont+test@example.com"
        );
    }

    #[test]
    fn what_is_not_a_plain_address_with_a_domain_is_refused() {
        for text in [
            "",
            "marie",
            "marie@",
            "@example.com",
            "marie@localhost",
            "marie@[127.0.0.1]",
            "Marie <marie@example.com>",
            "a b@example.com",
            "\"a b\"@example.com",
            "marie@example.com\r\nBcc: x@example.com",
        ] {
            assert_eq!(Email::parse(text), Err(Invalid::Email), "{text}");
        }
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(250))).is_err());
    }

    #[test]
    fn a_masked_address_keeps_one_letter_and_the_domain() {
        assert_eq!(Email::recorded("marie@example.com").masked(), "m•••@example.com");
    }
}
