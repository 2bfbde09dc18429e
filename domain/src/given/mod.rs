//! Given what happened, when somebody asks, then this follows: the words of the rooms' tests.
//!
//! Fixtures are made by real requests, so that no test stands on a history that cannot happen.
//! Only what a request cannot bring about in this crate is written as an event.
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for one event")]

use crate::merchant::{Command, Event, Refusal, State, decide, evolve};
use crate::{Occasion, Refuses};
use std::collections::BTreeSet;

mod api_keys;
mod bank_account;
mod client_file;
mod contract;
mod messages;
mod people;
mod registration;
mod review;
mod services;
mod time;

pub use api_keys::*;
pub use bank_account::*;
pub use client_file::*;
pub use contract::*;
pub use messages::*;
pub use people::*;
pub use registration::*;
pub use review::*;
pub use services::*;
pub use time::*;

/// Events of several rooms in one list.
macro_rules! events {
    ($($event:expr),* $(,)?) => { vec![$($crate::merchant::Event::from($event)),*] };
}
pub(crate) use events;

pub struct Given {
    events: Vec<Event>,
}

pub struct When {
    outcome: Result<Vec<Event>, Refusal>,
}

pub fn given(events: impl IntoIterator<Item = Event>) -> Given {
    Given { events: events.into_iter().collect() }
}

pub fn nothing() -> Vec<Event> {
    vec![]
}

pub fn folded(events: &[Event]) -> State {
    events.iter().fold(State::default(), evolve)
}

impl Given {
    pub fn when(self, occasion: Occasion, command: impl Into<Command>) -> When {
        let before = folded(&self.events);
        When { outcome: decide(command.into(), &before, &occasion) }
    }
}

impl When {
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = Event>) {
        assert_eq!(self.outcome, Ok(expected.into_iter().collect()));
    }

    #[track_caller]
    pub fn then_nothing(self) {
        self.then(nothing());
    }

    #[track_caller]
    pub fn then_refused(self, refusal: impl Into<Refusal>) {
        assert_eq!(self.outcome, Err(refusal.into()));
    }
}

/// The history that continues with one more accepted request.
#[track_caller]
pub fn after(
    mut events: Vec<Event>,
    occasion: Occasion,
    command: impl Into<Command>,
) -> Vec<Event> {
    let command = command.into();
    let new = decide(command.clone(), &folded(&events), &occasion)
        .unwrap_or_else(|refusal| panic!("{command:?} was refused: {refusal}"));
    assert!(!new.is_empty(), "{command:?} changed nothing");
    events.extend(new);
    events
}

/// Codes are unique, and every refusal has words in both languages.
#[track_caller]
pub fn every_refusal_has_its_code_and_words<R: Refuses + std::fmt::Debug>() {
    let codes: BTreeSet<&str> = R::ALL.iter().map(|refusal| refusal.code()).collect();
    assert_eq!(codes.len(), R::ALL.len());
    for refusal in R::ALL {
        assert!(!refusal.code().is_empty());
        assert!(!refusal.english().is_empty() && !refusal.french().is_empty(), "{refusal:?}");
        assert_ne!(refusal.english(), refusal.french(), "{refusal:?}");
    }
}
