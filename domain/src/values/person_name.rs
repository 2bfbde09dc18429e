//! A first or last name.

use super::{Invalid, text_value};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

text_value! {
    /// NFC, 1 to 100 characters: letters, apostrophes, hyphens, full stops and spaces.
    PersonName
}

const LENGTH_MAX: usize = 100;

impl PersonName {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
        let is_valid = name.chars().any(char::is_alphabetic)
            && name.chars().count() <= LENGTH_MAX
            && name.chars().all(|c| {
                c.is_alphabetic()
                    || is_combining_mark(c)
                    || matches!(c, '\'' | '’' | '-' | ' ' | '.')
            });
        if is_valid { Ok(Self(name)) } else { Err(Invalid::PersonName) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_alphabets_are_accepted() {
        for text in ["Zoé", "Jean-Pierre", "O’Neill", "N'Diaye", "Łukasz", "Ямада", "de  La Tour"]
        {
            assert!(PersonName::parse(text).is_ok(), "{text}");
        }
        assert_eq!(PersonName::parse(" de  La Tour ").unwrap().as_str(), "de La Tour");
        assert_eq!(PersonName::parse("Zoe\u{301}").unwrap().as_str(), "Zoé");
    }

    #[test]
    fn what_is_not_a_name_is_refused() {
        for text in ["", " ", "-", "R2D2", "<b>", "a@b", &"a".repeat(101)] {
            assert_eq!(PersonName::parse(text), Err(Invalid::PersonName), "{text}");
        }
    }
}
