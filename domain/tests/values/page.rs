//! The tables themselves, and the page that is made of them.

use crate::{Table, tables};
use domain::values::Invalid;
use domain::{Coded, Worded};
use std::fmt::Write;
use std::path::Path;

#[test]
fn each_input_is_read_as_its_table_says() {
    let mut wrong = vec![];
    for table in tables() {
        for (input, kept, why) in table.accepted {
            let read = (table.read)(input);
            if read.as_deref() != Ok(*kept) {
                wrong.push(format!("{}: {input:?} ({why}) is {read:?}, not {kept:?}", table.name));
            }
        }
        for (input, code, why) in table.refused {
            let read = (table.read)(input).map_err(Coded::code);
            if read.as_deref() != Err(code) {
                wrong.push(format!("{}: {input:?} ({why}) is {read:?}, not {code:?}", table.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_table_has_eight_on_both_sides() {
    for table in tables() {
        assert!(table.accepted.len() >= 8, "{}: {} accepted", table.name, table.accepted.len());
        assert!(table.refused.len() >= 8, "{}: {} refused", table.name, table.refused.len());
    }
}

#[test]
fn what_is_kept_reads_as_itself() {
    for table in tables() {
        for (_, kept, _) in table.accepted {
            assert_eq!((table.read)(kept).as_deref(), Ok(*kept), "{}: {kept:?}", table.name);
        }
    }
}

#[test]
fn whoever_follows_the_words_of_a_refusal_is_not_refused() {
    for table in tables() {
        for (_, code, _) in table.refused {
            let advised = table.advice.iter().filter(|(of, _)| of == code);
            assert!(advised.clone().count() > 0, "{}: no advice for {code}", table.name);
            for (_, input) in advised {
                assert!((table.read)(input).is_ok(), "{}: {code} advises {input:?}", table.name);
            }
        }
    }
}

/// What stands as an example in the words of a refusal.
#[test]
fn examples_in_words_are_examples_of_a_table() {
    let known: Vec<&str> =
        tables().iter().flat_map(|table| table.advice).map(|(_, input)| *input).collect();
    for invalid in Invalid::ALL {
        for words in [invalid.english(), invalid.french()] {
            let behind = words.split(" as ").skip(1).chain(words.split("par exemple ").skip(1));
            let ends = |c| matches!(c, '.' | ',' | ';' | ')');
            let phrases = behind.filter_map(|rest| rest.split(ends).next());
            for example in phrases
                .flat_map(|phrase| phrase.split(" or "))
                .flat_map(|phrase| phrase.split(" ou "))
            {
                let is_value = example.chars().any(|c| c.is_ascii_digit());
                let is_known = known.iter().any(|known| known.contains(example.trim()));
                assert!(!is_value || is_known, "{}: {example:?}", invalid.code());
            }
        }
    }
}

#[test]
fn the_reference_page_has_every_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/values.md");
    let page = reference_page();
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/reference/values.md is out of date; see this file");
}

fn reference_page() -> String {
    let mut page = String::from(
        "# Values: what is accepted, refused and kept\n\n\
         Generated from `domain/tests/values` by its tests; do not edit. What cannot be seen is written\n\
         as ⟨its number⟩. All people, companies and accounts are invented.\n\n\
         What is refused comes back as 422 `invalid_fields`, with the place and the code of each field.\n",
    );
    for Table { name, about, accepted, refused, advice, .. } in tables() {
        write!(page, "\n## {name}\n\n{about}\n\n| entered | kept | |\n|---|---|---|\n").unwrap();
        for (input, kept, why) in *accepted {
            let kept = if kept.is_empty() { "nothing".to_owned() } else { shown(kept) };
            writeln!(page, "| {} | {kept} | {why} |", shown(input)).unwrap();
        }
        page.push_str("\n| entered | refused as | |\n|---|---|---|\n");
        for (input, code, why) in *refused {
            writeln!(page, "| {} | `{code}` | {why} |", shown(input)).unwrap();
        }
        page.push('\n');
        let mut told = vec![];
        for code in advice.iter().map(|(code, _)| *code).filter(|code| !code.is_empty()) {
            let invalid = Invalid::from_code(code).unwrap();
            if !told.contains(&code) {
                writeln!(page, "- `{code}`: {}", invalid.english()).unwrap();
            }
            told.push(code);
        }
    }
    page
}

/// A text in which everything can be seen, also in a table.
fn shown(text: &str) -> String {
    if text.is_empty() {
        return "nothing".to_owned();
    }
    let seen = text.chars().map(|c| {
        let is_seen = c == ' ' || !(c.is_whitespace() || c.is_control() || is_shapeless(c));
        if is_seen { c.to_string() } else { format!("⟨{:04X}⟩", u32::from(c)) }
    });
    let seen: String = seen.collect();
    let seen = if seen.chars().count() > 80 {
        format!(
            "{} … ({} characters)",
            seen.chars().take(40).collect::<String>(),
            seen.chars().count()
        )
    } else {
        seen
    };
    format!("`{}`", seen.replace('|', "⟨007C⟩").replace('`', "⟨0060⟩"))
}

fn is_shapeless(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
    )
}
