//! Lives: requests of everybody in any order, drawn from small pools so that they meet one another. Part
//! of the lives of merchants start in the middle, behind a beginning made by real requests; otherwise
//! chance would hardly ever get past the signature. Users, staff and looks have lives of their own.
//!
//! Other crates include this module for tests of what they make of a history.

mod api_keys;
mod bank_account;
mod beginnings;
mod client_file;
mod contract;
pub mod looks;
mod messages;
mod registration;
mod review;
mod services;
pub mod staff;
pub mod user;
mod values;
mod who;

pub use beginnings::beginnings;
pub use who::{Person, Who};

use chrono::{DateTime, TimeDelta, Utc};
use domain::Occasion;
use domain::merchant::{Command, State};
use proptest::prelude::*;

/// One request.
#[derive(Clone, Debug)]
pub struct Step {
    /// Minutes since the step before.
    pub wait: i64,
    pub who: Who,
    pub ask: Ask,
}

/// Declares what is asked, by room, and how often beside the others.
macro_rules! asks {
    ($($weight:literal => $room:ident $variant:ident),+ $(,)?) => {
        #[derive(Clone, Debug)]
        pub enum Ask { $($variant($room::Ask)),+ }

        impl Ask {
            fn usually(&self, is_second: bool) -> Person {
                match self { $(Self::$variant(ask) => ask.usually(is_second)),+ }
            }

            fn command(&self, state: &State, at: DateTime<Utc>) -> Command {
                match self { $(Self::$variant(ask) => ask.command(state, at).into()),+ }
            }
        }

        $(impl From<$room::Ask> for Ask {
            fn from(ask: $room::Ask) -> Self {
                Self::$variant(ask)
            }
        })+

        fn ask() -> impl Strategy<Value = Ask> {
            prop_oneof![$($weight => $room::any().prop_map(Ask::$variant)),+]
        }
    };
}

asks! {
    5 => registration Registration,
    12 => client_file ClientFile,
    6 => contract Contract,
    22 => review Review,
    3 => services Services,
    5 => api_keys ApiKeys,
    12 => bank_account BankAccount,
    3 => messages Messages,
}

impl Step {
    /// When it is asked, of whom lived until `at`.
    pub fn time(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        at + TimeDelta::minutes(self.wait)
    }

    /// What is asked in a state, and by whom.
    pub fn asked(&self, state: &State, at: DateTime<Utc>) -> (Command, Occasion) {
        (self.ask.command(state, at), self.who.person(&self.ask).at(at))
    }
}

/// When every life begins.
pub fn birth() -> DateTime<Utc> {
    DateTime::from_timestamp(1_793_610_000, 0).unwrap()
}

fn document() -> impl Strategy<Value = u8> {
    0..12u8
}

fn key() -> impl Strategy<Value = u8> {
    0..5u8
}

fn person() -> impl Strategy<Value = u8> {
    0..3u8
}

fn rarely() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.1)
}

fn mostly() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.8)
}

pub fn step() -> impl Strategy<Value = Step> {
    const DAY: i64 = 24 * 60;
    let wait = prop_oneof![
        8 => Just(0),
        4 => 1..60i64,
        3 => 1..3 * DAY,
        1 => 7 * DAY..40 * DAY,
        1 => 300 * DAY..400 * DAY,
    ];
    (wait, who::anybody(), ask()).prop_map(|(wait, who, ask)| Step { wait, who, ask })
}
