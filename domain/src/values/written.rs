//! The one reader of numbers: of telephones, companies, accounts, taxes and postal codes alike, what
//! a person sees is what is read. Numbers are pasted with the spaces, dashes, dots, invisible marks
//! and labels of wherever they stood before.

use super::folded;
use icu_properties::props::{Dash, DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;

const CATEGORY: icu_properties::CodePointMapDataBorrowed<'static, GeneralCategory> =
    CodePointMapData::<GeneralCategory>::new();

/// No number is as long in bytes, whatever stands around and between its digits.
const LENGTH_MAX: usize = 1_000;
/// What may stand before any number: "n°", "numéro", "Nr.".
const LABELS_OF_ALL: &[&str] = &["n", "nr", "num", "numero", "number", "mon"];
/// Words between two labels: "numéro de compte".
const BETWEEN_LABELS: &[&str] = &["de", "du", "d", "la", "le", "l", "et"];

/// The words that may stand before a number.
#[derive(Clone, Copy)]
pub(super) struct Labels {
    words: &'static [&'static str],
    /// The number begins with a digit, so that whatever words follow a label belong to it: "RCS
    /// Paris 732 829 320".
    is_before_digits: bool,
    /// It ends with a digit, too: "732 829 320 RCS Paris".
    is_behind_digits: bool,
}

impl Labels {
    pub(super) const NONE: Self =
        Self { words: &[], is_before_digits: false, is_behind_digits: false };

    /// Of a number that begins and ends with a digit.
    pub(super) fn around_digits(words: &'static [&'static str]) -> Self {
        Self { words, is_before_digits: true, is_behind_digits: true }
    }

    /// Of one that begins with a digit and may end with a letter.
    pub(super) fn before_digits(words: &'static [&'static str]) -> Self {
        Self { is_behind_digits: false, ..Self::around_digits(words) }
    }

    /// Of one that may begin with a letter.
    pub(super) fn before_letters(words: &'static [&'static str]) -> Self {
        Self { words, ..Self::NONE }
    }

    fn has(self, word: &str) -> bool {
        LABELS_OF_ALL.iter().chain(self.words).any(|label| *label == word)
    }
}

/// The letters and digits of a number, upper case and in ASCII where they have such a form, without
/// what only serves reading and without a label in front. What else there is stays, to be refused.
pub(super) fn compact(text: &str, labels: Labels) -> String {
    if text.len() > LENGTH_MAX {
        return text.to_owned();
    }
    let plain = plain(text);
    let is_visible = |c: &char| !is_separator(*c) && !is_invisible(*c);
    without_labels(&plain, labels).chars().filter(is_visible).collect::<String>().to_uppercase()
}

/// Every letter and digit in its usual form: `７`, `٧` and `𝟕` are all a 7.
pub(super) fn plain(text: &str) -> String {
    let usual = text.nfc().flat_map(|c| match (c, CATEGORY.get(c)) {
        // "N°", not the letters "No", with which a Norwegian IBAN begins.
        ('º' | '№', _) => vec!['°'],
        // ② is a mark of its own.
        (_, GeneralCategory::OtherNumber) => vec![c],
        _ => std::iter::once(c).nfkc().collect(),
    });
    usual.map(|c| decimal(c).unwrap_or(c)).collect()
}

/// The digit that a character of any script stands for.
pub(super) fn decimal(c: char) -> Option<char> {
    let is_digit = |c| CATEGORY.get32(c) == GeneralCategory::DecimalNumber;
    if c.is_ascii_digit() || !is_digit(u32::from(c)) {
        return c.is_ascii_digit().then_some(c);
    }
    // Each script has its ten digits in a row, from zero on.
    let value = (0..10).find(|before| !is_digit(u32::from(c).saturating_sub(before + 1)))?;
    char::from_digit(value, 10)
}

fn without_labels(text: &str, labels: Labels) -> &str {
    let is_around = |c: char| !c.is_alphanumeric() && c != '+';
    let text = text.trim_start_matches(is_around).trim_end_matches(|c: char| !c.is_alphanumeric());
    let text = without_remark_behind(text, labels);
    let (mut rest, mut bare) = (text, text);
    while let Some((word, behind)) = next_word(rest) {
        if labels.has(&word) {
            if labels.is_before_digits {
                return from_first_digit(behind);
            }
            rest = without_remark(behind).trim_start_matches(is_around);
            bare = rest;
        } else if let Some(glued) = behind_glued(rest, &word, labels) {
            return glued;
        } else if BETWEEN_LABELS.contains(&word.as_str()) {
            rest = behind.trim_start_matches(is_around);
        } else {
            break;
        }
    }
    bare
}

/// The word that a text begins with, folded, and what is behind it: "I.B.A.N." is one. `None` where
/// letters are the beginning of a number: "N1 9GU" is a postal code, "N° 1" has a label.
fn next_word(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut rest = text;
    loop {
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (part, behind) = rest.split_at(end);
        word.push_str(part);
        let dotted = behind.strip_prefix('.').filter(|next| next.starts_with(char::is_alphabetic));
        match dotted.filter(|_| part.chars().count() == 1) {
            Some(next) => rest = next,
            None => {
                let begins_number =
                    word.chars().count() < 3 && behind.starts_with(|c: char| c.is_ascii_digit());
                return (!word.is_empty() && !begins_number).then(|| (folded(&word), behind));
            }
        }
    }
}

/// "IBANFR76…": a label, then the two letters of a country.
fn behind_glued<'a>(text: &'a str, word: &str, labels: Labels) -> Option<&'a str> {
    let label = word.get(..word.len().checked_sub(2)?).filter(|label| label.len() > 2)?;
    labels.has(label).then(|| text.get(label.len()..)).flatten()
}

/// From where the number begins. "2" in "Tél. 2 : 06 …" is the label's.
fn from_first_digit(text: &str) -> &str {
    let begins = |text: &str| text.find(|c: char| c.is_ascii_digit() || c == '+');
    let digits = begins(text).and_then(|at| text.get(at..)).unwrap_or(text);
    let (first, behind) = digits.split_at_checked(1).unwrap_or((digits, ""));
    match behind.trim_start().strip_prefix(':') {
        Some(behind) if first != "+" => from_first_digit(behind),
        Some(_) | None => digits,
    }
}

/// "(mobile)" behind a number says nothing more, nor do words apart from one that ends with a digit.
fn without_remark_behind(text: &str, labels: Labels) -> &str {
    let last_digit = text.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
    let (number, behind) = text.split_at_checked(last_digit).unwrap_or((text, ""));
    let is_in_brackets = behind.trim_start().starts_with('(');
    let is_apart = behind.starts_with(|c: char| !c.is_alphanumeric());
    if is_in_brackets || (labels.is_behind_digits && is_apart) { number } else { text }
}

/// "(FR)" behind a label says nothing more.
fn without_remark(text: &str) -> &str {
    let inside = text.trim_start().strip_prefix('(').and_then(|rest| rest.split_once(')'));
    match inside {
        Some((remark, behind)) if !remark.contains(|c: char| c.is_ascii_digit()) => behind,
        Some(_) | None => text,
    }
}

/// Spaces, dashes, dots, and other signs that people put between digits.
pub(super) fn is_separator(c: char) -> bool {
    CodePointSetData::new::<WhiteSpace>().contains(c)
        || is_dash(c)
        || matches!(c, '.' | ',' | '/' | '_' | '|' | '·' | '•' | '‧' | '∙' | '⋅' | '・')
}

pub(super) fn is_dash(c: char) -> bool {
    CodePointSetData::new::<Dash>().contains(c) || matches!(c, '\u{2d7}' | '\u{2043}')
}

/// Marks that turn the reading direction, joiners, byte order marks and whatever else has no shape.
pub(super) fn is_invisible(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || CATEGORY.get(c) == GeneralCategory::Format
        // The blank of Braille, and what stands for an object that was not pasted.
        || matches!(c, '\u{2800}' | '\u{fffc}')
}

pub(super) fn category(c: char) -> GeneralCategory {
    CATEGORY.get(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_are_digits() {
        for text in ["0123456789", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "०१२३४५६७८९", "𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡"]
        {
            assert_eq!(compact(text, Labels::NONE), "0123456789", "{text}");
        }
        assert_eq!(decimal('²'), None);
        assert_eq!(compact("7②", Labels::NONE), "7②");
    }

    #[test]
    fn what_only_serves_reading_is_taken_away() {
        let labels = Labels::around_digits(&["siren", "rcs"]);
        for text in [
            "12 34",
            "12\u{a0}34",
            "12\u{202f}34",
            "12‑34",
            "12–34",
            "12−34",
            "12.34",
            "12·34",
            "12/34",
            "12_34",
            "12\u{2043}34",
            "\u{feff}12\u{200b}34",
            "\u{202a}12 34\u{202c}",
            "12\u{ad}34",
            " 12\t34\n",
            "SIREN : 1234",
            "N° siren 1234",
            "nº 1234",
            "№ 1234",
            "Numéro : 12-34",
            "Nume\u{301}ro de SIREN : 1234",
            "'1234",
            "(1234)",
            "« 12 34 »",
            "☎ 1234",
            "12 34 (siège)",
            "12 34 RCS Paris",
            "SIREN 2 : 1234",
            "RCS Paris B 1234",
            "R.C.S. 1234",
            "SIREN (siège) : 1234",
            "SIREN/RCS : 1234",
        ] {
            assert_eq!(compact(text, labels), "1234", "{text:?}");
        }
        assert_eq!(compact("12*34", labels), "12*34");
        assert_eq!(compact("siret 12", labels), "SIRET12");
    }

    #[test]
    fn letters_that_begin_a_number_are_no_label() {
        let labels = Labels::before_letters(&["iban", "rib", "compte"]);
        for (text, read) in [
            ("no93 12", "NO9312"),
            ("DE 89 12", "DE8912"),
            ("N° de compte : DE 89", "DE89"),
            ("IBANFR76 12", "FR7612"),
            ("I.B.A.N. FR76", "FR76"),
            ("RIB/IBAN : FR76", "FR76"),
            ("IBAN (FR) : FR76", "FR76"),
            ("N1 9GU", "N19GU"),
        ] {
            assert_eq!(compact(text, labels), read, "{text}");
        }
    }
}
