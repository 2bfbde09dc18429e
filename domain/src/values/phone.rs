//! A mobile number that can receive one-time codes.

use super::{Invalid, text_value};
use phonenumber::{Mode, country};

text_value! {
    /// E.164, for example `+33612345678`.
    Mobile
}

impl Mobile {
    /// A number without a country code is read as French.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let is_plausible = text.len() <= 32
            && text.chars().all(|c| {
                c.is_ascii_digit() || c.is_whitespace() || matches!(c, '+' | '.' | '-' | '(' | ')')
            });
        if !is_plausible {
            return Err(Invalid::Phone);
        }
        let number = phonenumber::parse(Some(country::FR), text).map_err(|_| Invalid::Phone)?;
        if !phonenumber::is_valid(&number) {
            return Err(Invalid::Phone);
        }
        let kind = number.number_type(&phonenumber::metadata::DATABASE);
        if kind == phonenumber::Type::Mobile || kind == phonenumber::Type::FixedLineOrMobile {
            Ok(Self(number.format().mode(Mode::E164).to_string()))
        } else {
            Err(Invalid::PhoneNotMobile)
        }
    }

    /// The country whose number it is (ISO 3166-1), as far as the number says.
    pub fn country(&self) -> Option<String> {
        let id = phonenumber::parse(None, self.as_str()).ok()?.country().id()?;
        Some(id.as_ref().to_owned())
    }

    /// `+33 •••• 78`: enough for its owner to recognise it.
    pub fn masked(&self) -> String {
        let start: String = self.0.chars().take(3).collect();
        let end = self.0.len().saturating_sub(2);
        format!("{start} •••• {}", self.0.get(end..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobiles_are_kept_in_international_form() {
        for text in ["06 12 34 56 78", "+33612345678", "0033 6 12 34 56 78", "+33 (0)6.12.34.56.78"]
        {
            assert_eq!(Mobile::parse(text).unwrap().as_str(), "+33612345678", "{text}");
        }
        assert!(Mobile::parse("+32 470 12 34 56").is_ok());
    }

    #[test]
    fn a_landline_cannot_receive_codes() {
        assert_eq!(Mobile::parse("+33 1 42 68 53 00"), Err(Invalid::PhoneNotMobile));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "hello", "+33", "+339999", "0612345678 ext. 4", "+999612345678"] {
            assert_eq!(Mobile::parse(text), Err(Invalid::Phone), "{text}");
        }
    }
}
