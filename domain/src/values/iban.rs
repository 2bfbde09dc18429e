//! An IBAN, with the French RIB key that mod 97 does not see.

use super::written::{Labels, compact};
use super::{Invalid, text_value};
use iban::IbanLike;

text_value! {
    /// Compact form, upper case.
    Iban
}

/// The countries of the SEPA schemes, by the first letters of their IBANs (EPC409-09).
const SEPA: &str = "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV \
                    MC MD ME MK MT NL NO PL PT RO RS SE SI SK SM VA";

const LABELS: &[&str] =
    &["iban", "rib", "compte", "bancaire", "account", "bank", "international", "code"];

impl Iban {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let compact = compact(text, Labels::before_letters(LABELS));
        let iban: iban::Iban = compact.parse().map_err(|_| Invalid::Iban)?;
        if !SEPA.split_whitespace().any(|country| country == iban.country_code()) {
            return Err(Invalid::IbanOutsideSepa);
        }
        if matches!(iban.country_code(), "FR" | "MC") && !rib_key_fits(iban.bban_unchecked()) {
            return Err(Invalid::IbanRibKey);
        }
        Ok(Self(compact))
    }

    pub fn country(&self) -> &str {
        self.0.get(..2).unwrap_or_default()
    }

    /// Its country and its end: all that anybody needs who knows the account.
    pub fn masked(&self) -> String {
        format!("{}…{}", self.country(), self.last_four())
    }

    /// The last four characters, which may be shown and recorded in clear.
    pub fn last_four(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default()
    }
}

/// The key of a RIB: 97 − (89·bank + 15·branch + 3·account) mod 97, with letters read as
/// A, J = 1 · B, K, S = 2 · … · I, R, Z = 9.
pub(super) fn rib_key_fits(bban: &str) -> bool {
    let digits: String = bban.chars().map(rib_digit).collect();
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u64>().ok();
    let (Some(bank), Some(branch), Some(account), Some(key)) =
        (part(0..5), part(5..10), part(10..21), part(21..23))
    else {
        return false;
    };
    key == 97 - (89 * bank + 15 * branch + 3 * account) % 97
}

fn rib_digit(c: char) -> char {
    let value = match c {
        'A'..='I' => c as u32 - 'A' as u32 + 1,
        'J'..='R' => c as u32 - 'J' as u32 + 1,
        'S'..='Z' => c as u32 - 'S' as u32 + 2,
        _ => return c,
    };
    char::from_digit(value, 10).unwrap_or(c)
}
