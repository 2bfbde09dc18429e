//! Golden fixtures: what was written the day a shape was born is read for ever.
//!
//! `UPDATE_FIXTURES=1 cargo test -p store` writes the fixtures of new shapes and the reference
//! page. It never overwrites a fixture: a shape that changed is a mistake, not an update.

use super::*;
use domain::Id;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use uuid::Uuid;

fn owner() -> SubjectId {
    SubjectId::from_uuid(Uuid::from_u128(1))
}

fn is_updating() -> bool {
    std::env::var_os("UPDATE_FIXTURES").is_some()
}

struct Sets(Vec<(String, Vec<u8>)>);

impl Opens for Sets {
    fn open(&self, set: &str) -> Personal<Vec<u8>> {
        match self.0.iter().find(|(name, _)| name == set) {
            Some((_, bytes)) => Personal::Known(bytes.clone()),
            None => Personal::Forgotten,
        }
    }
}

fn fixture_path(event_type: &str, version: u16) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/events")
        .join(format!("{event_type}.v{version}.hex"))
}

/// `facts <hex>`, then `sealed.<set> <hex>` for each personal set before sealing.
fn fixture_text(encoded: &Encoded) -> String {
    let mut text = format!("facts {}\n", hex::encode(&encoded.facts));
    for personal in &encoded.personal {
        writeln!(text, "sealed.{} {}", personal.set, hex::encode(&personal.bytes)).unwrap();
    }
    text
}

fn parse_fixture(text: &str) -> (Vec<u8>, Sets) {
    let mut facts = vec![];
    let mut sets = vec![];
    for line in text.lines() {
        let (name, bytes) = line.split_once(' ').unwrap();
        match name.strip_prefix("sealed.") {
            Some(set) => sets.push((set.to_owned(), hex::decode(bytes).unwrap())),
            None => facts = hex::decode(bytes).unwrap(),
        }
    }
    (facts, Sets(sets))
}

#[test]
fn every_event_is_written_as_its_fixture_says_and_read_from_it() {
    for event in all_samples() {
        let encoded = encode(&event, owner()).unwrap();
        let path = fixture_path(encoded.event_type, encoded.version);
        if is_updating() && !path.exists() {
            std::fs::write(&path, fixture_text(&encoded)).unwrap();
        }
        let fixture = std::fs::read_to_string(&path)
            .unwrap_or_else(|_| panic!("{} has no fixture; see this file", encoded.event_type));
        assert_eq!(fixture_text(&encoded), fixture, "{} was changed", encoded.event_type);
        let (facts, sets) = parse_fixture(&fixture);
        let decoded = decode(encoded.event_type, encoded.version, &facts, &sets).unwrap();
        assert_eq!(decoded, (encoded.event_type, event));
    }
}

/// One version is written; every earlier one is read into the same event, with what it lacks.
#[test]
fn every_earlier_version_is_still_read_from_its_fixture() {
    for (event_type, version, event) in earlier_samples() {
        let fixture = std::fs::read_to_string(fixture_path(event_type, version)).unwrap();
        let (facts, sets) = parse_fixture(&fixture);
        assert_eq!(decode(event_type, version, &facts, &sets).unwrap().1, event);
        let longer = [facts.as_slice(), &[0]].concat();
        let outcome = decode(event_type, version, &longer, &sets);
        assert_eq!(outcome.unwrap_err(), DecodeError::LeftOver, "{event_type}");
    }
}

#[test]
fn every_shape_has_a_sample_and_every_fixture_a_shape() {
    let sampled: BTreeSet<(String, u16)> = all_samples()
        .iter()
        .map(|event| encode(event, owner()).unwrap())
        .map(|encoded| (encoded.event_type.to_owned(), encoded.version))
        .collect();
    let written: BTreeSet<(String, u16)> = shapes()
        .filter(|shape| shape.is_written)
        .map(|shape| (shape.event_type.to_owned(), shape.version))
        .collect();
    assert_eq!(sampled, written);
    let earlier: BTreeSet<(String, u16)> = earlier_samples()
        .into_iter()
        .map(|(event_type, version, _)| (event_type.to_owned(), version))
        .collect();
    let known: BTreeSet<(String, u16)> =
        shapes().map(|shape| (shape.event_type.to_owned(), shape.version)).collect();
    assert_eq!(known.difference(&written).cloned().collect::<BTreeSet<_>>(), earlier);
    let directory = fixture_path("x", 1).parent().unwrap().to_owned();
    for entry in std::fs::read_dir(directory).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let (event_type, version) = name.strip_suffix(".hex").unwrap().rsplit_once(".v").unwrap();
        let key = (event_type.to_owned(), version.parse().unwrap());
        assert!(known.contains(&key), "{name} belongs to no shape: it can no longer be read");
    }
}

#[test]
fn bytes_left_over_or_missing_are_refused() {
    for event in all_samples() {
        let encoded = encode(&event, owner()).unwrap();
        let decode =
            |facts: &[u8]| decode(encoded.event_type, encoded.version, facts, &Sets(vec![]));
        let longer = [encoded.facts.as_slice(), &[0]].concat();
        assert_eq!(decode(&longer).unwrap_err(), DecodeError::LeftOver, "{}", encoded.event_type);
        if let Some(shorter) = encoded.facts.len().checked_sub(1) {
            assert!(decode(&encoded.facts[..shorter]).is_err(), "{}", encoded.event_type);
        }
    }
}

#[test]
fn every_event_survives_the_loss_of_its_personal_data() {
    for event in all_samples() {
        let encoded = encode(&event, owner()).unwrap();
        let none = Sets(vec![]);
        let decoded = decode(encoded.event_type, encoded.version, &encoded.facts, &none).unwrap();
        assert_eq!(decoded.1 == event, encoded.personal.is_empty(), "{}", encoded.event_type);
    }
}

/// What was once written of every type in every version: type, version, facts and sealed sets.
fn all_written() -> Vec<(&'static str, u16, Vec<u8>, Sets)> {
    let of_shape = |shape: &Shape| {
        let fixture = std::fs::read_to_string(fixture_path(shape.event_type, shape.version));
        let (facts, sets) = parse_fixture(&fixture.unwrap());
        (shape.event_type, shape.version, facts, sets)
    };
    shapes().map(of_shape).collect()
}

/// A change somewhere in bytes.
#[derive(Clone, Copy, Debug)]
enum Change {
    Set(usize, u8),
    Insert(usize, u8),
    /// One number becomes the largest of 32 bits.
    Widen(usize),
    Remove(usize),
    Cut(usize),
}

impl Change {
    fn on(self, bytes: &mut Vec<u8>) {
        let len = bytes.len();
        match self {
            Self::Insert(at, byte) => bytes.insert(at % (len + 1), byte),
            Self::Set(at, byte) if len > 0 => bytes[at % len] = byte,
            Self::Widen(at) if len > 0 => {
                let (begin, rest) = (at % len, bytes[at % len..].iter());
                let length = rest.take_while(|byte| **byte >= 0x80).count();
                let end = (begin + length).min(len - 1);
                bytes.splice(begin..=end, [0xff, 0xff, 0xff, 0xff, 0x0f]);
            }
            Self::Remove(at) if len > 0 => drop(bytes.remove(at % len)),
            Self::Cut(at) => bytes.truncate(at % (len + 1)),
            Self::Set(..) | Self::Widen(_) | Self::Remove(_) => {}
        }
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        8 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (any::<usize>(), any::<u8>()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        4 => any::<usize>().prop_map(Change::Widen),
        2 => any::<usize>().prop_map(Change::Remove),
        1 => any::<usize>().prop_map(Change::Cut),
    ];
    prop::collection::vec(change, 0..4)
}

/// Whatever can be read is an event like any other: written again, it is read as the same.
fn check_read(
    event_type: &str,
    version: u16,
    facts: &[u8],
    sets: &Sets,
) -> Result<bool, TestCaseError> {
    let Ok((name, event)) = decode(event_type, version, facts, sets) else { return Ok(false) };
    prop_assert_eq!(name, event_type);
    let encoded = encode(&event, owner()).unwrap();
    let sets = encoded.personal.into_iter().map(|set| (set.set.to_owned(), set.bytes)).collect();
    let again = decode(name, encoded.version, &encoded.facts, &Sets(sets));
    prop_assert_eq!(again, Ok((name, event)));
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hostile_bytes_of_any_shape_are_refused_or_read_like_others(
        in_facts in changes(),
        in_sets in changes(),
        random in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        for (event_type, version, mut facts, mut sets) in all_written() {
            prop_assert!(check_read(event_type, version, &facts, &sets)?, "{}", event_type);
            in_facts.iter().for_each(|change| change.on(&mut facts));
            for (_, bytes) in &mut sets.0 {
                in_sets.iter().for_each(|change| change.on(bytes));
            }
            check_read(event_type, version, &facts, &sets)?;
            check_read(event_type, version, &random, &Sets(vec![]))?;
        }
    }
}

#[test]
fn unknown_types_and_versions_say_so() {
    let none = Sets(vec![]);
    assert_eq!(
        decode("review.invented", 1, &[], &none),
        Err(DecodeError::UnknownType("review.invented".to_owned()))
    );
    assert_eq!(
        decode("other.x", 1, &[], &none),
        Err(DecodeError::UnknownType("other.x".to_owned()))
    );
    assert_eq!(
        decode("review.case_taken", 9, &[], &none),
        Err(DecodeError::UnknownVersion("review.case_taken".to_owned(), 9))
    );
}

#[test]
fn the_reference_page_describes_every_shape() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/events.md");
    let page = reference_page();
    if is_updating() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/reference/events.md is out of date; see this file");
}

fn reference_page() -> String {
    let mut page = String::from(
        "# Events on disk\n\n\
         Generated from `store/src/codec` by its tests; do not edit.\n\n\
         Facts are postcard (varint integers, zigzag for signed ones, length before text, lists and\n\
         maps; one byte for absent or present) of the fields in this order. A sealed set is the same,\n\
         encrypted with the key of the subject named. `Id` is 16 bytes, `Time` microseconds and `Day`\n\
         days since 1970-01-01, `Code` the written name of a member of a closed list, `Text` a value in\n\
         its normal form. Names with a number at the end are groups declared in the room's file.\n\n\
         | type | version | facts | sealed |\n|---|---|---|---|\n",
    );
    for shape in shapes() {
        let fields: Vec<String> =
            shape.fields.iter().map(|(name, kind)| format!("{name}: {kind}")).collect();
        let sealed: Vec<String> = shape
            .sealed
            .iter()
            .map(|(set, kind, subject)| format!("{set}: {kind} (key of the {subject})"))
            .collect();
        writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            shape.event_type,
            if shape.is_written {
                shape.version.to_string()
            } else {
                format!("{}, only read", shape.version)
            },
            fields.join(", "),
            sealed.join(", ")
        )
        .unwrap();
    }
    page
}
