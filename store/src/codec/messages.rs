//! The shapes of the messages' events.

use super::room;
use super::wire::{Code, Id};
use domain::messages::Event;

room! { Event {
    "messages.sent" 1 Sent { cause: Id, template: Code, medium: Code }
    "messages.delivered" 1 Delivered { cause: Id, template: Code, medium: Code }
    "messages.failed" 1 Failed { cause: Id, template: Code, medium: Code, failure: Code }
} }

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::id;
    use domain::messages::{Failure, Medium, Template};

    pub fn all() -> Vec<Event> {
        vec![
            Event::Sent { cause: id(91), template: Template::FileApproved, medium: Medium::Email },
            Event::Failed {
                cause: id(92),
                template: Template::SigningCode,
                medium: Medium::Sms,
                failure: Failure::Unreachable,
            },
            Event::Delivered {
                cause: id(93),
                template: Template::SigningCode,
                medium: Medium::Sms,
            },
        ]
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        vec![]
    }
}
