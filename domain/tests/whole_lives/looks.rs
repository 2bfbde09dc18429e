//! A case in somebody's session, and a month.

use crate::config;
use crate::lives::birth;
use crate::lives::looks::{Ask, member, step};
use chrono::TimeDelta;
use domain::looks::{Event, LOOK_MINUTES, Looker, State, decide, evolve};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_is_looked_at_was_recorded_within_the_hour_for_a_purpose_of_whoever_looks(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let (mut state, mut events, mut at) = (State::default(), vec![], birth());
        for step in &steps {
            at += TimeDelta::minutes(step.wait);
            let (command, occasion) = step.asked(at);
            let stated = state.statement.clone();
            let outcome = decide(command, &state, occasion.at);
            for event in outcome.iter().flatten() {
                state = evolve(state, event);
                events.push(event.clone());
            }
            let Ask::Look { staff, thing } = step.ask else { continue };
            let is_stated = stated.is_some_and(|stated| stated.staff == member(staff));
            prop_assert_eq!(outcome.is_ok(), is_stated, "shown without a purpose, or not with one");
            if outcome.is_ok() {
                let covers = |event: &Event| match event {
                    Event::Looked { look } => look.known().is_some_and(|look| {
                        let age = at - look.at;
                        look.thing == thing && age >= TimeDelta::zero()
                            && age < TimeDelta::minutes(LOOK_MINUTES)
                            && look.looker == Looker::Staff(member(staff))
                    }),
                    _ => false,
                };
                prop_assert!(events.iter().any(covers), "shown, and not recorded");
            }
        }
        let folded = events.iter().fold(State::default(), evolve);
        prop_assert_eq!(folded, state, "the history tells another story than the state");
    }
}
