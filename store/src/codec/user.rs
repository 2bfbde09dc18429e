//! The shapes of a user's events.

use super::room;
use super::wire::{Code, Id, Text, Time, group};
use domain::user::{Event, Profile};

group! { Profile1 of Profile { first_name: Text, last_name: Text, mobile: Text } }

room! { Event {
    "user.registered" 1 Registered { language: Code, credential: Id }
        sealed { email: Text => owner }
    "user.activation_link_issued" 1 ActivationLinkIssued {
        link: Id, issued_at: Time, expires_at: Time,
    }
    "user.email_verified" 1 EmailVerified {}
    "user.profile_recorded" 1 ProfileRecorded {} sealed { profile: Profile1 => owner }
    "user.code_sent" 1 CodeSent { challenge: Id, purpose: Code, sent_at: Time, expires_at: Time }
    "user.code_refused" 1 CodeRefused { challenge: Id }
    "user.mobile_verified" 1 MobileVerified { challenge: Id }
    "user.strongly_authenticated" 1 StronglyAuthenticated { challenge: Id }
    "user.registration_repeated" 2 RegistrationRepeated { repeated_at: Option<Time> }
    "user.password_reset_requested" 1 PasswordResetRequested {
        link: Id, issued_at: Time, expires_at: Time,
    }
    "user.password_changed" 1 PasswordChanged { credential: Id }
    "user.sessions_revoked" 1 SessionsRevoked {}
    "user.signed_in" 1 SignedIn {}
    "user.sign_in_refused" 1 SignInRefused { failure: Code }
    "user.locked" 1 Locked { until: Time }
    "user.lapsed" 1 Lapsed {}
    "user.message_sent" 1 MessageSent { cause: Id, template: Code, medium: Code }
    "user.message_delivered" 1 MessageDelivered { cause: Id, template: Code, medium: Code }
    "user.message_failed" 1 MessageFailed {
        cause: Id, template: Code, medium: Code, failure: Code,
    }
} earlier {
    "user.registration_repeated" 1 RegistrationRepeated1 {} => repeated_at_some_time
} }

fn repeated_at_some_time(
    _: facts::RegistrationRepeated1,
    _: &dyn super::Opens,
) -> Result<Event, super::DecodeError> {
    Ok(Event::RegistrationRepeated { repeated_at: None })
}

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::{id, time};
    use domain::messages::{Failure, Medium, Template};
    use domain::user::{CodePurpose, SignInFailure};
    use domain::values::{Email, Language, Mobile, PersonName};

    pub fn all() -> Vec<Event> {
        vec![
            Event::Registered {
                email: Email::recorded("marie@example.com").into(),
                language: Language::English,
                credential: id(101),
            },
            Event::ActivationLinkIssued { link: id(102), issued_at: time(1), expires_at: time(2) },
            Event::EmailVerified,
            Event::ProfileRecorded {
                profile: Profile {
                    first_name: PersonName::recorded("Marie"),
                    last_name: PersonName::recorded("Exemple"),
                    mobile: Mobile::recorded("+33612345678"),
                }
                .into(),
            },
            Event::CodeSent {
                challenge: id(103),
                purpose: CodePurpose::StrongAuthentication,
                sent_at: time(3),
                expires_at: time(4),
            },
            Event::CodeRefused { challenge: id(104) },
            Event::MobileVerified { challenge: id(105) },
            Event::StronglyAuthenticated { challenge: id(106) },
            Event::RegistrationRepeated { repeated_at: Some(time(8)) },
            Event::PasswordResetRequested {
                link: id(107),
                issued_at: time(5),
                expires_at: time(6),
            },
            Event::PasswordChanged { credential: id(108) },
            Event::SessionsRevoked,
            Event::SignedIn,
            Event::SignInRefused { failure: SignInFailure::NotActivated },
            Event::Locked { until: time(7) },
            Event::MessageSent {
                cause: id(121),
                template: Template::Activation,
                medium: Medium::Email,
            },
            Event::MessageDelivered {
                cause: id(122),
                template: Template::MobileCode,
                medium: Medium::Sms,
            },
            Event::MessageFailed {
                cause: id(123),
                template: Template::PasswordReset,
                medium: Medium::Email,
                failure: Failure::Undelivered,
            },
            Event::Lapsed,
        ]
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        let repeated = Event::RegistrationRepeated { repeated_at: None };
        vec![("user.registration_repeated", 1, repeated)]
    }
}
