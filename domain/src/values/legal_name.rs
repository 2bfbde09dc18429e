//! The name of a company, of a place, or of the holder of a bank account.

use super::readable::usual;
use super::{Invalid, contains_card_number, readable, text_value};

text_value! {
    /// NFC, 1 to 120 printable characters.
    LegalName
}

const LENGTH_MAX: usize = 120;
/// As many as a line can have, and some spaces.
pub(super) const BYTES_MAX: usize = 2_000;

impl LegalName {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > BYTES_MAX {
            return Err(Invalid::LegalName);
        }
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

/// NFC, with single spaces, and wide letters, ligatures and Roman numerals as plain letters.
pub(super) fn line(text: &str) -> String {
    usual(text).split_whitespace().collect::<Vec<_>>().join(" ")
}
