//! A member of staff.

use crate::config;
use crate::lives::birth;
use crate::lives::staff::{Step, member, step};
use chrono::TimeDelta;
use domain::staff::{Command, Event, State, decide, evolve};
use proptest::prelude::*;

#[derive(Default)]
struct Life {
    state: State,
    events: Vec<Event>,
}

impl Life {
    fn check(&self, step: &Step, command: &Command, event: &Event) -> Result<(), TestCaseError> {
        let state = &self.state;
        match event {
            Event::Invited { roles, .. } => {
                prop_assert!(state.profile.is_none(), "invited twice");
                prop_assert!(!roles.is_empty());
            }
            Event::Joined { .. } => {
                prop_assert!(state.credential.is_none(), "joined twice");
                prop_assert!(!state.is_disabled && state.profile.is_some());
            }
            Event::RolesChanged { roles, by } => {
                prop_assert!(!roles.is_empty());
                prop_assert_ne!(*by, member(), "{:?} changed their own roles", step.who);
            }
            Event::Disabled { by } => {
                prop_assert_ne!(*by, member(), "{:?} disabled themselves", step.who);
            }
            Event::SignedIn => {
                prop_assert!(state.credential.is_some() && !state.is_disabled);
                let Command::SignIn { is_password_right, is_second_factor_right, .. } = command
                else {
                    return Err(TestCaseError::fail("signed in by something else"));
                };
                prop_assert!(*is_password_right && *is_second_factor_right);
            }
            _ => {}
        }
        Ok(())
    }

    /// A session that was opened before may do no more than one that is opened now.
    fn check_sessions(&self, before: &State) -> Result<(), TestCaseError> {
        let (was, is) = (before.session_generation, self.state.session_generation);
        let may_less = self.state.roles != before.roles && before.profile.is_some();
        let is_gone = self.state.is_disabled && !before.is_disabled;
        prop_assert_eq!(is > was, may_less || is_gone, "sessions of before");
        Ok(())
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_is_asked_of_staff_some_things_never_happen(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut life = Life::default();
        let mut at = birth();
        for step in &steps {
            at += TimeDelta::minutes(step.wait);
            let (command, occasion) = step.asked(&life.state, at);
            let before = life.state.clone();
            let Ok(events) = decide(member(), command.clone(), &life.state, &occasion) else {
                continue;
            };
            for event in events {
                life.check(step, &command, &event)?;
                life.state = evolve(std::mem::take(&mut life.state), &event);
                life.events.push(event);
            }
            life.check_sessions(&before)?;
            let again = decide(member(), command.clone(), &life.state, &occasion);
            let may_repeat = matches!(command, Command::SignIn { .. } | Command::RecordMessage(_));
            prop_assert!(
                may_repeat || again.is_err() || again == Ok(vec![]),
                "{:?} did something twice",
                step
            );
        }
        let folded = life.events.iter().fold(State::default(), evolve);
        prop_assert_eq!(folded, life.state, "the history tells another story than the state");
    }
}
