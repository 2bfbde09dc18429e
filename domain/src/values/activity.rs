//! The activity code that INSEE gives a company (NAF).

use super::{Invalid, compact, text_value};

text_value! {
    /// `62.01Z`: four digits and a letter.
    Activity
}

impl Activity {
    /// The nomenclature of new codes. From 2027-01-01 it is NAF 2025 (decree 2025-736), and a
    /// code is recorded together with the nomenclature it was read in.
    pub const NOMENCLATURE: &'static str = "naf_rev2";

    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = compact(text).to_ascii_uppercase();
        let (Some(division), Some(class), Some(letter)) =
            (text.get(..2), text.get(2..4), text.get(4..))
        else {
            return Err(Invalid::Activity);
        };
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let is_letter = letter.len() == 1 && letter.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_number(division) && is_number(class) && is_letter {
            Ok(Self(format!("{division}.{class}{letter}")))
        } else {
            Err(Invalid::Activity)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kept_with_their_point() {
        assert_eq!(Activity::parse("6201z").unwrap().as_str(), "62.01Z");
        assert_eq!(Activity::parse("62.01Z").unwrap().as_str(), "62.01Z");
        for text in ["", "62.01", "62.01ZZ", "AB.01Z", "é2.01Z"] {
            assert_eq!(Activity::parse(text), Err(Invalid::Activity), "{text}");
        }
    }
}
