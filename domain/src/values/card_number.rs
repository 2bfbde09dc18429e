//! Finds what looks like a payment card number in free text (PCI DSS 3.2.1: none may be stored),
//! however it is written, and leaves alone what is another number: an IBAN, a telephone, a SIRET.

use super::phone::is_dialled;
use super::written::{decimal, is_invisible, is_separator};
use super::{Siret, luhn_is_valid};
use unicode_normalization::UnicodeNormalization;

/// How numbers of the schemes begin, by their first six digits, and how long they are (ISO/IEC 7812;
/// the schemes' own tables). Cartes Bancaires, Elo, RuPay, Troy and the like lie in these ranges.
const RANGES: [(std::ops::RangeInclusive<u32>, std::ops::RangeInclusive<usize>); 13] = [
    // Visa.
    (400_000..=499_999, 13..=19),
    // Mastercard, and Diners Club in North America.
    (510_000..=559_999, 16..=16),
    (222_100..=272_099, 16..=16),
    // American Express.
    (340_000..=349_999, 15..=15),
    (370_000..=379_999, 15..=15),
    // Diners Club.
    (300_000..=305_999, 14..=19),
    (309_500..=309_599, 14..=19),
    (360_000..=369_999, 14..=19),
    (380_000..=399_999, 14..=19),
    // JCB.
    (352_800..=358_999, 16..=19),
    // Mir.
    (220_000..=220_499, 16..=19),
    // Maestro, Discover, UnionPay, Verve, Hipercard.
    (500_000..=509_999, 12..=19),
    (560_000..=699_999, 12..=19),
];
/// UnionPay and RuPay, Troy.
const MORE_RANGES: [(std::ops::RangeInclusive<u32>, std::ops::RangeInclusive<usize>); 2] =
    [(810_000..=829_999, 16..=19), (979_200..=979_299, 16..=16)];

/// The most characters between two groups of digits that are still one number.
const GAP_MAX: usize = 8;
const LENGTH_MIN: usize = 12;
const LENGTH_MAX: usize = 19;
/// The longest IBAN of a country, and of any.
const IBAN_LENGTHS: std::ops::RangeInclusive<usize> = 15..=34;

/// True if a number stands in the text that begins like a card, is as long as one and passes Luhn.
/// It is found in digits of every script, with anything but letters between them, and beside an
/// expiry date or a security code. A part of a longer number is none.
pub fn contains_card_number(text: &str) -> bool {
    let characters: Vec<char> =
        text.nfkc().filter(|c| !is_invisible(*c)).map(|c| decimal(c).unwrap_or(c)).collect();
    runs(&without_ibans(characters)).iter().any(run_holds_card_number)
}

/// With every valid IBAN replaced by letters.
fn without_ibans(mut characters: Vec<char>) -> Vec<char> {
    let mut at = 0;
    while at < characters.len() {
        let is_start = at == 0 || !characters.get(at - 1).is_some_and(|c| c.is_alphanumeric());
        match is_start.then(|| iban_at(&characters, at)).flatten() {
            Some(end) => {
                characters.iter_mut().take(end).skip(at).for_each(|c| *c = 'x');
                at = end;
            }
            None => at += 1,
        }
    }
    characters
}

/// Where the IBAN ends that begins there.
fn iban_at(characters: &[char], start: usize) -> Option<usize> {
    let rest = characters.get(start..)?;
    let begins = |place: usize, is: fn(&char) -> bool| rest.get(place).is_some_and(is);
    let has_country = begins(0, char::is_ascii_alphabetic) && begins(1, char::is_ascii_alphabetic);
    if !has_country {
        return None;
    }
    let mut compact = String::new();
    let mut end = None;
    for (place, c) in rest.iter().enumerate().take(IBAN_LENGTHS.end() * 3) {
        if c.is_ascii_alphanumeric() {
            compact.push(c.to_ascii_uppercase());
            let ends_here = !rest.get(place + 1).is_some_and(|c| c.is_alphanumeric());
            if ends_here
                && IBAN_LENGTHS.contains(&compact.len())
                && compact.parse::<iban::Iban>().is_ok()
            {
                end = Some(start + place + 1);
            }
        } else if c.is_alphanumeric() || compact.len() >= *IBAN_LENGTHS.end() {
            break;
        }
    }
    end
}

/// A run: groups of digits with little between them, and what stands before each.
type Run = Vec<(String, String)>;

fn runs(characters: &[char]) -> Vec<Run> {
    let mut runs = vec![];
    let mut run: Run = vec![];
    let mut gap = String::new();
    let mut is_in_group = false;
    for c in characters {
        if c.is_ascii_digit() {
            match run.last_mut().filter(|_| is_in_group) {
                Some((_, group)) => group.push(*c),
                None => run.push((std::mem::take(&mut gap), c.to_string())),
            }
            is_in_group = true;
            continue;
        }
        if is_in_group {
            gap.clear();
        }
        is_in_group = false;
        gap.push(*c);
        if c.is_alphabetic() || gap.chars().count() > GAP_MAX {
            runs.extend(Some(std::mem::take(&mut run)).filter(|run| !run.is_empty()));
        }
        if c.is_alphabetic() {
            gap.clear();
        }
    }
    runs.push(run);
    runs
}

fn run_holds_card_number(run: &Run) -> bool {
    let all: String = run.iter().map(|(_, digits)| digits.as_str()).collect();
    // On its own, a number is one however its digits are grouped.
    if is_card(&all) && !is_another(run, &all) {
        return true;
    }
    let phones = telephones(run);
    (0..run.len()).any(|start| {
        let mut digits = String::new();
        let rest = run.iter().zip(&phones).enumerate().skip(start);
        for (end, ((_, group), is_phone)) in rest {
            digits.push_str(group);
            if *is_phone || digits.len() > LENGTH_MAX {
                return false;
            }
            let groups = run.get(start..=end).unwrap_or_default();
            if is_card(&digits) && is_grouped_as_card(groups) && !is_another(groups, &digits) {
                return true;
            }
        }
        false
    })
}

fn is_card(digits: &str) -> bool {
    let issuer: Option<u32> = digits.get(..6).and_then(|digits| digits.parse().ok());
    let begins = |issuer: u32| {
        let mut ranges = RANGES.iter().chain(&MORE_RANGES);
        ranges.any(|(range, lengths)| range.contains(&issuer) && lengths.contains(&digits.len()))
    };
    (LENGTH_MIN..=LENGTH_MAX).contains(&digits.len())
        && issuer.is_some_and(begins)
        && luhn_is_valid(digits)
}

/// A SIRET, or a telephone with its country code.
fn is_another(groups: &[(String, String)], digits: &str) -> bool {
    let before = groups.first().map_or("", |(gap, _)| gap.as_str());
    Siret::parse(digits).is_ok()
        || (before.ends_with(['+', '＋']) && is_dialled(&format!("+{digits}")))
}

/// One piece; fours; pieces of one length, the last one perhaps shorter; or as American Express,
/// Diners Club and UnionPay print them.
fn is_grouped_as_card(groups: &[(String, String)]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|(_, digits)| digits.len()).collect();
    match lengths.as_slice() {
        [_] | [4, 6, 4 | 5] | [6, 13] => true,
        [first, middle @ .., last] => middle.iter().all(|length| length == first) && last <= first,
        [] => false,
    }
}

/// Which groups are part of a telephone number: ten digits from a zero on, or a plus and what
/// follows it.
fn telephones(run: &Run) -> Vec<bool> {
    let mut found = vec![false; run.len()];
    let (mut start, mut may_begin) = (0, true);
    while let Some((gap, _)) = run.get(start) {
        // In the middle of other digits, a zero begins nothing.
        let is_apart = gap.contains(|c: char| !is_separator(c)) || gap.contains('\n');
        match telephone_at(run, start).filter(|_| may_begin || is_apart) {
            Some(end) => {
                found.iter_mut().take(end).skip(start).for_each(|is_phone| *is_phone = true);
                (start, may_begin) = (end, true);
            }
            None => (start, may_begin) = (start + 1, false),
        }
    }
    found
}

/// The end of the longest telephone number that begins with that group.
fn telephone_at(run: &Run, start: usize) -> Option<usize> {
    let (gap, first) = run.get(start)?;
    let mut number = String::new();
    if gap.ends_with(['+', '＋']) {
        number.push('+');
    } else if !first.starts_with('0') {
        return None;
    }
    let mut longest = None;
    for (end, (_, group)) in run.iter().enumerate().skip(start) {
        number.push_str(group);
        if number.len() > LENGTH_MAX {
            break;
        }
        let is_national =
            number.len() == 10 && !number.starts_with(['+']) && !number.starts_with("00");
        if is_national || (number.len() >= 8 && is_dialled(&number)) {
            longest = Some(end + 1);
        }
    }
    longest
}
