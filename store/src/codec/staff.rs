//! The shapes of a staff member's events.

use super::messages::{Letter1, first_failed, first_sent};
use super::wire::{Code, Id, Text, Time, Wire, group};
use super::{DecodeError, Opens, room};
use domain::Coded;
use domain::staff::{Event, Profile, Role, Roles};
use serde::{Deserialize, Serialize};

group! { Profile1 of Profile { email: Text, first_name: Text, last_name: Text } }

/// Roles by their written names.
#[derive(Serialize, Deserialize)]
pub struct Roles1(Vec<String>);

impl Wire<Roles> for Roles1 {
    fn of(roles: &Roles) -> Self {
        Self(roles.iter().map(|role| role.code().to_owned()).collect())
    }
    fn read(self) -> Result<Roles, DecodeError> {
        let role = |code: String| Role::from_code(&code).ok_or(DecodeError::UnknownCode(code));
        self.0.into_iter().map(role).collect()
    }
}

room! { Event {
    "staff.invited" 1 Invited {
        language: Code, roles: Roles1, link: Id, expires_at: Time, by: Option<Id>,
    } sealed { profile: Profile1 => owner }
    "staff.joined" 1 Joined { credential: Id }
    "staff.roles_changed" 1 RolesChanged { roles: Roles1, by: Id }
    "staff.disabled" 1 Disabled { by: Id }
    "staff.signed_in" 1 SignedIn {}
    "staff.sign_in_refused" 1 SignInRefused { failure: Code }
    "staff.locked" 1 Locked { until: Time }
    "staff.message_sent" 2 MessageSent {
        cause: Id, template: Code, medium: Code, recipient: Id,
    } sealed { letter: Letter1 => recipient }
    "staff.message_delivered" 1 MessageDelivered { cause: Id, template: Code, medium: Code }
    "staff.message_failed" 2 MessageFailed {
        cause: Id, template: Code, medium: Code, failure: Code, recipient: Id,
    } sealed { letter: Letter1 => recipient }
} earlier {
    "staff.message_sent" 1 MessageSent1 { cause: Id, template: Code, medium: Code } => sent_1
    "staff.message_failed" 1 MessageFailed1 { cause: Id, template: Code, medium: Code, failure: Code }
        => failed_1
} }

fn sent_1(facts: facts::MessageSent1, _: &dyn Opens) -> Result<Event, DecodeError> {
    Ok(first_sent(facts.cause, facts.template, facts.medium)?.into())
}

fn failed_1(facts: facts::MessageFailed1, _: &dyn Opens) -> Result<Event, DecodeError> {
    Ok(first_failed(facts.cause, facts.template, facts.medium, facts.failure)?.into())
}

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::{id, letter, time};
    use domain::Personal;
    use domain::messages::{Failure, Medium, NOBODY, Template};
    use domain::staff::SignInFailure;
    use domain::values::{Email, Language, PersonName};

    pub fn all() -> Vec<Event> {
        vec![
            Event::Invited {
                profile: Profile {
                    email: Email::recorded("clara@example.com"),
                    first_name: PersonName::recorded("Clara"),
                    last_name: PersonName::recorded("Modèle"),
                }
                .into(),
                language: Language::English,
                roles: [Role::Officer, Role::Administrator].into_iter().collect(),
                link: id(111),
                expires_at: time(8),
                by: Some(id(112)),
            },
            Event::Joined { credential: id(113) },
            Event::RolesChanged { roles: [Role::Auditor].into_iter().collect(), by: id(114) },
            Event::Disabled { by: id(115) },
            Event::SignedIn,
            Event::SignInRefused { failure: SignInFailure::WrongSecondFactor },
            Event::Locked { until: time(9) },
            Event::MessageSent {
                cause: id(124),
                template: Template::StaffInvitation,
                medium: Medium::Email,
                recipient: id(151),
                letter: letter().into(),
            },
            Event::MessageDelivered {
                cause: id(125),
                template: Template::StaffInvitation,
                medium: Medium::Email,
            },
            Event::MessageFailed {
                cause: id(126),
                template: Template::StaffInvitation,
                medium: Medium::Email,
                failure: Failure::Refused,
                recipient: id(152),
                letter: letter().into(),
            },
        ]
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        let sent = Event::MessageSent {
            cause: id(124),
            template: Template::StaffInvitation,
            medium: Medium::Email,
            recipient: NOBODY,
            letter: Personal::Forgotten,
        };
        let failed = Event::MessageFailed {
            cause: id(126),
            template: Template::StaffInvitation,
            medium: Medium::Email,
            failure: Failure::Refused,
            recipient: NOBODY,
            letter: Personal::Forgotten,
        };
        vec![("staff.message_sent", 1, sent), ("staff.message_failed", 1, failed)]
    }
}
