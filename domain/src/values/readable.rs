//! What every text that is shown has in common: a reader sees what it says. Marks that turn the
//! reading direction, characters without a shape and letters that pass for others would make an
//! officer's page say something else than what is recorded (Unicode technical reports 36 and 39).

use super::Invalid;
use super::written::{category, is_invisible};
use icu_properties::props::{
    CanonicalCombiningClass, ExtendedPictographic, GeneralCategory, Script,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;
use unicode_security::is_potential_mixed_script_confusable_char;
use unicode_security::mixed_script::AugmentedScriptSet;

/// More marks than this on one letter are no language's.
const MARKS_MAX: usize = 4;
const JOINER: char = '\u{200d}';
const NON_JOINER: char = '\u{200c}';
const TEXT_STYLE: char = '\u{fe0e}';
const EMOJI_STYLE: char = '\u{fe0f}';

/// NFC, with wide letters, ligatures and Roman numerals as the letters that they are seen as. Small
/// and raised letters say something of their own, as in "2ᵉ" and "m²".
pub(super) fn usual(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{ff01}'..='\u{ffee}' | '\u{fb00}'..='\u{fb06}' | '\u{2160}'..='\u{217f}' => {
            std::iter::once(c).nfkc().collect::<String>()
        }
        _ => c.to_string(),
    };
    text.chars().map(plain).collect::<String>().nfc().collect()
}

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
        let before = at(index.checked_sub(1)).unwrap_or(' ');
        let after = at(index.checked_add(1)).unwrap_or(' ');
        if is_nothing(c) || (is_invisible(c) && !is_joint(c, before, after)) {
            return Err(Invalid::HiddenCharacters);
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        let is_on_nothing = marks == 1 && !(before.is_alphanumeric() || is_shape(before));
        let is_dressed_up = is_dressed_up(c) && !matches!(after, TEXT_STYLE | EMOJI_STYLE);
        if is_dressed_up || marks > MARKS_MAX || is_on_nothing {
            return Err(Invalid::LookAlikes);
        }
    }
    // An apostrophe or a digit ends no word: the letters beside it are read as one with it.
    let is_part_of_word = |c: char| c.is_alphanumeric() || is_mark(c) || matches!(c, '\'' | '’');
    text.split(|c| !is_part_of_word(c)).try_for_each(check_word)
}

/// Whether a word is of one alphabet, or of several that nobody takes for one another.
pub(super) fn check_word(word: &str) -> Result<(), Invalid> {
    if mixes_look_alikes(word) || is_small_capitals(word) || word.chars().any(is_of_double) {
        return Err(Invalid::LookAlikes);
    }
    Ok(())
}

/// Characters that nobody has given a shape.
fn is_nothing(c: char) -> bool {
    matches!(category(c), GeneralCategory::PrivateUse | GeneralCategory::Unassigned)
}

pub(super) fn is_joiner(c: char) -> bool {
    matches!(c, JOINER | NON_JOINER) || is_ideographic_variant(c) || is_mongolian_variant(c)
}

fn is_mongolian_variant(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180f}')
}

/// Joiners belong to the spelling of scripts whose letters join, and of emoji; variants to that of
/// Chinese characters.
fn is_joint(c: char, before: char, after: char) -> bool {
    match c {
        JOINER if is_pictograph(after) => is_pictograph(before) || is_style(before),
        // Behind the mark that takes a vowel away, it shapes the letter before it.
        JOINER | NON_JOINER => joins(before) && (joins(after) || is_virama(before)),
        TEXT_STYLE | EMOJI_STYLE => {
            is_pictograph(before) || matches!(before, '0'..='9' | '#' | '*')
        }
        // The flags of England and Scotland.
        '\u{e0020}'..='\u{e007f}' => before == '🏴' || matches!(before, '\u{e0020}'..='\u{e007e}'),
        _ if is_mongolian_variant(c) => script(before) == Script::Mongolian,
        _ => is_ideographic_variant(c) && script(before) == Script::Han,
    }
}

fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

fn is_ideographic_variant(c: char) -> bool {
    matches!(c, '\u{e0100}'..='\u{e01ef}')
}

/// The colour of a skin, or how an emoji is drawn.
fn is_style(c: char) -> bool {
    matches!(c, EMOJI_STYLE | '\u{1f3fb}'..='\u{1f3ff}')
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

/// Letters of phonetic alphabets that draw whole words as if they were others: `ᴍᴀʀɪᴇ`.
fn is_small_capitals(word: &str) -> bool {
    let is_phonetic = |c: char| matches!(c, '\u{250}'..='\u{2af}' | '\u{1d00}'..='\u{1dbf}');
    // Small raised ones stand behind a number, as in "3ᵉᵐᵉ".
    let draws = |c: &char| matches!(c, '\u{1d00}'..='\u{1d42}' | '\u{1d62}'..='\u{1dbf}');
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    word.chars().filter(draws).count() > 1 && letters.all(is_phonetic)
}

/// Alphabets whose letters are drawn as Latin ones are.
fn is_of_double(c: char) -> bool {
    matches!(script(c), Script::Lisu | Script::Cherokee)
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
    is_pictograph(c) || is_style(c) || is_joiner(c) || matches!(c, TEXT_STYLE | '#' | '*')
}

fn is_pictograph(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
        || matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// A Latin word with a Cyrillic letter in it that passes for a Latin one. Beside Chinese, Japanese
/// and Korean characters, Latin letters pass for nothing else, nor does the Ω of "10 kΩ".
fn mixes_look_alikes(word: &str) -> bool {
    if !AugmentedScriptSet::for_str(word).is_empty() {
        return false;
    }
    let others: String = word.chars().filter(|c| script(*c) != Script::Latin).collect();
    let scripts = AugmentedScriptSet::for_str(&others);
    let is_beside_latin = scripts.hanb || scripts.jpan || scripts.kore;
    let is_sign_of_unit = |c: char| matches!(c, 'Ω' | 'μ' | 'Δ' | 'λ' | 'π' | 'σ' | 'θ' | 'φ');
    let foreign = others.chars().filter(|c| !is_of_all(*c) && !is_sign_of_unit(*c));
    !is_beside_latin
        && (foreign.clone().any(is_potential_mixed_script_confusable_char) || foreign.count() > 1)
}

fn is_of_all(c: char) -> bool {
    matches!(script(c), Script::Common | Script::Inherited)
}

fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
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
            "ജോണ്\u{200d}",
            "সরিত্\u{200d}",
            "葛\u{e0100}城",
            "שָׁלוֹם",
            "O’Neill",
            "5 µm",
            "5 μm",
            "10 kΩ",
            "3ᵉᵐᵉ étage",
            "2ᵈᵉ",
            "ᠬᠠᠮᠢᠭ\u{180b}ᠠ",
            "ᠨᠠᠷ\u{180e}ᠠ",
            "Δt",
            "1er étage",
            "2ᵉ",
            "Mᵐᵉ",
            "Café & Fils",
            "© 2026",
            "Иван Smith",
            "Nguyễn",
            "İstanbul",
            "Ĳssel",
            "Москва-City",
            "ƁƊɛɔ",
            "👨‍👩‍👧 ❤️ 1️⃣",
            "👩🏽‍💻",
            "🙋🏾‍♀️",
            "✔︎",
            "ℹ️ 🅿️ Ⓜ️",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
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
            "a\u{e0100}",
            "ജോ\u{200c}",
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
            "\u{41e}’Neill",
            "\u{41e}'Tacos",
            "U2\u{41e}",
            "ᴍᴀʀɪᴇ",
            "ᴹᴬᴿᴵᴱ",
            "ꓟꓮꓣꓲꓰ",
            "ᎷᎪᎡᎥᎬ",
        ] {
            assert_eq!(check(text), Err(Invalid::LookAlikes), "{text:?}");
        }
        assert_eq!(check("<b>"), Err(Invalid::AngleBrackets));
    }

    #[test]
    fn letters_are_kept_as_they_are_seen() {
        for (text, kept) in
            [("Ｍａｒｉｅ", "Marie"), ("Soﬁa", "Sofia"), ("Ⅿartin", "Martin"), ("ｼﾞｬﾝ", "ジャン")]
        {
            assert_eq!(usual(text), kept);
        }
        assert_eq!(usual("2ᵉ m² Mª"), "2ᵉ m² Mª");
    }
}
