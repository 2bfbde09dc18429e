//! What people write in their own words.

use super::readable::usual;
use super::{Invalid, contains_card_number, readable, text_value};

text_value! {
    /// NFC, 1 to 4,000 characters, no control characters but line breaks and tabs, no card number.
    FreeText
}

const LENGTH_MAX: usize = 4_000;

impl FreeText {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > LENGTH_MAX * 8 {
            return Err(Invalid::Text);
        }
        let text = usual(text.trim());
        let is_valid = !text.is_empty()
            && text.chars().count() <= LENGTH_MAX
            && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
        if !is_valid {
            return Err(Invalid::Text);
        }
        readable::check(&text)?;
        if contains_card_number(&text) {
            return Err(Invalid::TextHoldsCardNumber);
        }
        Ok(Self(text))
    }
}
