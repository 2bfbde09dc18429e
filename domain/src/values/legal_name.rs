//! The name of a company, of a place, or of the holder of a bank account.

use super::{Invalid, contains_card_number, readable, text_value};
use unicode_normalization::UnicodeNormalization;

text_value! {
    /// NFC, 1 to 120 printable characters.
    LegalName
}

const LENGTH_MAX: usize = 120;

impl LegalName {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = line(text);
        readable::check(&name)?;
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

/// NFC, with single spaces.
pub(super) fn line(text: &str) -> String {
    text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
