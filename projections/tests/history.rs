//! The sentences of the history, in both languages: one for the golden fixture of each event, with and
//! without its personal data, printed into `docs/reference/history.md`.
//!
//! `UPDATE_FIXTURES=1 cargo test -p projections --test history` writes the page.
#![allow(clippy::unwrap_used, reason = "a test may give up")]

use domain::{Event, Personal};
use projections::views::account_ledger::{Sentence, for_any, for_merchant};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use store::codec::{self, Opens};

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
    if let Event::Merchant(event) = event { for_merchant(event) } else { None }
}

/// A sentence, whose it is, and of which event.
fn sentences() -> impl Iterator<Item = (&'static str, &'static str, Sentence)> {
    codec::shapes().filter(|shape| shape.is_written).flat_map(|shape| {
        let (event, forgotten) = event_of(shape.event_type, shape.version);
        let mut said = vec![];
        for (merchants, staffs, event) in
            [("merchant", "staff", &event), ("merchant, forgotten", "staff, forgotten", &forgotten)]
        {
            let ours = for_any(event);
            match of_merchant(event) {
                Some(theirs) if theirs == ours => {
                    said.push((shape.event_type, merchants, theirs));
                    continue;
                }
                Some(theirs) => said.push((shape.event_type, merchants, theirs)),
                None => {}
            }
            said.push((shape.event_type, staffs, ours));
        }
        // Without personal data most say the same.
        said.dedup_by(|later, earlier| later.2 == earlier.2);
        said
    })
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
