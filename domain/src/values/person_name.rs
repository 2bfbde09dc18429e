//! A first or last name.

use super::written::is_dash;
use super::{Invalid, readable, text_value};
use unicode_normalization::UnicodeNormalization;

text_value! {
    /// NFC, 1 to 100 characters: letters, apostrophes, hyphens, middle dots, full stops and spaces;
    /// joiners where a script needs them. A first name may be empty.
    PersonName
}

const LENGTH_MAX: usize = 100;

impl PersonName {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = canonical(text);
        readable::check(&name)?;
        let is_valid = name.chars().any(char::is_alphabetic)
            && name.chars().count() <= LENGTH_MAX
            && name.chars().all(|c| c.is_alphabetic() || readable::is_mark(c) || is_sign(c));
        if is_valid { Ok(Self(name)) } else { Err(Invalid::PersonName) }
    }

    /// Whoever has one name only has it as their last name, and no first one.
    pub fn parse_first(text: &str) -> Result<Self, Invalid> {
        if text.trim().is_empty() { Ok(Self(String::new())) } else { Self::parse(text) }
    }

    /// A name as it is spoken and written.
    pub fn full(first: &Self, last: &Self) -> String {
        format!("{} {}", first.0, last.0).trim().to_owned()
    }
}

/// NFC, with one kind of hyphen and one kind of space.
fn canonical(text: &str) -> String {
    let hyphenated = text.nfc().map(|c| if is_dash(c) && c != '־' { '-' } else { c });
    hyphenated.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What stands between the letters of names: the middle dot of Catalan and Japanese, the marks of
/// Hebrew, quotes as word processors make them.
fn is_sign(c: char) -> bool {
    let is_apostrophe = matches!(c, '\'' | '’' | '‘' | '‛' | '`' | '´' | '′' | '“' | '”');
    let is_dot = matches!(c, '.' | '·' | '‧' | '・' | '･');
    let is_hebrew = matches!(c, '־' | '׳' | '״');
    let is_joiner = matches!(c, '\u{200c}' | '\u{200d}');
    is_apostrophe || is_dot || is_hebrew || is_joiner || matches!(c, '-' | ' ')
}
