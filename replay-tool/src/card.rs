//! A merchant's card, with words where something cannot be shown.

use crate::exit::Failure;
use chrono::{DateTime, Utc};
use domain::MerchantId;
use domain::merchant::State;
use projections::diff::Change;
use projections::views::console::card::Card;
use projections::views::console::withheld::{Why, Withheld, withheld};
use serde_json::Value;
use store::subjects::{Fate, fate_of};
use store::{AsOf, Loaded, Recorded, Revision};

/// Stands between the words for a sealed value and what tells it from others.
const APART: char = '\u{1}';

/// Which event of the stream, if any, forgets whom it is about.
pub fn forgotten_by(events: &[Recorded]) -> Option<Revision> {
    let forgets = |recorded: &&Recorded| matches!(fate_of(recorded), Some(Fate::Forgotten(_)));
    events.iter().find(forgets).map(|recorded| recorded.revision)
}

/// By what requirements are judged: the moment itself.
pub fn judged_at(then: &Loaded<State>, as_of: AsOf, now: DateTime<Utc>) -> DateTime<Utc> {
    match as_of {
        AsOf::Time(time) => time.min(now),
        AsOf::Now => now,
        AsOf::Revision(_) | AsOf::Position(_) => then.recorded_at.unwrap_or(now),
    }
}

/// The card as JSON, to be compared: sealed values differ where their bytes do.
pub fn card(
    id: MerchantId,
    state: &State,
    at: DateTime<Utc>,
    forgotten: Option<Revision>,
) -> Result<Value, Failure> {
    let mut card = serde_json::to_value(Card::of(id, state, at))?;
    // Each word stands in its place.
    if let Value::Object(fields) = &mut card {
        fields.remove("withheld");
    }
    for field in withheld(state) {
        put(&mut card, &field.pointer, Value::from(words(&field, forgotten)));
    }
    Ok(card)
}

fn words(field: &Withheld, forgotten: Option<Revision>) -> String {
    match (field.why, forgotten) {
        (Why::Sealed, _) => {
            let seal = field.seal.map_or(0, |seal| seal.0);
            format!("[sealed]{APART}{seal:x}")
        }
        (Why::Forgotten, Some(revision)) => format!("[forgotten by {revision}]"),
        // The vault says that its key was destroyed, and no event says why.
        (Why::Forgotten, None) | (Why::KeyLost, _) => "[key lost]".to_owned(),
        (Why::Unknown, _) => "[unknown]".to_owned(),
    }
}

fn put(card: &mut Value, pointer: &str, value: Value) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    if let Some(Value::Object(fields)) = card.pointer_mut(parent) {
        fields.insert(name.to_owned(), value);
    }
}

/// The same for readers.
pub fn readable(mut card: Value) -> Value {
    strip(&mut card);
    card
}

fn strip(value: &mut Value) {
    match value {
        Value::String(text) => text.truncate(text.find(APART).unwrap_or(text.len())),
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Object(fields) => fields.values_mut().for_each(strip),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A leaf for readers.
pub fn readable_text(text: &str) -> &str {
    text.split(APART).next().unwrap_or_default()
}

/// Changes for readers: of a sealed value it is said that it is another.
pub fn readable_changes(changes: Vec<Change>) -> Vec<Change> {
    let readable = |side: Option<String>| side.map(|text| readable_text(&text).to_owned());
    let change = |change: Change| Change {
        before: readable(change.before),
        after: readable(change.after),
        ..change
    };
    changes.into_iter().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::client_file::{Event, PersonDetails};
    use domain::personal::Seal;
    use domain::{PersonId, Personal, merchant};
    use projections::diff::changes;

    fn with(details: Personal<PersonDetails>) -> Value {
        let event = Event::PersonRecorded { person: PersonId::from_u128(1), details };
        let state = merchant::evolve(State::default(), &event.into());
        card(MerchantId::from_u128(2), &state, DateTime::UNIX_EPOCH, None).unwrap()
    }

    #[test]
    fn a_change_of_a_sealed_value_is_a_change_and_reads_the_same() {
        let sealed = |seal| with(Personal::Sealed(Seal(seal)));
        assert!(changes(&sealed(1), &sealed(1)).is_empty());
        let found = readable_changes(changes(&sealed(1), &sealed(2)));
        let name = found.iter().find(|change| change.pointer.ends_with("/name")).unwrap();
        assert_eq!(name.before.as_deref(), Some("[sealed]"));
        assert_eq!(name.after.as_deref(), Some("[sealed]"));
        let requirements = |change: &&Change| change.pointer.contains("requirements");
        assert!(!found.iter().any(|change| requirements(&change)), "nothing is invented");
    }

    #[test]
    fn what_is_withheld_says_why() {
        let name = |card: Value| {
            let person = PersonId::from_u128(1);
            card.pointer(&format!("/client_file/people/{person}/name")).cloned()
        };
        assert_eq!(name(readable(with(Personal::Sealed(Seal(1))))), Some("[sealed]".into()));
        assert_eq!(name(with(Personal::Lost)), Some("[key lost]".into()));
        // No event forgets them.
        assert_eq!(name(with(Personal::Forgotten)), Some("[key lost]".into()));
        let card = readable(with(Personal::Sealed(Seal(1))));
        assert_eq!(card.pointer("/client_file/requirements"), Some(&"[unknown]".into()));
    }
}
