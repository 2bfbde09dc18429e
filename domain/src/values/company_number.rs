//! SIREN and SIRET: the numbers of a French company and of its establishments.

use super::written::{Labels, compact};
use super::{Invalid, is_digits, luhn_is_valid, text_value};

text_value! {
    /// Nine digits with a Luhn check digit.
    Siren
}
text_value! {
    /// Fourteen digits: the SIREN, then five for the establishment.
    Siret
}

const LABELS: &[&str] = &["siren", "siret", "rcs", "no", "insee"];
/// La Poste has more establishments than Luhn leaves numbers for.
const LA_POSTE: &str = "356000000";

impl Siren {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = compact(text, Labels::around_digits(LABELS));
        let is_valid = is_digits(&digits, 9) && digits != "000000000" && luhn_is_valid(&digits);
        if is_valid { Ok(Self(digits)) } else { Err(Invalid::Siren) }
    }
}

impl Siret {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = compact(text, Labels::around_digits(LABELS));
        if !is_digits(&digits, 14) {
            return Err(Invalid::Siret);
        }
        let siren = digits.get(..9).unwrap_or_default();
        let is_valid = Siren::parse(siren).is_ok()
            && (luhn_is_valid(&digits)
                || (siren == LA_POSTE && digit_sum(&digits).is_multiple_of(5)));
        if is_valid { Ok(Self(digits)) } else { Err(Invalid::Siret) }
    }

    pub fn siren(&self) -> Siren {
        Siren(self.0.get(..9).unwrap_or_default().to_owned())
    }
}

fn digit_sum(digits: &str) -> u32 {
    digits.bytes().map(|byte| u32::from(byte.wrapping_sub(b'0'))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_siret_passing_luhn_over_a_false_siren_is_refused() {
        // 732829321 is no SIREN; the last digit makes Luhn over fourteen digits pass.
        let forged = (0..10).map(|last| format!("7328293210007{last}"));
        assert!(forged.clone().any(|text| luhn_is_valid(&text)));
        assert!(forged.into_iter().all(|text| Siret::parse(&text).is_err()));
    }
}
