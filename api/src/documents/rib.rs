//! What stands on a RIB: the IBANs, and whose account it is.

use super::apart;
use domain::bank_account::{Comparison, Reading, compare_holders, compare_ibans};
use domain::client_file::PayoutAccount;
use domain::values::{Iban, LegalName};
use std::io;
use store::Bytes;

/// The shortest and the longest IBAN of the SEPA countries.
const IBAN_LENGTHS: std::ops::RangeInclusive<usize> = 15..=33;
/// What stands before the holder's name.
const LABELS: [&str; 6] = [
    "titulaire du compte",
    "titulaire",
    "account holder",
    "intitule du compte",
    "account owner",
    "nom",
];

/// Reads a PDF that was looked into before. `is_apart`: by a process of its own.
pub fn read(file: &Bytes, is_apart: bool, declared: &PayoutAccount) -> io::Result<Reading> {
    let lines = if is_apart { apart::lines_apart(file)? } else { apart::lines(file) };
    Ok(compare(&lines, declared))
}

fn compare(lines: &[String], declared: &PayoutAccount) -> Reading {
    if lines.is_empty() {
        return Reading::UNREADABLE;
    }
    let (iban, read_iban) = compare_ibans(&declared.iban, &ibans(lines));
    let (holder, read_holder) = holder(lines, declared.holder.as_str());
    Reading { iban, read_iban, holder, read_holder }
}

/// Every IBAN that stands there, in the order in which they do.
fn ibans(lines: &[String]) -> Vec<Iban> {
    let mut found = vec![];
    // An IBAN in several columns is one.
    let joined: Vec<String> = lines.windows(2).map(|two| two.concat()).collect();
    for line in lines.iter().chain(&joined) {
        let compact: Vec<char> = line.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        for start in 0..compact.len() {
            let at = |place: usize| compact.get(start + place).copied().unwrap_or(' ');
            let begins = at(0).is_ascii_uppercase()
                && at(1).is_ascii_uppercase()
                && at(2).is_ascii_digit()
                && at(3).is_ascii_digit();
            if !begins {
                continue;
            }
            let fits = |length| {
                let text: String = compact.get(start..start + length)?.iter().collect();
                Iban::parse(&text).ok()
            };
            if let Some(iban) = IBAN_LENGTHS.rev().find_map(fits)
                && !found.contains(&iban)
            {
                found.push(iban);
            }
        }
    }
    found
}

/// The line that is most like the declared name; where none is, the one that is said to be the holder.
fn holder(lines: &[String], declared: &str) -> (Comparison, Option<LegalName>) {
    let name = |line: &str| LegalName::parse(without_label(line)).ok();
    for wanted in [Comparison::Match, Comparison::Close] {
        let is_it = |line: &&String| compare_holders(declared, without_label(line)) == wanted;
        if let Some(line) = lines.iter().find(is_it) {
            return (wanted, name(line));
        }
    }
    match labelled(lines) {
        Some(line) => (Comparison::Differs, name(line)),
        None => (Comparison::Unreadable, None),
    }
}

/// What stands behind a label, or in the line below it.
fn labelled(lines: &[String]) -> Option<&str> {
    let place = lines.iter().position(|line| label_of(line).is_some())?;
    let line = lines.get(place)?;
    let rest = without_label(line);
    if rest.is_empty() { lines.get(place + 1).map(String::as_str) } else { Some(rest) }
}

fn label_of(line: &str) -> Option<&'static str> {
    let folded = domain::values::folded(line);
    LABELS.into_iter().find(|label| {
        let rest = folded.strip_prefix(label);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })
}

fn without_label(line: &str) -> &str {
    let Some(label) = label_of(line) else { return line };
    let start = line.char_indices().nth(label.chars().count()).map_or(line.len(), |(at, _)| at);
    let rest = line.get(start..).unwrap_or_default();
    rest.trim_start_matches(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Comparison::{Close, Differs, Match, Unreadable};

    const IBAN: &str = "FR7630006000011234567890189";

    fn declared() -> PayoutAccount {
        PayoutAccount {
            iban: Iban::parse(IBAN).unwrap(),
            holder: LegalName::parse("Atelier du Canal").unwrap(),
        }
    }

    fn compared(lines: &[&str]) -> (Comparison, Option<String>, Comparison, Option<String>) {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let reading = compare(&lines, &declared());
        let text = |name: LegalName| name.as_str().to_owned();
        let iban = reading.read_iban.map(|iban| iban.as_str().to_owned());
        (reading.iban, iban, reading.holder, reading.read_holder.map(text))
    }

    #[test]
    fn a_rib_is_compared_with_what_was_declared() {
        let iban = Some(IBAN.to_owned());
        let name = |text: &str| Some(text.to_owned());
        for (lines, expected) in [
            (
                &["IBAN", "FR76 3000 6000 0112 3456 7890 189", "ATELIER DU CANAL"][..],
                (Match, iban.clone(), Match, name("ATELIER DU CANAL")),
            ),
            (
                &[
                    "IBAN : FR76 3000 6000 0112",
                    "3456 7890 189",
                    "Titulaire : SARL Atelier du Canl",
                ],
                (Match, iban.clone(), Close, name("SARL Atelier du Canl")),
            ),
            (
                &["Titulaire du compte", "GARAGE DES LILAS", "IBAN DE89 3704 0044 0532 0130 00"],
                (Differs, name("DE89370400440532013000"), Differs, name("GARAGE DES LILAS")),
            ),
            (
                &["Intitulé du compte : GARAGE DES LILAS"],
                (Unreadable, None, Differs, name("GARAGE DES LILAS")),
            ),
            (&["Relevé d'identité bancaire"], (Unreadable, None, Unreadable, None)),
            (&[], (Unreadable, None, Unreadable, None)),
        ] {
            assert_eq!(compared(lines), expected, "{lines:?}");
        }
    }
}
