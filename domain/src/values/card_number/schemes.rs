//! How card numbers begin and how long they are (ISO/IEC 7812; the schemes' own tables).

use crate::values::luhn_is_valid;
use std::ops::RangeInclusive;

/// A range of first six digits, and the lengths of its numbers.
type Range = (RangeInclusive<u32>, &'static [usize]);

const LONG: &[usize] = &[16, 17, 18, 19];

/// Cartes Bancaires, Elo, Troy and the like lie in the ranges of others.
const RANGES: &[Range] = &[
    // Visa.
    (400_000..=499_999, &[13, 16, 18, 19]),
    // Mastercard, and Diners Club in North America.
    (510_000..=559_999, &[16]),
    (222_100..=272_099, &[16]),
    // American Express.
    (340_000..=349_999, &[15]),
    (370_000..=379_999, &[15]),
    // Diners Club.
    (300_000..=305_999, &[14, 16, 17, 18, 19]),
    (309_500..=309_599, &[14, 16, 17, 18, 19]),
    (360_000..=369_999, &[14, 16, 17, 18, 19]),
    (380_000..=399_999, &[14, 16, 17, 18, 19]),
    // JCB.
    (352_800..=358_999, LONG),
    (180_000..=180_099, &[15]),
    (213_100..=213_199, &[15]),
    // Mir.
    (220_000..=220_499, LONG),
    // Maestro, Discover, UnionPay, Verve, Hipercard, Bancontact.
    (500_000..=509_999, LONG),
    (560_000..=699_999, LONG),
    // Maestro's short ones.
    (501_800..=501_899, &[12, 13, 14, 15]),
    (502_000..=502_099, &[12, 13, 14, 15]),
    (503_800..=503_899, &[12, 13, 14, 15]),
    (589_300..=589_399, &[12, 13, 14, 15]),
    (630_400..=630_499, &[12, 13, 14, 15]),
    (675_900..=675_999, &[12, 13, 14, 15]),
    (676_100..=676_399, &[12, 13, 14, 15]),
    // UnionPay and RuPay, Troy, Uzcard, Humo.
    (810_000..=829_999, LONG),
    (860_000..=860_099, &[16]),
    (979_200..=979_299, &[16]),
    (986_000..=986_099, &[16]),
];

pub(super) fn is_card(digits: &str) -> bool {
    let issuer: Option<u32> = digits.get(..6).and_then(|digits| digits.parse().ok());
    let is_of = |(range, lengths): &Range| {
        issuer.is_some_and(|issuer| range.contains(&issuer)) && lengths.contains(&digits.len())
    };
    RANGES.iter().any(is_of) && luhn_is_valid(digits)
}
