//! The shapes of the API keys' events.

use super::wire::{Code, Id, Text, Time, Wire, group};
use super::{DecodeError, Opens, room};
use domain::Personal;
use domain::api_keys::{Event, NewKey};
use domain::values::FreeText;

group! { Key1 of NewKey { id: Id, hash: [u8; 32], last_four: [u8; 4] } }

room! { Event {
    "api_keys.issued" 2 Issued { key: Key1, mode: Code, issued_at: Option<Time> }
        sealed { name: Text => owner }
    "api_keys.rotated" 2 Rotated {
        from: Id, to: Key1, mode: Code, overlap_until: Time, rotated_at: Option<Time>,
    }
    "api_keys.revoked" 1 Revoked { key: Id, reason: Code }
} earlier {
    "api_keys.issued" 1 Issued1 { key: Key1, mode: Code } => issued_1
    "api_keys.rotated" 1 Rotated1 { from: Id, to: Key1, mode: Code, overlap_until: Time }
        => rotated_1
} }

/// The first version gave keys no name, and did not say when.
fn issued_1(facts: facts::Issued1, _: &dyn Opens) -> Result<Event, DecodeError> {
    let (key, mode) = (facts.key.read()?, facts.mode.read()?);
    Ok(Event::Issued { key, mode, name: unnamed(), issued_at: None })
}

fn rotated_1(facts: facts::Rotated1, _: &dyn Opens) -> Result<Event, DecodeError> {
    Ok(Event::Rotated {
        from: facts.from.read()?,
        to: facts.to.read()?,
        mode: facts.mode.read()?,
        overlap_until: facts.overlap_until.read()?,
        rotated_at: None,
    })
}

/// Nobody gave it one, which is no secret.
fn unnamed() -> Personal<FreeText> {
    FreeText::recorded("").into()
}

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
            Event::Issued {
                key: key(81),
                mode: Mode::Live,
                name: FreeText::recorded("Web shop").into(),
                issued_at: Some(time(1_400)),
            },
            Event::Rotated {
                from: id(82),
                to: key(83),
                mode: Mode::Test,
                overlap_until: time(1_440),
                rotated_at: Some(time(1_430)),
            },
            Event::Revoked { key: id(84), reason: RevocationReason::Leaked },
        ]
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        let issued =
            Event::Issued { key: key(81), mode: Mode::Live, name: unnamed(), issued_at: None };
        let rotated = Event::Rotated {
            from: id(82),
            to: key(83),
            mode: Mode::Test,
            overlap_until: time(1_440),
            rotated_at: None,
        };
        vec![("api_keys.issued", 1, issued), ("api_keys.rotated", 1, rotated)]
    }
}
