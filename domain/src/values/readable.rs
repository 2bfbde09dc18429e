//! What every text that is shown has in common: a reader sees what it says. Marks that turn the
//! reading direction, characters without a shape and letters that pass for others would make an
//! officer's page say something else than what is recorded (Unicode technical reports 36 and 39).

use super::Invalid;
use super::written::{category, is_invisible};
use icu_properties::CodePointSetData;
use icu_properties::props::{ExtendedPictographic, GeneralCategory};
use unicode_security::mixed_script::AugmentedScriptSet;

/// More marks than this on one letter are no language's.
const MARKS_MAX: usize = 4;
const JOINER: char = '\u{200d}';
const NON_JOINER: char = '\u{200c}';
const EMOJI_STYLE: char = '\u{fe0f}';

/// Whether each character can be seen for what it is. Control characters are judged elsewhere: some
/// texts have lines.
pub(super) fn check(text: &str) -> Result<(), Invalid> {
    if text.contains(['<', '>']) {
        return Err(Invalid::AngleBrackets);
    }
    let characters: Vec<char> = text.chars().collect();
    let at = |index: Option<usize>| index.and_then(|index| characters.get(index)).copied();
    let mut marks = 0;
    for (index, c) in characters.iter().copied().enumerate() {
        let (before, after) = (at(index.checked_sub(1)), at(index.checked_add(1)));
        if is_nothing(c) || (is_invisible(c) && !is_joint(c, before, after)) {
            return Err(Invalid::HiddenCharacters);
        }
        if is_dressed_up(c) {
            return Err(Invalid::LookAlikes);
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        let is_on_nothing = marks == 1
            && !before.is_some_and(|before| before.is_alphanumeric() || is_shape(before));
        if marks > MARKS_MAX || is_on_nothing {
            return Err(Invalid::LookAlikes);
        }
    }
    let is_part_of_word = |c: char| c.is_alphabetic() || is_mark(c);
    if text.split(|c| !is_part_of_word(c)).any(mixes_look_alikes) {
        return Err(Invalid::LookAlikes);
    }
    Ok(())
}

/// Characters that nobody has given a shape.
fn is_nothing(c: char) -> bool {
    matches!(category(c), GeneralCategory::PrivateUse | GeneralCategory::Unassigned)
}

/// Joiners belong to the spelling of scripts whose letters join, and of emoji.
fn is_joint(c: char, before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), after) = (before, after.unwrap_or(' ')) else { return false };
    match c {
        JOINER if is_pictograph(after) => is_pictograph(before) || before == EMOJI_STYLE,
        JOINER | NON_JOINER => joins(before) && joins(after),
        EMOJI_STYLE => is_pictograph(before) || matches!(before, '0'..='9' | '#' | '*'),
        _ => false,
    }
}

/// Letters and marks of the scripts from Arabic to Khmer, and of their extensions, that join.
fn joins(c: char) -> bool {
    let is_in_range = matches!(
        c,
        '\u{0600}'..='\u{08ff}' | '\u{0900}'..='\u{0dff}' | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{17ff}' | '\u{1800}'..='\u{18af}' | '\u{fb50}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefc}'
    );
    is_in_range && (c.is_alphabetic() || is_mark(c))
}

/// Mathematical letters, and letters in circles and squares: `𝐌𝐚𝐫𝐢𝐞` is not Marie.
fn is_dressed_up(c: char) -> bool {
    let is_mathematical = matches!(c, '\u{1d400}'..='\u{1d7ff}' | '\u{1ee00}'..='\u{1eeff}');
    let is_enclosed = matches!(
        c,
        '\u{249c}'..='\u{24e9}' | '\u{1f110}'..='\u{1f16f}' | '\u{1f170}'..='\u{1f189}'
    );
    let is_letterlike = matches!(
        c,
        'ℂ' | 'ℇ' | 'ℊ'..='ℓ' | 'ℕ' | '℘'..='ℝ' | 'ℤ' | 'ℨ' | 'ℬ' | 'ℭ' | 'ℯ'..='ℴ' | 'ℹ'
            | 'ℼ'..='⅀' | 'ⅅ'..='ⅉ'
    );
    is_mathematical || is_enclosed || is_letterlike
}

pub(super) fn is_mark(c: char) -> bool {
    matches!(
        category(c),
        GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark
    )
}

/// What an emoji's marks may stand on.
fn is_shape(c: char) -> bool {
    is_pictograph(c) || matches!(c, EMOJI_STYLE | JOINER | NON_JOINER | '#' | '*')
}

fn is_pictograph(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

/// A Latin word with a Cyrillic letter in it. Beside Chinese, Japanese and Korean characters, Latin
/// letters pass for nothing else.
fn mixes_look_alikes(word: &str) -> bool {
    let is_mixed = |word: &str| AugmentedScriptSet::for_str(word).is_empty();
    if !is_mixed(word) {
        return false;
    }
    let others: String = word.chars().filter(|c| !is_latin(*c)).collect();
    let scripts = AugmentedScriptSet::for_str(&others);
    !(scripts.hanb || scripts.jpan || scripts.kore)
}

fn is_latin(c: char) -> bool {
    use icu_properties::CodePointMapData;
    use icu_properties::props::Script;
    CodePointMapData::<Script>::new().get(c) == Script::Latin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_written_as_they_are() {
        for text in [
            "Zoé",
            "Ямада",
            "山田太郎",
            "ABC株式会社",
            "田中ホーム",
            "김철수",
            "علی‌رضا",
            "शर्मा",
            "क्‍ष",
            "שָׁלוֹם",
            "O’Neill",
            "5 µm",
            "1er étage",
            "Café & Fils",
            "© 2026",
            "Иван Smith",
            "Nguyễn",
            "👨‍👩‍👧 ❤️ 1️⃣",
            "İstanbul",
            "Ĳssel",
            "Москва-City",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_a_reader_cannot_see_is_refused() {
        for text in [
            "Atelier \u{202e}caL ud",
            "a\u{200b}b",
            "a\u{feff}",
            "a\u{ad}b",
            "\u{200f}a",
            "a\u{2066}b\u{2069}",
            "a\u{200d}b",
            "\u{e000}",
            "a\u{3164}b",
            "a\u{2800}b",
            "a\u{e0041}",
            "a\u{fe0f}b",
            "a\u{200c}b",
        ] {
            assert_eq!(check(text), Err(Invalid::HiddenCharacters), "{text:?}");
        }
    }

    #[test]
    fn what_passes_for_something_else_is_refused() {
        for text in [
            "P\u{430}ypal",
            "Αmazon",
            "𝐌𝐚𝐫𝐢𝐞",
            "ⓜarie",
            "ℳarie",
            "\u{301}a",
            "a \u{301}",
            "o\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
            "a\u{5b0}",
        ] {
            assert_eq!(check(text), Err(Invalid::LookAlikes), "{text:?}");
        }
        assert_eq!(check("<b>"), Err(Invalid::AngleBrackets));
    }
}
