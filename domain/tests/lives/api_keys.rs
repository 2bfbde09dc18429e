//! What is asked of API keys.

use super::values::{id, new_key};
use super::{Person, key};
use chrono::{DateTime, Utc};
use domain::Coded;
use domain::api_keys::{Command, Mode, RevocationReason};
use domain::merchant::State;
use domain::strong_authentication::Action;
use domain::values::FreeText;
use proptest::prelude::*;
use proptest::sample::select;

#[derive(Clone, Debug)]
pub enum Ask {
    Issue { key: u8, mode: Mode },
    Rotate { from: u8, to: u8, overlap_days: u8 },
    Revoke { key: u8 },
}

pub fn any() -> impl Strategy<Value = Ask> {
    prop_oneof![
        (key(), select(Mode::ALL)).prop_map(|(key, mode)| Ask::Issue { key, mode }),
        (key(), key(), 0..9u8).prop_map(|(from, to, overlap_days)| Ask::Rotate {
            from,
            to,
            overlap_days
        }),
        key().prop_map(|key| Ask::Revoke { key }),
    ]
}

impl Ask {
    /// From whom it is usually asked, the first or the second of them.
    pub fn usually(&self, _: bool) -> Person {
        Person::OwnerWithCode(Action::LiveKeys)
    }

    pub fn command(&self, _: &State, _: DateTime<Utc>) -> Command {
        match *self {
            Self::Issue { key, mode } => {
                Command::Issue { key: new_key(key), mode, name: FreeText::parse("Shop").unwrap() }
            }
            Self::Rotate { from, to, overlap_days } => {
                Command::Rotate { from: id(from), to: new_key(to), overlap_days }
            }
            Self::Revoke { key } => {
                Command::Revoke { key: id(key), reason: RevocationReason::ByMember }
            }
        }
    }
}
