//! The shapes of the messages' events.

use super::wire::{Code, Id, Text, Wire, group};
use super::{DecodeError, Opens, room};
use domain::Personal;
use domain::messages::{Event, Letter, NOBODY};

group! {
    /// Also of messages to users and staff.
    Letter1 of Letter { to: Text, language: Code, subject: Option<Text>, text: Text }
}

room! { Event {
    "messages.sent" 2 Sent {
        cause: Id, template: Code, medium: Code, recipient: Id,
    } sealed { letter: Letter1 => recipient }
    "messages.delivered" 1 Delivered { cause: Id, template: Code, medium: Code }
    "messages.failed" 2 Failed {
        cause: Id, template: Code, medium: Code, failure: Code, recipient: Id,
    } sealed { letter: Letter1 => recipient }
} earlier {
    "messages.sent" 1 Sent1 { cause: Id, template: Code, medium: Code } => sent_1
    "messages.failed" 1 Failed1 { cause: Id, template: Code, medium: Code, failure: Code }
        => failed_1
} }

/// The first versions, also of messages to users and staff, did not say what was said, nor to whom.
pub fn first_sent(cause: Id, template: Code, medium: Code) -> Result<Event, DecodeError> {
    Ok(Event::Sent {
        cause: cause.read()?,
        template: template.read()?,
        medium: medium.read()?,
        recipient: NOBODY,
        letter: Personal::Forgotten,
    })
}

pub fn first_failed(
    cause: Id,
    template: Code,
    medium: Code,
    failure: Code,
) -> Result<Event, DecodeError> {
    Ok(Event::Failed {
        cause: cause.read()?,
        template: template.read()?,
        medium: medium.read()?,
        failure: failure.read()?,
        recipient: NOBODY,
        letter: Personal::Forgotten,
    })
}

fn sent_1(facts: facts::Sent1, _: &dyn Opens) -> Result<Event, DecodeError> {
    first_sent(facts.cause, facts.template, facts.medium)
}

fn failed_1(facts: facts::Failed1, _: &dyn Opens) -> Result<Event, DecodeError> {
    first_failed(facts.cause, facts.template, facts.medium, facts.failure)
}

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::{id, letter};
    use domain::messages::{Failure, Medium, Template};

    pub fn all() -> Vec<Event> {
        vec![
            Event::Sent {
                cause: id(91),
                template: Template::FileApproved,
                medium: Medium::Email,
                recipient: id(151),
                letter: letter().into(),
            },
            Event::Failed {
                cause: id(92),
                template: Template::SigningCode,
                medium: Medium::Sms,
                failure: Failure::Unreachable,
                recipient: id(152),
                letter: letter().into(),
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
        let sent = Event::Sent {
            cause: id(91),
            template: Template::FileApproved,
            medium: Medium::Email,
            recipient: NOBODY,
            letter: Personal::Forgotten,
        };
        let failed = Event::Failed {
            cause: id(92),
            template: Template::SigningCode,
            medium: Medium::Sms,
            failure: Failure::Unreachable,
            recipient: NOBODY,
            letter: Personal::Forgotten,
        };
        vec![("messages.sent", 1, sent), ("messages.failed", 1, failed)]
    }
}
