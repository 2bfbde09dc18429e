//! A postal address.

mod postal_code;

use super::legal_name::{BYTES_MAX, line};
use super::{Country, Invalid, contains_card_number, readable};
pub use postal_code::PostalCode;

#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    pub street: String,
    /// Empty where there are none.
    pub postal_code: PostalCode,
    pub city: String,
    pub country: Country,
}

crate::hidden!(Address);

const LINE_LENGTH_MAX: usize = 120;

impl Address {
    /// A line of the street or the name of a city.
    pub fn parse_line(text: &str) -> Result<String, Invalid> {
        if text.len() > BYTES_MAX {
            return Err(Invalid::Address);
        }
        let text = line(text);
        readable::check(&text)?;
        let is_valid = text.chars().any(char::is_alphabetic)
            && text.chars().count() <= LINE_LENGTH_MAX
            && !text.chars().any(char::is_control);
        match (is_valid, contains_card_number(&text)) {
            (false, _) => Err(Invalid::Address),
            (true, true) => Err(Invalid::TextHoldsCardNumber),
            (true, false) => Ok(text),
        }
    }
}
