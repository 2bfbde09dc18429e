//! The name of a company, or of the holder of a bank account.

use super::{Invalid, contains_card_number, text_value};
use unicode_normalization::UnicodeNormalization;

text_value! {
    /// NFC, 1 to 120 printable characters.
    LegalName
}

const LENGTH_MAX: usize = 120;

impl LegalName {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        let is_valid = name.chars().any(char::is_alphanumeric)
            && name.chars().count() <= LENGTH_MAX
            && !name.chars().any(char::is_control);
        if !is_valid {
            return Err(Invalid::LegalName);
        }
        if contains_card_number(&name) {
            return Err(Invalid::TextHoldsCardNumber);
        }
        Ok(Self(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_names_may_hold_signs_and_digits() {
        assert!(LegalName::parse("L'Atelier 3.0 & Fils").is_ok());
        assert_eq!(LegalName::parse(" * "), Err(Invalid::LegalName));
        assert_eq!(LegalName::parse("a\u{7}b"), Err(Invalid::LegalName));
        assert_eq!(LegalName::parse("4111 1111 1111 1111"), Err(Invalid::TextHoldsCardNumber));
    }
}
