//! Finds what looks like a payment card number in free text (PCI DSS: none may be stored).

use super::luhn_is_valid;

/// The lengths of card numbers, by how they start (ISO/IEC 7812 ranges of the large schemes).
const RANGES: [(std::ops::RangeInclusive<u32>, &[usize]); 6] = [
    (4_000..=4_999, &[13, 16, 19]),
    (5_100..=5_599, &[16]),
    (2_221..=2_720, &[16]),
    (3_400..=3_499, &[15]),
    (3_700..=3_799, &[15]),
    (6_000..=6_999, &[16, 19]),
];

/// True if the text holds digits, perhaps separated by single spaces, dots or hyphens, among which
/// a number stands that starts like a card, is as long as one and passes Luhn. An expiry date or a
/// security code beside it does not hide it.
pub fn contains_card_number(text: &str) -> bool {
    let mut run = String::new();
    let mut is_separated = false;
    for c in text.chars().chain(std::iter::once('\n')) {
        match c {
            '0'..='9' => {
                run.push(c);
                is_separated = false;
            }
            ' ' | '-' | '.' | '\u{a0}' | '\u{202f}' if !is_separated => is_separated = true,
            _ => {
                if run_holds_card_number(&run) {
                    return true;
                }
                run.clear();
                is_separated = false;
            }
        }
    }
    false
}

fn run_holds_card_number(run: &str) -> bool {
    (0..run.len()).filter_map(|start| run.get(start..)).any(|rest| {
        let issuer: Option<u32> = rest.get(..4).and_then(|digits| digits.parse().ok());
        RANGES
            .iter()
            .filter(|(range, _)| issuer.is_some_and(|issuer| range.contains(&issuer)))
            .flat_map(|(_, lengths)| *lengths)
            .any(|length| rest.get(..*length).is_some_and(luhn_is_valid))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_numbers_are_found_however_they_are_written() {
        for text in [
            "4111111111111111",
            "my card is 4111 1111 1111 1111, thanks",
            "5555-5555-5555-4444",
            "378282246310005",
            "4111 1111 1111 1111 12/27",
            "4111111111111111 123",
            "commande 12 4111111111111111",
        ] {
            assert!(contains_card_number(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in [
            "SIRET 732 829 320 00074",
            "+33 6 12 34 56 78",
            "4111 1111 1111 1112",
            "55210055400013",
            "2026-11-23",
        ] {
            assert!(!contains_card_number(text), "{text}");
        }
    }
}
