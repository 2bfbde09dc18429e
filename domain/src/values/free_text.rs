//! What people write in their own words.

use super::{Invalid, contains_card_number, text_value};
use unicode_normalization::UnicodeNormalization;

text_value! {
    /// NFC, 1 to 4,000 characters, no control characters but line breaks and tabs, no card number.
    FreeText
}

const LENGTH_MAX: usize = 4_000;

impl FreeText {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text: String = text.trim().nfc().collect();
        let is_valid = !text.is_empty()
            && text.chars().count() <= LENGTH_MAX
            && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
        match (is_valid, contains_card_number(&text)) {
            (false, _) => Err(Invalid::Text),
            (true, true) => Err(Invalid::TextHoldsCardNumber),
            (true, false) => Ok(Self(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_is_never_kept() {
        assert_eq!(
            FreeText::parse("he paid with 4111 1111 1111 1111"),
            Err(Invalid::TextHoldsCardNumber)
        );
        assert_eq!(FreeText::parse("  "), Err(Invalid::Text));
        assert_eq!(FreeText::parse("a\u{0}b"), Err(Invalid::Text));
        assert!(FreeText::parse("Bonjour,\nle Kbis est illisible.").is_ok());
    }
}
