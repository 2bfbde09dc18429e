//! The shapes of a user's events.

use super::messages::{Letter1, first_failed, first_sent};
use super::wire::{Code, Id, List, Text, Time, Wire, group};
use super::{DecodeError, Opens, room};
use domain::strong_authentication::{Action, ActionKind, Method};
use domain::user::{CodeKind, CodePurpose, Event, Profile};
use domain::{BankAccountChangeId, MerchantId};
use serde::{Deserialize, Serialize};

group! { Profile1 of Profile { first_name: Text, last_name: Text, mobile: Text } }

/// What a strong authentication is for: its written name, and the change that it is about.
#[derive(Serialize, Deserialize)]
pub struct Action1 {
    action: Code,
    merchant: Option<Id>,
    change: Option<Id>,
}

impl Wire<Action> for Action1 {
    fn of(action: &Action) -> Self {
        let (merchant, change) = action.change().unzip();
        Self {
            action: Code::of(&action.kind()),
            merchant: Wire::of(&merchant),
            change: Wire::of(&change),
        }
    }

    fn read(self) -> Result<Action, DecodeError> {
        let kind: ActionKind = self.action.read()?;
        let merchant: Option<MerchantId> = self.merchant.read()?;
        let change: Option<BankAccountChangeId> = self.change.read()?;
        Action::from_parts(kind, merchant.zip(change)).ok_or(DecodeError::Malformed)
    }
}

/// What a one-time code is for: its written name, and the action of a strong authentication.
#[derive(Serialize, Deserialize)]
pub struct Purpose2 {
    purpose: Code,
    action: Option<Action1>,
}

impl Wire<CodePurpose> for Purpose2 {
    fn of(purpose: &CodePurpose) -> Self {
        Self { purpose: Code::of(&purpose.kind()), action: Wire::of(&purpose.action()) }
    }

    fn read(self) -> Result<CodePurpose, DecodeError> {
        let kind: CodeKind = self.purpose.read()?;
        CodePurpose::from_parts(kind, self.action.read()?).ok_or(DecodeError::Malformed)
    }
}

room! { Event {
    "user.registered" 1 Registered { language: Code, credential: Id }
        sealed { email: Text => owner }
    "user.activation_link_issued" 1 ActivationLinkIssued {
        link: Id, issued_at: Time, expires_at: Time,
    }
    "user.email_verified" 1 EmailVerified {}
    "user.profile_recorded" 1 ProfileRecorded {} sealed { profile: Profile1 => owner }
    "user.code_sent" 2 CodeSent {
        challenge: Id, purpose: Purpose2, sent_at: Time, expires_at: Time,
    }
    "user.code_refused" 1 CodeRefused { challenge: Id }
    "user.mobile_verified" 1 MobileVerified { challenge: Id }
    "user.strongly_authenticated" 2 StronglyAuthenticated {
        challenge: Id, method: Code, action: Option<Action1>,
    }
    "user.registration_repeated" 2 RegistrationRepeated { repeated_at: Option<Time> }
    "user.password_reset_requested" 1 PasswordResetRequested {
        link: Id, issued_at: Time, expires_at: Time,
    }
    "user.password_changed" 1 PasswordChanged { credential: Id }
    "user.sessions_revoked" 1 SessionsRevoked {}
    "user.signed_in" 1 SignedIn {}
    "user.sign_in_refused" 1 SignInRefused { failure: Code }
    "user.locked" 1 Locked { until: Time }
    "user.email_change_requested" 1 EmailChangeRequested {
        change: Id, requested_at: Time, expires_at: Time,
    } sealed { email: Text => owner }
    "user.mobile_change_requested" 1 MobileChangeRequested {
        change: Id, requested_at: Time, expires_at: Time,
    } sealed { mobile: Text => owner }
    "user.contact_change_cancelled" 1 ContactChangeCancelled { change: Id }
    "user.email_changed" 1 EmailChanged { change: Id, changed_at: Time }
    "user.mobile_changed" 1 MobileChanged { change: Id, challenge: Id, changed_at: Time }
    "user.contacts_frozen" 1 ContactsFrozen { merchant: Id, change: Id, frozen_at: Time }
    "user.contacts_released" 1 ContactsReleased { change: Id }
    "user.token_issued" 1 TokenIssued {
        token: Id, hash: [u8; 32], scopes: List<Code>, issued_at: Time, expires_at: Time,
    } sealed { name: Text => owner }
    "user.token_revoked" 1 TokenRevoked { token: Id }
    "user.lapsed" 1 Lapsed {}
    "user.message_sent" 2 MessageSent {
        cause: Id, template: Code, medium: Code, recipient: Id,
    } sealed { letter: Letter1 => recipient }
    "user.message_delivered" 1 MessageDelivered { cause: Id, template: Code, medium: Code }
    "user.message_failed" 2 MessageFailed {
        cause: Id, template: Code, medium: Code, failure: Code, recipient: Id,
    } sealed { letter: Letter1 => recipient }
} earlier {
    "user.registration_repeated" 1 RegistrationRepeated1 {} => repeated_at_some_time
    "user.code_sent" 1 CodeSent1 { challenge: Id, purpose: Code, sent_at: Time, expires_at: Time }
        => code_sent_1
    "user.strongly_authenticated" 1 StronglyAuthenticated1 { challenge: Id }
        => strongly_authenticated_1
    "user.message_sent" 1 MessageSent1 { cause: Id, template: Code, medium: Code } => sent_1
    "user.message_failed" 1 MessageFailed1 { cause: Id, template: Code, medium: Code, failure: Code }
        => failed_1
} }

fn sent_1(facts: facts::MessageSent1, _: &dyn Opens) -> Result<Event, DecodeError> {
    Ok(first_sent(facts.cause, facts.template, facts.medium)?.into())
}

fn failed_1(facts: facts::MessageFailed1, _: &dyn Opens) -> Result<Event, DecodeError> {
    Ok(first_failed(facts.cause, facts.template, facts.medium, facts.failure)?.into())
}

/// The first version did not say for which action.
fn code_sent_1(facts: facts::CodeSent1, _: &dyn Opens) -> Result<Event, DecodeError> {
    let kind: CodeKind = facts.purpose.read()?;
    Ok(Event::CodeSent {
        challenge: facts.challenge.read()?,
        purpose: CodePurpose::from_parts(kind, None).ok_or(DecodeError::Malformed)?,
        sent_at: facts.sent_at.read()?,
        expires_at: facts.expires_at.read()?,
    })
}

fn strongly_authenticated_1(
    facts: facts::StronglyAuthenticated1,
    _: &dyn Opens,
) -> Result<Event, DecodeError> {
    let challenge = facts.challenge.read()?;
    Ok(Event::StronglyAuthenticated { challenge, method: Method::MobileCode, action: None })
}

fn repeated_at_some_time(
    _: facts::RegistrationRepeated1,
    _: &dyn Opens,
) -> Result<Event, DecodeError> {
    Ok(Event::RegistrationRepeated { repeated_at: None })
}

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::{id, letter, time};
    use domain::Personal;
    use domain::messages::{Failure, Medium, NOBODY, Template};
    use domain::user::{Scope, SignInFailure};
    use domain::values::{Email, FreeText, Language, Mobile, PersonName};

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
            code_sent(CodePurpose::StrongAuthentication { action: Some(confirming()) }),
            Event::CodeRefused { challenge: id(104) },
            Event::MobileVerified { challenge: id(105) },
            Event::StronglyAuthenticated {
                challenge: id(106),
                method: Method::MobileCode,
                action: Some(confirming()),
            },
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
            Event::EmailChangeRequested {
                change: id(131),
                email: Email::recorded("marie@atelier.example").into(),
                requested_at: time(9),
                expires_at: time(10),
            },
            Event::MobileChangeRequested {
                change: id(132),
                mobile: Mobile::recorded("+33698765432").into(),
                requested_at: time(11),
                expires_at: time(12),
            },
            Event::ContactChangeCancelled { change: id(133) },
            Event::EmailChanged { change: id(134), changed_at: time(13) },
            Event::MobileChanged { change: id(135), challenge: id(136), changed_at: time(14) },
            Event::ContactsFrozen { merchant: id(137), change: id(138), frozen_at: time(15) },
            Event::ContactsReleased { change: id(139) },
            Event::MessageSent {
                cause: id(121),
                template: Template::Activation,
                medium: Medium::Email,
                recipient: id(151),
                letter: letter().into(),
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
                recipient: id(152),
                letter: letter().into(),
            },
            Event::TokenIssued {
                token: id(140),
                hash: [0xd4; 32],
                name: FreeText::recorded("Nightly export").into(),
                scopes: [Scope::Read, Scope::ClientFile].into(),
                issued_at: time(16),
                expires_at: time(17),
            },
            Event::TokenRevoked { token: id(141) },
            Event::Lapsed,
        ]
    }

    fn confirming() -> Action {
        Action::ConfirmBankAccountChange { merchant: id(110), change: id(111) }
    }

    fn code_sent(purpose: CodePurpose) -> Event {
        Event::CodeSent { challenge: id(103), purpose, sent_at: time(3), expires_at: time(4) }
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        let repeated = Event::RegistrationRepeated { repeated_at: None };
        let sent = code_sent(CodePurpose::StrongAuthentication { action: None });
        let authenticated = Event::StronglyAuthenticated {
            challenge: id(106),
            method: Method::MobileCode,
            action: None,
        };
        let code = sent;
        let sent = Event::MessageSent {
            cause: id(121),
            template: Template::Activation,
            medium: Medium::Email,
            recipient: NOBODY,
            letter: Personal::Forgotten,
        };
        let failed = Event::MessageFailed {
            cause: id(123),
            template: Template::PasswordReset,
            medium: Medium::Email,
            failure: Failure::Undelivered,
            recipient: NOBODY,
            letter: Personal::Forgotten,
        };
        vec![
            ("user.registration_repeated", 1, repeated),
            ("user.code_sent", 1, code),
            ("user.message_sent", 1, sent),
            ("user.message_failed", 1, failed),
            ("user.strongly_authenticated", 1, authenticated),
        ]
    }
}
