//! The one reader of numbers: of telephones, companies, accounts, taxes and postal codes alike, what
//! a person sees is what is read. Numbers are pasted with the spaces, dashes, dots, invisible marks
//! and labels of wherever they stood before.

use super::folded;
use icu_properties::props::{Dash, DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;

const CATEGORY: icu_properties::CodePointMapDataBorrowed<'static, GeneralCategory> =
    CodePointMapData::<GeneralCategory>::new();

/// What may stand before any number: "n°", "No.", "numéro".
const LABELS_OF_ALL: &[&str] = &["n", "nr", "num", "numero", "number"];

/// The letters and digits of a number, upper case and in ASCII where they have such a form, without
/// what only serves reading and without a label in front. What else there is stays, to be refused.
pub(super) fn compact(text: &str, labels: &[&str]) -> String {
    let plain = plain(text);
    let is_visible = |c: &char| !is_separator(*c) && !is_invisible(*c);
    without_labels(&plain, labels).chars().filter(is_visible).collect::<String>().to_uppercase()
}

/// Every letter and digit in its usual form: `７`, `٧` and `𝟕` are all a 7.
fn plain(text: &str) -> String {
    let usual = text.chars().flat_map(|c| match (c, CATEGORY.get(c)) {
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

fn without_labels<'a>(text: &'a str, labels: &[&str]) -> &'a str {
    let is_between = |c: char| {
        is_separator(c) || is_invisible(c) || matches!(c, ':' | '=' | '#' | '°' | ';' | ',' | '|')
    };
    let mut rest = text.trim_matches(is_between);
    loop {
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let is_in_number = word.len() < 3 && behind.starts_with(|c: char| c.is_alphanumeric());
        let word = folded(word);
        // "N1 9GU" is a postal code, "N° 1" has a label.
        if is_in_number || !LABELS_OF_ALL.iter().chain(labels).any(|label| *label == word) {
            return rest;
        }
        rest = behind.trim_start_matches(is_between);
    }
}

/// Spaces, dashes and dots of every kind.
pub(super) fn is_separator(c: char) -> bool {
    CodePointSetData::new::<WhiteSpace>().contains(c)
        || is_dash(c)
        || matches!(c, '.' | '·' | '•' | '‧' | '∙' | '⋅' | '・')
}

pub(super) fn is_dash(c: char) -> bool {
    CodePointSetData::new::<Dash>().contains(c)
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
            assert_eq!(compact(text, &[]), "0123456789", "{text}");
        }
        assert_eq!(decimal('²'), None);
        assert_eq!(compact("7②", &[]), "7②");
    }

    #[test]
    fn what_only_serves_reading_is_taken_away() {
        for text in [
            "12 34",
            "12\u{a0}34",
            "12\u{202f}34",
            "12‑34",
            "12–34",
            "12−34",
            "12.34",
            "12·34",
            "\u{feff}12\u{200b}34",
            "\u{202a}12 34\u{202c}",
            "12\u{ad}34",
            " 12\t34\n",
            "SIREN : 1234",
            "N° siren 1234",
            "nº 1234",
            "№ 1234",
            "Numéro : 12-34",
        ] {
            assert_eq!(compact(text, &["siren"]), "1234", "{text:?}");
        }
        assert_eq!(compact("12/34", &[]), "12/34");
        assert_eq!(compact("siret 12", &["siren"]), "SIRET12");
        assert_eq!(compact("no93 12", &["iban"]), "NO9312");
    }
}
