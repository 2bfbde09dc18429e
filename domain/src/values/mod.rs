//! Things that are valid by construction. `parse` applies today's rules to new input; `recorded`
//! trusts history, which was valid on the day it was written.

mod activity;
mod address;
mod card_number;
mod company_number;
mod country;
mod date;
mod email;
mod folded;
mod free_text;
mod iban;
mod invalid;
mod language;
mod legal_form;
mod legal_name;
mod password;
mod person_name;
mod phone;
mod readable;
mod share;
mod vat_number;
mod website;
mod written;

pub use activity::{Activity, Nomenclature};
pub use address::{Address, PostalCode};
pub use card_number::contains_card_number;
pub use company_number::{Siren, Siret};
pub use country::{Country, Nationality};
pub use date::parse_date;
pub use email::Email;
pub use folded::folded;
pub use free_text::FreeText;
pub use iban::Iban;
pub use invalid::Invalid;
pub use language::Language;
pub use legal_form::LegalForm;
pub use legal_name::LegalName;
pub use password::{PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, Password, normal_form, spellings};
pub use person_name::PersonName;
pub use phone::Mobile;
pub use share::Share;
pub use vat_number::VatNumber;
pub use website::parse_website;

/// A value whose normal form is a text: how it is recorded and shown.
pub trait TextValue: Sized {
    /// A value read back from history, which is not judged again.
    fn recorded(text: &str) -> Self;
    fn as_str(&self) -> &str;
}

impl TextValue for Country {
    fn recorded(text: &str) -> Self {
        Self::recorded(text)
    }
    fn as_str(&self) -> &str {
        self.as_str()
    }
}

/// Declares a value kept as its normal text form.
macro_rules! text_value {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// A value read back from history, which is not judged again.
            pub fn recorded(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl crate::values::TextValue for $name {
            fn recorded(text: &str) -> Self {
                Self(text.to_owned())
            }
            fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// Masked: debug output ends up in logs.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "(…)"))
            }
        }
    };
}
use text_value;

/// The Luhn checksum of a string of ASCII digits.
fn luhn_is_valid(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            if index % 2 == 0 {
                digit
            } else if digit > 4 {
                digit * 2 - 9
            } else {
                digit * 2
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}
