//! The sentences of the history, in both languages: one for the golden fixture of each event, with and
//! without its personal data, printed into `docs/reference/history.md`.
//!
//! `UPDATE_FIXTURES=1 cargo test -p projections --test history` writes the page.
#![allow(clippy::unwrap_used, reason = "a test may give up")]

use domain::{Event, Personal};
use projections::views::account_ledger::{Names, Sentence, for_any, for_merchant};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use store::codec::{self, Opens};

const MERCHANT: &str = "merchant";
const STAFF: &str = "staff";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Personal sets before sealing, by name.
#[derive(Default)]
struct Sets(BTreeMap<String, Vec<u8>>);

impl Opens for Sets {
    fn open(&self, set: &str) -> Personal<Vec<u8>> {
        self.0.get(set).cloned().map_or(Personal::Forgotten, Personal::Known)
    }
}

/// The event of a type as it is written today, and what is left of it without personal data.
fn event_of(event_type: &str, version: u16) -> (Event, Event) {
    let path = Path::new(ROOT).join(format!("store/fixtures/events/{event_type}.v{version}.hex"));
    let fixture = std::fs::read_to_string(path).unwrap();
    let mut sets = Sets(
        fixture
            .lines()
            .map(|line| line.split_once(' ').unwrap())
            .map(|(name, bytes)| (name.trim_start_matches("sealed.").to_owned(), bytes))
            .map(|(name, bytes)| (name, hex::decode(bytes).unwrap()))
            .collect(),
    );
    let facts = sets.0.remove("facts").unwrap();
    let decode = |sets: &Sets| codec::decode(event_type, version, &facts, sets).unwrap().1;
    (decode(&sets), decode(&Sets::default()))
}

fn of_merchant(event: &Event) -> Option<Sentence> {
    if let Event::Merchant(event) = event { for_merchant(event, Names::default()) } else { None }
}

type Said = (&'static str, &'static str, Sentence);

/// Each sentence, with the event it is of and who reads it; without personal data only where it is another.
fn sentences() -> Vec<Said> {
    let mut all: Vec<Said> = vec![];
    for shape in codec::shapes().filter(|shape| shape.is_written) {
        let (event, forgotten) = event_of(shape.event_type, shape.version);
        let (whole, left) = (read_by(&event), read_by(&forgotten));
        let others =
            left.into_iter().filter(|(_, said)| whole.iter().all(|(_, whole)| whole != said));
        let others: Vec<_> = others.collect();
        all.extend(whole.into_iter().map(|(reader, said)| (shape.event_type, reader, said)));
        all.extend(others.into_iter().map(|(reader, said)| match reader {
            MERCHANT => (shape.event_type, "merchant, forgotten", said),
            _ => (shape.event_type, "staff, forgotten", said),
        }));
    }
    all
}

/// What is read of an event: by merchants, and by staff where that is something else.
fn read_by(event: &Event) -> Vec<(&'static str, Sentence)> {
    let theirs = of_merchant(event).map(|said| (MERCHANT, said));
    let ours = for_any(event, Names::default());
    let is_same = theirs.as_ref().is_some_and(|(_, said)| *said == ours);
    theirs.into_iter().chain((!is_same).then_some((STAFF, ours))).collect()
}

#[test]
fn the_page_of_all_sentences_is_up_to_date() {
    let mut page = String::from(
        "# The sentences of the history\n\nGenerated: `UPDATE_FIXTURES=1 cargo test -p projections --test history`. What \
         the history says of the fixture of each\nevent. Where a merchant reads something, staff read the same unless \
         there is a line of their own; `forgotten` is what is left\nwhen the people in it are.\n\n\
         | event | read by | French | English |\n|---|---|---|---|\n",
    );
    for (event_type, reader, said) in sentences() {
        let Sentence { french, english } = said;
        writeln!(page, "| `{event_type}` | {reader} | {french} | {english} |").unwrap();
    }
    let path = Path::new(ROOT).join("docs/reference/history.md");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == page, "docs/reference/history.md is out of date; see this file");
}

/// `mer_` and 32 digits, whatever stands around it.
fn is_id(word: &str) -> bool {
    let word = word.trim_matches(|sign: char| !sign.is_ascii_alphanumeric());
    let digits = word.split_once('_').map_or("", |(_, digits)| digits);
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A code is for programs. People read words, with a plural where there is one.
#[test]
fn no_sentence_speaks_in_codes() {
    let mut wrong = vec![];
    for (event_type, _, Sentence { french, english }) in sentences() {
        for said in [french, english] {
            let is_code = |word: &str| (word.contains('_') && !is_id(word)) || word.contains("(s)");
            if said.split_whitespace().any(is_code) || said.contains("::") || said.trim() != said {
                wrong.push(format!("{event_type}: {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
