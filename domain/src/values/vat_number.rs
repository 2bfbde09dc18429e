//! The French VAT number: `FR`, a key of two characters, the SIREN.

use super::written::{Labels, compact};
use super::{Invalid, Siren, text_value};

text_value! {
    /// Thirteen characters, upper case.
    VatNumber
}

/// The alphabet of letter keys leaves out I and O.
const KEY_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";

const LABELS: &[&str] =
    &["tva", "vat", "no", "intra", "intracom", "intracommunautaire", "intracommunity", "de", "id"];
/// Numbers of companies in Monaco begin so, behind the key; they are no SIRENs.
const MONACO: &str = "000";

impl VatNumber {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = compact(text, Labels::before_letters(LABELS));
        let parts = text.strip_prefix("FR").and_then(|rest| rest.split_at_checked(2));
        let Some((key, digits)) = parts else { return Err(Invalid::VatNumber) };
        let is_company = digits.len() == 9
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits.starts_with(MONACO) || Siren::parse(digits).is_ok());
        if is_company && key_fits(key, digits) { Ok(Self(text)) } else { Err(Invalid::VatNumber) }
    }

    /// The same number, if it is that company's. One of Monaco does not say whose it is.
    pub fn given_to(self, siren: &Siren) -> Result<Self, Invalid> {
        let digits = self.0.get(4..).unwrap_or_default();
        if digits.starts_with(MONACO) || digits == siren.as_str() {
            Ok(self)
        } else {
            Err(Invalid::VatNumberOfAnotherCompany)
        }
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
