//! A postal address.

use super::{Country, Invalid, contains_card_number, is_digits, text_value};

text_value! {
    /// Five digits in France; up to twelve letters, digits, spaces and hyphens elsewhere.
    PostalCode
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub street: String,
    pub postal_code: PostalCode,
    pub city: String,
    pub country: Country,
}

const LINE_LENGTH_MAX: usize = 120;

impl PostalCode {
    pub fn parse(text: &str, country: Country) -> Result<Self, Invalid> {
        let code = text.trim().to_ascii_uppercase();
        let is_valid = match country.as_str() {
            "FR" => is_digits(&code, 5) && french_department_exists(&code),
            _ => {
                (1..=12).contains(&code.len())
                    && code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-'))
            }
        };
        if is_valid { Ok(Self(code)) } else { Err(Invalid::PostalCode) }
    }
}

/// 01 to 95 (20 is Corsica), then 97 and 98 overseas.
fn french_department_exists(code: &str) -> bool {
    matches!(code.get(..2).and_then(|prefix| prefix.parse().ok()), Some(1..=95 | 97 | 98))
}

impl Address {
    pub fn parse(
        street: &str,
        postal_code: &str,
        city: &str,
        country: Country,
    ) -> Result<Self, Invalid> {
        Ok(Self {
            street: line(street)?,
            postal_code: PostalCode::parse(postal_code, country)?,
            city: line(city)?,
            country,
        })
    }
}

fn line(text: &str) -> Result<String, Invalid> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_valid = text.chars().any(char::is_alphabetic)
        && text.chars().count() <= LINE_LENGTH_MAX
        && !text.chars().any(char::is_control);
    match (is_valid, contains_card_number(&text)) {
        (false, _) => Err(Invalid::Address),
        (true, true) => Err(Invalid::TextHoldsCardNumber),
        (true, false) => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_postal_codes_belong_to_a_department() {
        let france = Country::parse("FR").unwrap();
        for code in ["75011", "01000", "20090", "97400"] {
            assert!(PostalCode::parse(code, france).is_ok(), "{code}");
        }
        for code in ["", "7501", "00100", "96000", "99000", "7501A"] {
            assert_eq!(PostalCode::parse(code, france), Err(Invalid::PostalCode), "{code}");
        }
        assert!(PostalCode::parse("sw1a 1aa", Country::parse("GB").unwrap()).is_ok());
    }
}
