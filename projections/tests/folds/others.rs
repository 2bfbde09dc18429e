//! Staff, and whose keys there must be.

use crate::config;
use crate::lived::{Lived, steps, subject};
use domain::staff::{self, evolve};
use domain::{Event, Id, Personal, SubjectId, looks};
use projections::ReadModels;
use projections::models::looks::{Filter, search};
use proptest::prelude::*;
use std::collections::BTreeSet;
use store::recorded::Keys;
use store::subjects::{Fate, fate_of};
use store::vault::Key;
use store::{Reader, Recorded};

fn check_member(models: &ReadModels, state: &staff::State) -> Result<(), TestCaseError> {
    let member = models.staff.member(crate::lives::staff::member());
    prop_assert_eq!(member.is_some(), state.profile.is_some());
    let Some(member) = member else { return Ok(()) };
    let profile = state.profile.as_ref().and_then(Personal::known);
    prop_assert_eq!(&member.email, &profile.map(|profile| profile.email.clone()));
    prop_assert_eq!(member.roles, state.roles);
    prop_assert_eq!(member.has_joined, state.credential.is_some());
    prop_assert_eq!(member.is_disabled, state.is_disabled);
    prop_assert!(!member.can_hold_cases() || (member.has_joined && !member.is_disabled));
    Ok(())
}

/// Everybody an event has introduced and none has forgotten has a key, and nobody else.
fn check_subjects(
    models: &ReadModels,
    lived: &Lived,
    records: &[Recorded],
) -> Result<(), TestCaseError> {
    let (mut introduced, mut forgotten) = (BTreeSet::new(), BTreeSet::new());
    for fate in records.iter().filter_map(fate_of) {
        match fate {
            Fate::Introduced(subject) => introduced.insert(subject),
            Fate::Forgotten(subject) => forgotten.insert(subject),
        };
    }
    let known: BTreeSet<SubjectId> = introduced.difference(&forgotten).copied().collect();
    let of = |subjects: Vec<SubjectId>| subjects.into_iter().collect::<BTreeSet<_>>();
    prop_assert_eq!(of(models.subjects.known()), known.clone());
    prop_assert_eq!(of(models.subjects.forgotten()), forgotten.clone());
    for number in 0..210 {
        let subject = subject(number);
        let key = lived.store.vault.key(subject).unwrap();
        prop_assert_eq!(
            matches!(key, Key::Known(_)),
            known.contains(&subject),
            "{}",
            subject.uuid()
        );
        prop_assert_eq!(matches!(key, Key::Destroyed), forgotten.contains(&subject));
    }
    Ok(())
}

/// Everybody who is known to have looked is found, the newest first.
fn check_looks(models: &ReadModels, lived: &Lived) -> Result<(), TestCaseError> {
    let mut looked = vec![];
    for recorded in lived.records() {
        if let Event::Looks(looks::Event::Looked { look }) = &recorded.event
            && let Some(look) = look.known()
        {
            looked.insert(0, (recorded.position, look.clone()));
        }
    }
    let reader = Reader::new(lived.store.ledger.as_ref(), Keys::Of(lived.store.vault.as_ref()));
    let merchant = Some(crate::lives::looks::merchant());
    for filter in [Filter::default(), Filter { merchant, ..Filter::default() }] {
        let search = search(reader, &models.looks, filter, None, 100);
        let (found, has_more) = lived.block_on(search).unwrap();
        let found: Vec<_> = found.into_iter().map(|(found, look)| (found.position, look)).collect();
        prop_assert_eq!(&found, &looked);
        prop_assert!(!has_more);
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_kept_of_staff_is_what_became_of_them(steps in steps()) {
        let lived = Lived::through(&steps);
        let (models, mut state) = (ReadModels::default(), staff::State::default());
        for (read, recorded) in lived.records_for_models().iter().zip(lived.records()) {
            models.apply(read);
            if let Event::Staff(event) = &recorded.event {
                state = evolve(state, event);
                check_member(&models, &state)?;
            }
        }
        check_subjects(&models, &lived, &lived.records())?;
        check_looks(&models, &lived)?;
    }
}
