//! Finds what looks like a payment card number in free text (PCI DSS 3.2.1: none may be stored),
//! however it is written, and leaves alone what is another number: an IBAN, a telephone, a SIRET.

mod others;
mod schemes;

use super::written::{decimal, is_invisible};
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use others::{iban_at, others_in};
use schemes::is_card;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;

/// The most signs between two groups of digits that are still one number; the same one several times
/// counts once.
const GAP_MAX: usize = 12;
const LENGTH_MAX: usize = 19;
/// Nothing goes on behind it.
const END: char = '\u{0}';

/// Digits that stand together, and what stands before them.
struct Group {
    gap: String,
    digits: String,
}

/// Groups with little between them.
type Run = Vec<Group>;

/// True if a number stands in the text that begins like a card, is as long as one and passes Luhn.
/// It is found in digits of every script, with anything but words between them, and beside an
/// expiry date or a security code. A part of a longer number is none.
pub fn contains_card_number(text: &str) -> bool {
    let usual = text.chars().flat_map(|c| shape(c).map_or_else(|| vec![c], |digit| vec![digit]));
    let characters: Vec<char> =
        usual.nfkc().filter(|c| !is_invisible(*c)).map(|c| decimal(c).unwrap_or(c)).collect();
    runs(&without_ibans(characters)).iter().any(holds_card_number)
}

/// The digit in a black circle, or in one of a printer's.
fn shape(c: char) -> Option<char> {
    let first = match c {
        '\u{2776}'..='\u{277e}' => 0x2776,
        '\u{2780}'..='\u{2788}' => 0x2780,
        '\u{278a}'..='\u{2792}' => 0x278a,
        '\u{24f5}'..='\u{24fd}' => 0x24f5,
        '\u{24ff}' => return Some('0'),
        _ => return None,
    };
    char::from_digit(u32::from(c) - first + 1, 10)
}

/// With an end in place of every valid IBAN.
fn without_ibans(mut characters: Vec<char>) -> Vec<char> {
    let mut at = 0;
    while at < characters.len() {
        match iban_at(&characters, at) {
            Some(end) => {
                characters.iter_mut().take(end).skip(at).for_each(|c| *c = END);
                at = end;
            }
            None => at += 1,
        }
    }
    characters
}

fn runs(characters: &[char]) -> Vec<Run> {
    let mut runs = vec![];
    let mut run: Run = vec![];
    let mut gap = String::new();
    let mut is_in_group = false;
    for (at, c) in characters.iter().enumerate() {
        if c.is_ascii_digit() {
            match run.last_mut().filter(|_| is_in_group) {
                Some(group) => group.digits.push(*c),
                None => {
                    run.push(Group { gap: std::mem::take(&mut gap), digits: c.to_string() });
                }
            }
            is_in_group = true;
            continue;
        }
        is_in_group = false;
        if !gap.ends_with(*c) {
            gap.push(*c);
        }
        let signs = gap.chars().filter(|c| !c.is_whitespace()).count();
        let ends = ends_number(characters, at) || signs > GAP_MAX;
        if ends {
            runs.extend(Some(std::mem::take(&mut run)).filter(|run| !run.is_empty()));
            gap.clear();
        }
    }
    runs.push(run);
    runs
}

/// Words and amounts end a number; the crosses that some write between its parts do not, nor does
/// anything that stands there without a space.
fn ends_number(characters: &[char], at: usize) -> bool {
    let c = characters.get(at).copied().unwrap_or(END);
    let beside = [at.checked_sub(1), at.checked_add(1)];
    let beside = beside.map(|at| at.and_then(|at| characters.get(at)).copied().unwrap_or(' '));
    let is_cross = matches!(c, 'x' | 'X' | '\u{445}' | '\u{425}' | '\u{3c7}')
        && !beside.iter().any(|c| c.is_alphabetic());
    let is_unit = c == '%'
        || CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::CurrencySymbol;
    let is_between_digits = beside.iter().all(char::is_ascii_digit);
    c == END || (is_unit && !is_between_digits) || (c.is_alphabetic() && !is_cross)
}

fn holds_card_number(run: &Run) -> bool {
    let others = others_in(run);
    // On its own, or beside its expiry and its code, a number is one however its digits are grouped.
    let is_own = |part: Range<usize>| {
        let groups = run.get(part.clone()).unwrap_or_default();
        let digits: String = groups.iter().map(|group| group.digits.as_str()).collect();
        is_card(&digits) && others.get(part).unwrap_or_default().contains(&false)
    };
    if parts_beside_expiry(run).into_iter().any(is_own) {
        return true;
    }
    (0..run.len()).any(|start| {
        let (mut digits, mut is_apart) = (String::new(), true);
        for (end, (group, is_other)) in run.iter().zip(&others).enumerate().skip(start) {
            digits.push_str(&group.digits);
            is_apart &= !is_other;
            if digits.len() > LENGTH_MAX {
                return false;
            }
            let groups = run.get(start..=end).unwrap_or_default();
            let is_likely = is_apart || is_printed_as_card(groups);
            if is_card(&digits) && is_likely && is_written_as_card(groups) {
                return true;
            }
        }
        false
    })
}

/// The whole run, and what is left of it without what stands beside a card's number: `12/27`, `12/2027`
/// and a code of three or four digits.
fn parts_beside_expiry(run: &Run) -> Vec<Range<usize>> {
    let lengths: Vec<usize> = run.iter().map(|group| group.digits.len()).collect();
    let mut parts: Vec<Range<usize>> = std::iter::once(0..run.len()).collect();
    for beside in [&[2, 2][..], &[2, 4], &[3], &[2, 2, 3], &[2, 2, 4], &[2, 4, 3], &[3, 2, 2]] {
        if lengths.ends_with(beside) {
            parts.push(0..run.len() - beside.len());
        }
        if lengths.starts_with(beside) {
            parts.push(beside.len()..run.len());
        }
    }
    parts
}

/// As it stands on most of them: four fours.
fn is_printed_as_card(groups: &[Group]) -> bool {
    groups.len() == 4 && groups.iter().all(|group| group.digits.len() == 4)
}

/// Beside other digits: in one piece; in fours and their multiples; in pieces of one length, the last
/// one perhaps shorter; or as American Express, Diners Club and UnionPay print them. With the same
/// between all of them.
fn is_written_as_card(groups: &[Group]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|group| group.digits.len()).collect();
    let is_grouped = match lengths.as_slice() {
        [_] | [4, 6, 4 | 5] | [6, 9 | 10 | 13] => true,
        [middle @ .., last] => {
            let first = middle.first().unwrap_or(last);
            let is_even = middle.iter().all(|length| length == first) && last <= first;
            let is_of_fours = middle.iter().all(|length| length.is_multiple_of(4));
            (is_even && *first != 3 && *first != 5) || is_of_fours
        }
        [] => false,
    };
    let mut gaps = groups.iter().skip(1).map(|group| group.gap.as_str());
    let first = gaps.next();
    is_grouped && gaps.all(|gap| Some(gap) == first)
}
