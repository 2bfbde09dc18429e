//! Finds what looks like a payment card number in free text (PCI DSS: none may be stored).

use super::luhn_is_valid;

const LENGTH_MIN: usize = 13;
const LENGTH_MAX: usize = 19;

/// True if the text holds 13 to 19 digits, perhaps separated by single spaces, dots or hyphens,
/// that pass Luhn and start like a card (2 to 6).
pub fn contains_card_number(text: &str) -> bool {
    let mut run = String::new();
    let mut separators = 0;
    for c in text.chars().chain(std::iter::once('\n')) {
        match c {
            '0'..='9' => {
                run.push(c);
                separators = 0;
            }
            ' ' | '-' | '.' | '\u{a0}' | '\u{202f}' if separators == 0 => separators = 1,
            _ => {
                if run_holds_card_number(&run) {
                    return true;
                }
                run.clear();
                separators = 0;
            }
        }
    }
    false
}

fn run_holds_card_number(run: &str) -> bool {
    (0..run.len()).any(|start| {
        (LENGTH_MIN..=LENGTH_MAX).any(|length| {
            run.get(start..start + length).is_some_and(|candidate| {
                candidate.starts_with(['2', '3', '4', '5', '6']) && luhn_is_valid(candidate)
            }) && (run.len() == length || run.len() > LENGTH_MAX)
        })
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
        ] {
            assert!(contains_card_number(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in
            ["SIRET 732 829 320 00074", "+33 6 12 34 56 78", "4111 1111 1111 1112", "2026-11-23"]
        {
            assert!(!contains_card_number(text), "{text}");
        }
    }
}
