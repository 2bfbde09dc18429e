//! The French VAT number: `FR`, a key of two characters, the SIREN.

use super::{Invalid, Siren, compact, text_value};

text_value! {
    /// Thirteen characters, upper case.
    VatNumber
}

/// The alphabet of letter keys leaves out I and O.
const KEY_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";

impl VatNumber {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = compact(text).to_ascii_uppercase();
        let parts = text.strip_prefix("FR").and_then(|rest| rest.split_at_checked(2));
        let Some((key, digits)) = parts else { return Err(Invalid::VatNumber) };
        // Monaco's numbers start with 000 and are not SIRENs.
        let is_company = digits.len() == 9
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits.starts_with("000") || Siren::parse(digits).is_ok());
        if is_company && key_fits(key, digits) { Ok(Self(text)) } else { Err(Invalid::VatNumber) }
    }
}

fn key_fits(key: &str, digits: &str) -> bool {
    let Ok(siren) = digits.parse::<u64>() else { return false };
    let mut places = key.chars().map(|c| KEY_ALPHABET.find(c).map(|place| place as u64));
    let (Some(Some(first)), Some(Some(second))) = (places.next(), places.next()) else {
        return false;
    };
    if first < 10 && second < 10 {
        return first * 10 + second == (12 + 3 * (siren % 97)) % 97;
    }
    let combined = if first < 10 {
        first * 24 + second.wrapping_sub(10)
    } else {
        (first * 34 + second).wrapping_sub(100)
    };
    (siren + 1 + combined / 11) % 11 == combined % 11
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_keys() {
        for text in ["FR44732829320", "fr 83 404 833 048"] {
            assert!(VatNumber::parse(text).is_ok(), "{text}");
        }
        assert_eq!(VatNumber::parse("FR45732829320"), Err(Invalid::VatNumber));
    }

    #[test]
    fn letter_keys_are_checked_too() {
        // Published examples of letter keys (BZIRK and stdnum test data).
        assert!(VatNumber::parse("FRK7399859412").is_ok());
        assert!(VatNumber::parse("FR4Z123456782").is_ok());
        assert_eq!(VatNumber::parse("FRIO399859412"), Err(Invalid::VatNumber));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "FR", "DE123456789", "FR44é32829320", "FR447328293200"] {
            assert_eq!(VatNumber::parse(text), Err(Invalid::VatNumber), "{text}");
        }
    }
}
