//! The shapes of the API keys' events.

use super::room;
use super::wire::{Code, Id, Time, group};
use domain::api_keys::{Event, NewKey};

group! { Key1 of NewKey { id: Id, hash: [u8; 32], last_four: [u8; 4] } }

room! { Event {
    "api_keys.issued" 1 Issued { key: Key1, mode: Code }
    "api_keys.rotated" 1 Rotated { from: Id, to: Key1, mode: Code, overlap_until: Time }
    "api_keys.revoked" 1 Revoked { key: Id, reason: Code }
} }

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::{id, time};
    use domain::api_keys::{Mode, RevocationReason};

    fn key(number: u128) -> NewKey {
        NewKey { id: id(number), hash: [0xc3; 32], last_four: *b"Zx9k" }
    }

    pub fn all() -> Vec<Event> {
        vec![
            Event::Issued { key: key(81), mode: Mode::Live },
            Event::Rotated {
                from: id(82),
                to: key(83),
                mode: Mode::Test,
                overlap_until: time(1_440),
            },
            Event::Revoked { key: id(84), reason: RevocationReason::Leaked },
        ]
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        vec![]
    }
}
