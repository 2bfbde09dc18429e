//! What is made of a folded state.

use crate::config;
use crate::lived::{Lived, Whole, after_each_command, of_merchant, steps};
use chrono::{DateTime, Utc};
use domain::client_file::requirements;
use domain::merchant::{self, Event};
use domain::registration::Status;
use domain::values::Language;
use domain::{Coded, Id, MerchantId, review};
use projections::diff::{changes, leaves};
use projections::views::account_ledger::{Names, for_any, for_merchant, is_for_merchant};
use projections::views::console::card::Card;
use projections::views::onboarding::{Onboarding, Progress, Step, onboarding};
use projections::views::portal::client_file::ClientFile;
use projections::views::portal::contract::Contract;
use projections::views::portal::registration::{Account, OnboardingView, RequirementView};
use projections::views::portal::review::DocumentRequests;
use projections::views::portal::services::list;
use proptest::prelude::*;
use serde_json::Value;
use store::load::AsOf;
use store::recorded::Keys;
use store::{Merchant, Reader};

fn check_onboarding(shown: &Onboarding) -> Result<(), TestCaseError> {
    prop_assert_eq!(shown.steps.iter().map(|(step, _)| *step).collect::<Vec<_>>(), Step::ALL);
    let next = shown.steps.iter().position(|(_, progress)| *progress != Progress::Done);
    for (index, (step, progress)) in shown.steps.iter().enumerate() {
        match progress {
            Progress::Current | Progress::Waiting => prop_assert_eq!(Some(index), next),
            Progress::ToCome => prop_assert!(next.is_some_and(|next| index > next), "{:?}", step),
            Progress::Done => {}
        }
    }
    prop_assert!(shown.requirements_open <= shown.requirements_total);
    Ok(())
}

/// Everything that is known by its tag.
fn shown(merchant: MerchantId, state: &merchant::State, at: DateTime<Utc>) -> serde_json::Value {
    let language = Language::French;
    serde_json::json!({
        "account": Account::of(merchant, state, at, language),
        "onboarding": OnboardingView::of(merchant, state, at, language),
        "requirements": RequirementView::all(merchant, state, at, language),
        "file": ClientFile::of(state, at, language),
        "contract": Contract::of(state),
        "requests": DocumentRequests::of(state, language),
        "services": list(state),
    })
}

proptest! {
    #![proptest_config(config())]

    /// What was different is told, and what is told makes the one of the other.
    #[test]
    fn a_card_and_what_changes_it_tell_the_same_story(steps in steps()) {
        let lived = Lived::through(&steps);
        let mut before: std::collections::BTreeMap<_, Value> = Default::default();
        after_each_command(&lived, |_, merchant, whole| {
            let at = whole.records.last().unwrap().metadata.recorded_at;
            let card = Card::of(merchant, &whole.state, at);
            prop_assert_eq!(card.status, whole.state.account.status.map(Into::into));
            prop_assert_eq!(card.client_file.documents.len(), whole.state.file.documents.len());
            prop_assert_eq!(card.client_file.people.len(), whole.state.file.people.len());
            prop_assert_eq!(card.api_keys.len(), whole.state.keys.keys.len());
            let card = serde_json::to_value(card).unwrap();
            let last = before.insert(merchant, card.clone()).unwrap_or_default();
            let mut patched = leaves(&last);
            for change in changes(&last, &card) {
                prop_assert_ne!(&change.before, &change.after, "{}", change.pointer);
                match change.after {
                    Some(after) => drop(patched.insert(change.pointer, after)),
                    None => drop(patched.remove(&change.pointer)),
                }
            }
            prop_assert_eq!(patched, leaves(&card));
            Ok(())
        })?;
    }

    /// A moment that is read from the ledger shows what was folded then.
    #[test]
    fn a_card_of_any_moment_is_that_of_the_moment(
        steps in steps(),
        at in any::<prop::sample::Index>(),
    ) {
        let lived = Lived::through(&steps);
        let mut whole = Whole::default();
        let records = lived.records();
        let mut end = at.index(records.len()) + 1;
        let asked = records[end - 1].clone();
        // A moment within a command is the moment after it.
        let command = |at: usize| records.get(at).map(|recorded| recorded.metadata.command_id);
        while command(end) == command(end - 1) {
            end += 1;
        }
        let made = records[..end].iter().filter_map(|recorded| whole.add(recorded)).last();
        let (Some(merchant), domain::Event::Merchant(_)) = (made, &asked.event) else { return Ok(()) };
        let last = &records[end - 1];
        let reader = Reader::new(lived.store.ledger.as_ref(), Keys::Of(lived.store.vault.as_ref()));
        for as_of in [AsOf::Position(asked.position), AsOf::Revision(asked.revision)] {
            let loaded = lived.block_on(reader.load::<Merchant>(merchant, as_of)).unwrap();
            prop_assert_eq!(loaded.revision, Some(last.revision));
            let now = last.metadata.recorded_at;
            let card = |state| serde_json::to_value(Card::of(merchant, state, now)).unwrap();
            prop_assert_eq!(card(&loaded.state), card(&whole.merchants[&merchant].state));
        }
    }

    #[test]
    fn the_path_has_one_place_where_somebody_stands(steps in steps()) {
        after_each_command(&Lived::through(&steps), |_, _, whole| {
            let at = whole.records.last().unwrap().metadata.recorded_at;
            let shown = onboarding(&whole.state, at);
            check_onboarding(&shown)?;
            let all = requirements(&whole.state, at);
            let open = all.iter().filter(|one| !one.is_satisfied()).count();
            prop_assert_eq!((shown.requirements_open, shown.requirements_total), (open, all.len()));
            if whole.state.account.status == Some(Status::Live) {
                let review = shown.steps.iter().find(|(step, _)| *step == Step::Review);
                prop_assert_eq!(review.map(|(_, progress)| *progress), Some(Progress::Done));
            }
            Ok(())
        })?;
    }

    /// A tag counts what merchants may read: what they may not changes nothing that they are shown.
    #[test]
    fn what_merchants_do_not_read_changes_nothing_that_they_read(steps in steps()) {
        let mut whole = Whole::default();
        let records = Lived::through(&steps).records();
        for command in records.chunk_by(|a, b| a.metadata.command_id == b.metadata.command_id) {
            let Some((merchant, _)) = of_merchant(&command[0]) else { continue };
            let at = command[0].metadata.recorded_at;
            let state = |whole: &Whole| {
                whole.merchants.get(&merchant).map(|known| known.state.clone()).unwrap_or_default()
            };
            let before = shown(merchant, &state(&whole), at);
            for recorded in command {
                whole.add(recorded);
            }
            let is_hidden = command
                .iter()
                .all(|one| of_merchant(one).is_none_or(|(_, event)| !is_for_merchant(event)));
            if is_hidden {
                prop_assert_eq!(before, shown(merchant, &state(&whole), at));
            }
        }
    }

    /// What staff write among themselves, and who they are, merchants never read.
    #[test]
    fn merchants_read_nothing_of_ours(steps in steps()) {
        for recorded in Lived::through(&steps).records() {
            let sentence = for_any(&recorded.event, Names::default());
            prop_assert!(!sentence.french.is_empty() && !sentence.english.is_empty());
            let Some((_, event)) = of_merchant(&recorded) else { continue };
            let shown = for_merchant(event, Names::default());
            prop_assert_eq!(shown.is_some(), is_for_merchant(event));
            let is_ours = matches!(
                event,
                Event::Review(
                    review::Event::NoteAdded { .. }
                        | review::Event::DecisionProposed { .. }
                        | review::Event::DecisionReturned { .. }
                        | review::Event::CaseAssigned { .. }
                        | review::Event::CaseEscalated { .. }
                )
            );
            prop_assert!(!is_ours || shown.is_none());
            for language in [Language::French, Language::English] {
                let Some(shown) = &shown else { continue };
                let text = shown.in_language(language);
                prop_assert!(!text.contains("a few words"), "{}", text);
                if let domain::Actor::Staff(staff) = recorded.metadata.actor {
                    prop_assert!(!text.contains(&staff.to_string()), "{}", text);
                    prop_assert!(!text.contains(&staff.uuid().to_string()), "{}", text);
                }
            }
        }
    }
}
