//! What stands on a RIB: the IBANs, and whose account it is.

use super::apart;
use domain::bank_account::{Comparison, Reading, compare_holders, compare_ibans};
use domain::client_file::PayoutAccount;
use domain::values::{Iban, LegalName};
use std::io;
use store::Bytes;

/// The shortest and the longest IBAN of the SEPA countries.
const IBAN_LENGTHS: std::ops::RangeInclusive<usize> = 15..=33;
/// How many places are looked at where one may begin, and how many are of interest.
const BEGINNINGS_MAX: usize = 500;
const IBANS_MAX: usize = 8;
/// An IBAN in so many columns is one.
const COLUMNS_MAX: usize = 9;
/// What stands before the holder's name.
const LABELS: [&str; 5] =
    ["titulaire du compte", "titulaire", "account holder", "intitule du compte", "account owner"];

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

/// The IBANs that stand there: in one line, or in columns that follow one another.
fn ibans(lines: &[String]) -> Vec<Iban> {
    let (mut found, mut beginnings) = (vec![], 0);
    for place in 0..lines.len() {
        let run: Vec<&[String]> =
            lines.get(place..).unwrap_or_default().chunks(COLUMNS_MAX).collect();
        let Some((first, rest)) = run.first().and_then(|run| run.split_first()) else { continue };
        let compact =
            |line: &String| line.chars().filter(char::is_ascii_alphanumeric).collect::<Vec<_>>();
        let own = compact(first);
        let following: Vec<char> =
            rest.iter().flat_map(compact).take(*IBAN_LENGTHS.end()).collect();
        let all: Vec<char> = own.iter().copied().chain(following).collect();
        for start in 0..own.len() {
            let is_beginning = matches!(
                all.get(start..),
                Some([a, b, c, d, ..]) if a.is_ascii_uppercase() && b.is_ascii_uppercase()
                    && c.is_ascii_digit() && d.is_ascii_digit()
            );
            if !is_beginning {
                continue;
            }
            beginnings += 1;
            if beginnings > BEGINNINGS_MAX || found.len() >= IBANS_MAX {
                return found;
            }
            let iban = all.get(start..).and_then(iban_at);
            found.extend(iban.filter(|iban| !found.contains(iban)));
        }
    }
    found
}

/// The IBAN with which some letters begin.
fn iban_at(letters: &[char]) -> Option<Iban> {
    IBAN_LENGTHS.rev().find_map(|length| {
        let text: String = letters.get(..length)?.iter().collect();
        Iban::parse(&text).ok()
    })
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

/// The rest of the line, behind as many words as the label has.
fn without_label(line: &str) -> &str {
    let Some(label) = label_of(line) else { return line };
    let mut rest = line;
    for _ in label.split(' ') {
        rest = rest.trim_start().trim_start_matches(|c: char| !c.is_whitespace() && c != ':');
    }
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
            (
                &["IBAN", "FR76", "3000", "6000", "0112", "3456", "7890", "189", "BIC AGRIFRPP"],
                (Match, iban.clone(), Unreadable, None),
            ),
            (
                &["FR76 3000 6000 0112 3456 7890 189", "DE89 3704 0044 0532 0130 00"],
                (Close, name("DE89370400440532013000"), Unreadable, None),
            ),
            (
                &["Intitule\u{301} du compte: Atelier du Canal", "Nom de l'agence : Paris"],
                (Unreadable, None, Match, name("Atelier du Canal")),
            ),
            (&["Relevé d'identité bancaire"], (Unreadable, None, Unreadable, None)),
            (&[], (Unreadable, None, Unreadable, None)),
        ] {
            assert_eq!(compared(lines), expected, "{lines:?}");
        }
    }
}
