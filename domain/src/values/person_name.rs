//! A first or last name.

use super::readable::usual;
use super::written::is_dash;
use super::{Invalid, readable, text_value};

text_value! {
    /// NFC, 1 to 100 characters: letters, apostrophes, hyphens, middle dots, full stops and spaces;
    /// joiners where a script needs them. A first name may be empty.
    PersonName
}

const LENGTH_MAX: usize = 100;
/// As many as that many characters can have, and some spaces.
const BYTES_MAX: usize = 2_000;

impl PersonName {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > BYTES_MAX {
            return Err(Invalid::PersonName);
        }
        let name = canonical(text);
        readable::check(&name)?;
        // A name is of one alphabet, from its initial on.
        readable::check_word(&name)?;
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

/// As it is shown, with one kind of hyphen and one kind of space.
fn canonical(text: &str) -> String {
    let hyphenated = usual(text).chars().map(hyphen).collect::<String>();
    hyphenated.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The hyphen of Hebrew is a letter's, all others are one.
fn hyphen(c: char) -> char {
    if (is_dash(c) && c != '־') || c == '=' { '-' } else { c }
}

/// What stands between the letters of names: the middle dot of Catalan and Japanese, the marks of
/// Hebrew and Tibetan, quotes as keyboards and word processors make them.
fn is_sign(c: char) -> bool {
    let is_quote = matches!(c, '\'' | '’' | '‘' | '‛' | '`' | '´' | '′' | '"' | '“' | '”')
        || matches!(c, '„' | '«' | '»' | '‹' | '›');
    let is_dot = matches!(c, '.' | '·' | '•' | '‧' | '∙' | '⋅' | '・' | '･');
    let is_of_script = matches!(c, '־' | '׳' | '״' | '\u{0f0b}' | '\u{0f0c}' | '\u{1361}');
    is_quote || is_dot || is_of_script || readable::is_joiner(c) || matches!(c, '-' | ' ')
}
