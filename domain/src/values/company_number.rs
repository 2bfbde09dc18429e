//! SIREN and SIRET: the numbers of a French company and of its establishments.

use super::{Invalid, compact, is_digits, luhn_is_valid, text_value};

text_value! {
    /// Nine digits with a Luhn check digit.
    Siren
}
text_value! {
    /// Fourteen digits: the SIREN, then five for the establishment.
    Siret
}

/// La Poste has more establishments than Luhn leaves numbers for.
const LA_POSTE: &str = "356000000";

impl Siren {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = compact(text);
        let is_valid = is_digits(&digits, 9) && digits != "000000000" && luhn_is_valid(&digits);
        if is_valid { Ok(Self(digits)) } else { Err(Invalid::Siren) }
    }
}

impl Siret {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = compact(text);
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
    fn known_companies_are_accepted() {
        for siren in ["732829320", "356 000 000", "552.100.554"] {
            assert!(Siren::parse(siren).is_ok(), "{siren}");
        }
        for siret in ["73282932000074", "834 315 673 00014", "35600000000048"] {
            assert!(Siret::parse(siret).is_ok(), "{siret}");
        }
    }

    #[test]
    fn la_poste_may_sum_to_a_multiple_of_five_instead() {
        assert!(Siret::parse("35600000049837").is_ok());
        assert_eq!(Siret::parse("35600000049838"), Err(Invalid::Siret));
    }

    #[test]
    fn a_wrong_digit_is_noticed() {
        assert_eq!(Siren::parse("732829321"), Err(Invalid::Siren));
        assert_eq!(Siren::parse("000000000"), Err(Invalid::Siren));
        assert_eq!(Siren::parse("73282932"), Err(Invalid::Siren));
        assert_eq!(Siren::parse("73282932٠"), Err(Invalid::Siren));
        assert_eq!(Siret::parse("73282932000075"), Err(Invalid::Siret));
    }

    #[test]
    fn a_siret_passing_luhn_over_a_false_siren_is_refused() {
        // 732829321 is no SIREN; the last digit makes Luhn over fourteen digits pass.
        let forged = (0..10).map(|last| format!("7328293210007{last}"));
        assert!(forged.clone().any(|text| luhn_is_valid(&text)));
        assert!(forged.into_iter().all(|text| Siret::parse(&text).is_err()));
    }
}
