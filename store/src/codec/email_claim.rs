//! The shapes of the e-mail claims' events.

use super::room;
use super::wire::Id;
use domain::email_claim::Event;

room! { Event {
    "email_claim.claimed" 1 Claimed { by: Id }
    "email_claim.released" 1 Released { by: Id }
} }

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::id;

    pub fn all() -> Vec<Event> {
        vec![Event::Claimed { by: id(201) }, Event::Released { by: id(202) }]
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        vec![]
    }
}
