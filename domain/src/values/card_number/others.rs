//! Numbers that people write beside each other and that are no cards: IBANs, telephones, SIRENs and
//! SIRETs, RIBs, dates and times.

use super::Group;
use crate::values::iban::rib_key_fits;
use crate::values::phone::is_dialled;
use crate::values::written::is_separator;
use crate::values::{Siren, Siret};
use std::ops::{Range, RangeInclusive};

/// The shortest IBAN of a country, and the longest of any.
const IBAN_LENGTHS: RangeInclusive<usize> = 15..=34;
/// The parts of a RIB, in digits: bank, branch, account and key.
const RIB: [usize; 4] = [5, 5, 11, 2];
/// The longest of the other numbers, in digits.
const LENGTH_MAX: usize = 15;

/// Where the IBAN ends that begins there: behind anything, even behind a word that it is glued to.
pub(super) fn iban_at(characters: &[char], start: usize) -> Option<usize> {
    let rest = characters.get(start..)?;
    let [country, of_country, check, ..] = rest else { return None };
    let begins = country.is_ascii_alphabetic() && of_country.is_ascii_alphabetic();
    if !begins || !check.is_ascii_digit() {
        return None;
    }
    let mut compact = String::new();
    let mut end = None;
    for (place, c) in rest.iter().enumerate().take(IBAN_LENGTHS.end() * 3) {
        if c.is_ascii_alphanumeric() {
            compact.push(c.to_ascii_uppercase());
            let ends_here = !rest.get(place + 1).is_some_and(|c| c.is_alphanumeric());
            let is_iban = || compact.parse::<iban::Iban>().is_ok();
            if ends_here && IBAN_LENGTHS.contains(&compact.len()) && is_iban() {
                end = Some(start + place + 1);
            }
        } else if c.is_alphanumeric() || compact.len() >= *IBAN_LENGTHS.end() {
            break;
        }
    }
    end
}

/// Which groups are part of another number.
pub(super) fn others_in(run: &[Group]) -> Vec<bool> {
    let mut found = vec![false; run.len()];
    let (mut start, mut is_free) = (0, true);
    while let Some(group) = run.get(start) {
        // In the middle of other digits, nothing of its own begins behind a space or a dot.
        let is_apart =
            group.gap.contains(|c: char| !is_separator(c) || matches!(c, ',' | '/' | '\n'));
        match end_of_other(run, start).filter(|_| is_free || is_apart) {
            Some(end) => {
                let taken = run.get(start..end).unwrap_or_default();
                let places = with_neighbours(run, start, end, is_company_or_telephone(taken));
                found.iter_mut().take(places.end).skip(places.start).for_each(|is| *is = true);
                (start, is_free) = (places.end, true);
            }
            None => {
                is_free &= is_postal_code(group);
                start += 1;
            }
        }
    }
    found
}

fn is_postal_code(group: &Group) -> bool {
    group.digits.len() == 5
}

fn is_year(group: &Group) -> bool {
    group.digits.len() == 4 && (group.digits.starts_with("19") || group.digits.starts_with("20"))
}

/// People write the place before or behind these.
fn is_company_or_telephone(groups: &[Group]) -> bool {
    let digits: String = groups.iter().map(|group| group.digits.as_str()).collect();
    is_siret(&digits) || is_telephone(groups, &digits)
}

/// The same number with the year beside it, or the postal code where one may be.
fn with_neighbours(run: &[Group], start: usize, end: usize, has_place: bool) -> Range<usize> {
    let is_neighbour = |group: &Group| is_year(group) || (has_place && is_postal_code(group));
    let before = start.checked_sub(1).and_then(|at| run.get(at)).is_some_and(is_neighbour);
    let behind = run.get(end).is_some_and(is_neighbour) && end_of_other(run, end).is_none();
    start - usize::from(before)..end + usize::from(behind)
}

/// The end of the longest other number that begins with that group; of a telephone number, if it may
/// be one.
fn end_of_other(run: &[Group], start: usize) -> Option<usize> {
    let groups = run.get(start..)?;
    if groups.get(..4).is_some_and(|four| is_rib(four) || is_place(four)) {
        return Some(start + 4);
    }
    let mut digits = String::new();
    let (mut telephone, mut other) = (None, None);
    for (count, group) in groups.iter().enumerate() {
        digits.push_str(&group.digits);
        if digits.len() > LENGTH_MAX || (count > 0 && !goes_on(&group.gap)) {
            break;
        }
        let taken = groups.get(..=count).unwrap_or_default();
        if is_telephone(taken, &digits) {
            telephone = Some(start + count + 1);
        } else if is_other(taken, &digits) {
            other = Some(start + count + 1);
        }
    }
    telephone.or(other)
}

/// Whether one number may go on behind this. A comma, a line or a dash between spaces ends it.
fn goes_on(gap: &str) -> bool {
    gap.chars().count() <= 2 && !gap.contains([',', ';', '|', '\n', '+'])
}

fn is_other(groups: &[Group], digits: &str) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|group| group.digits.len()).collect();
    match lengths.as_slice() {
        [9] | [3, 3, 3] if Siren::parse(digits).is_ok() => return true,
        _ if is_date(groups, &lengths) || is_time(groups, &lengths) => return true,
        _ => {}
    }
    is_siret(digits)
}

fn is_siret(digits: &str) -> bool {
    digits.len() == 14 && Siret::parse(digits).is_ok()
}

/// What follows the check digits of a French IBAN, as it is printed.
fn is_rib(groups: &[Group]) -> bool {
    let is_printed = groups.iter().map(|group| group.digits.len()).eq(RIB);
    let digits: String = groups.iter().map(|group| group.digits.as_str()).collect();
    is_printed && rib_key_fits(&digits)
}

/// Ten digits from a zero on, or a plus and what follows it.
fn is_telephone(groups: &[Group], digits: &str) -> bool {
    let has_plus = groups.first().is_some_and(|group| group.gap.ends_with('+'));
    if has_plus {
        return digits.len() >= 8 && is_dialled(&format!("+{digits}"));
    }
    match digits.as_bytes() {
        [b'0', b'0', b'1'..=b'9', ..] => digits.len() >= 10 && is_dialled(digits),
        [b'0', b'1'..=b'9', ..] => digits.len() == 10,
        _ => false,
    }
}

fn is_date(groups: &[Group], lengths: &[usize]) -> bool {
    let number = |at: usize| {
        groups.get(at).and_then(|group| group.digits.parse::<u32>().ok()).unwrap_or_default()
    };
    let is_year = |year| (1900..=2199).contains(&year);
    let is_day_and_month = |one, other| {
        (1..=31).contains(&one) && (1..=31).contains(&other) && (one <= 12 || other <= 12)
    };
    match lengths {
        [1 | 2, 1 | 2, 4] => is_day_and_month(number(0), number(1)) && is_year(number(2)),
        [4, 1 | 2, 1 | 2] => is_year(number(0)) && is_day_and_month(number(1), number(2)),
        _ => false,
    }
}

/// A latitude and a longitude with four decimals and more, as maps have them.
fn is_place(groups: &[Group]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|group| group.digits.len()).collect();
    let gap = |at: usize| groups.get(at).map_or("", |group| group.gap.as_str());
    matches!(lengths.as_slice(), [1..=2, 4..=9, 1..=3, 4..=9])
        && gap(1) == "."
        && gap(2).starts_with(',')
        && gap(3) == "."
}

fn is_time(groups: &[Group], lengths: &[usize]) -> bool {
    let has_colons = groups.iter().skip(1).all(|group| group.gap == ":");
    matches!(lengths, [1 | 2, 2] | [1 | 2, 2, 2]) && has_colons
}
