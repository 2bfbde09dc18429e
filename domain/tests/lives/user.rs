//! What is asked of a user.

use super::staff::attempt;
use super::values::id;
use super::{messages, mostly};
use chrono::{DateTime, TimeDelta, Utc};
use domain::sign_in::Attempt;
use domain::strong_authentication::{Action, Proof};
use domain::user::{CodePurpose, Command, Profile, Scope, State};
use domain::values::{Email, FreeText, Language, Mobile, PersonName};
use domain::{Actor, Channel, LinkId, Occasion};
use proptest::prelude::*;
use proptest::sample::select;

/// One request, so many minutes after the one before.
#[derive(Clone, Debug)]
pub struct Step {
    pub wait: i64,
    pub is_proved: bool,
    pub ask: Ask,
}

#[derive(Clone, Debug)]
pub enum Ask {
    Register { credential: u8 },
    RepeatRegistration { link: u8, is_password_same: bool },
    IssueActivationLink { link: u8 },
    VerifyEmail { link: Link },
    RecordProfile { mobile: u8 },
    SendCode { challenge: u8, purpose: CodePurpose },
    EnterCode { is_newest: bool, is_code_right: bool },
    RequestPasswordReset { link: u8 },
    ChangePassword { link: Link },
    SignIn { is_password_right: bool, attempt: Attempt },
    RevokeSessions,
    RequestEmailChange { change: u8, email: u8 },
    RequestMobileChange { change: u8, mobile: u8, challenge: u8 },
    ConfirmEmailChange { change: u8 },
    CancelContactChange { change: u8 },
    FreezeContacts { change: u8 },
    ReleaseContacts { change: u8 },
    IssueToken { token: u8, days: i64 },
    RevokeToken { token: u8 },
    Lapse,
    Message(messages::Ask),
}

const PURPOSES: &[CodePurpose] = &[
    CodePurpose::MobileVerification,
    CodePurpose::StrongAuthentication { action: None },
    CodePurpose::StrongAuthentication { action: Some(Action::ChangeContact) },
    CodePurpose::NewMobile,
];

impl Step {
    /// Who asks at a moment: mostly somebody who has just proved that it is them.
    pub fn occasion(&self, at: DateTime<Utc>) -> Occasion {
        let is_for_token = matches!(self.ask, Ask::IssueToken { .. });
        let action =
            if is_for_token { Action::PersonalAccessTokens } else { Action::ChangeContact };
        let proof = Proof { action, at };
        let proof = self.is_proved.then_some(proof);
        Occasion { proof, ..Occasion::new(Actor::Visitor, Channel::Portal, at) }
    }
}

/// A link that is followed.
#[derive(Clone, Copy, Debug)]
pub enum Link {
    Newest,
    Other(u8),
}

impl Link {
    fn of(self, newest: Option<domain::user::Link>) -> LinkId {
        match self {
            Self::Newest => newest.map_or(id(99), |newest| newest.id),
            Self::Other(link) => id(link),
        }
    }
}

pub fn step() -> impl Strategy<Value = Step> {
    let wait = prop_oneof![
        10 => Just(0),
        6 => 1..15i64,
        2 => 15..100i64,
        1 => 100..2 * 24 * 60i64,
        1 => 30 * 24 * 60..40 * 24 * 60i64,
    ];
    (wait, mostly(), ask()).prop_map(|(wait, is_proved, ask)| Step { wait, is_proved, ask })
}

fn ask() -> impl Strategy<Value = Ask> {
    let (link, challenge, change) = (|| 0..4u8, || 0..4u8, || 30..33u8);
    let followed = || prop_oneof![4 => Just(Link::Newest), 1 => (0..4u8).prop_map(Link::Other)];
    prop_oneof![
        4 => (0..2u8).prop_map(|credential| Ask::Register { credential }),
        3 => (link(), any::<bool>())
            .prop_map(|(link, same)| Ask::RepeatRegistration { link, is_password_same: same }),
        4 => link().prop_map(|link| Ask::IssueActivationLink { link }),
        4 => followed().prop_map(|link| Ask::VerifyEmail { link }),
        3 => (0..2u8).prop_map(|mobile| Ask::RecordProfile { mobile }),
        12 => (challenge(), select(PURPOSES))
            .prop_map(|(challenge, purpose)| Ask::SendCode { challenge, purpose }),
        12 => (mostly(), any::<bool>())
            .prop_map(|(is_newest, right)| Ask::EnterCode { is_newest, is_code_right: right }),
        4 => link().prop_map(|link| Ask::RequestPasswordReset { link }),
        4 => followed().prop_map(|link| Ask::ChangePassword { link }),
        8 => (mostly(), attempt())
            .prop_map(|(right, attempt)| Ask::SignIn { is_password_right: right, attempt }),
        1 => Just(Ask::RevokeSessions),
        3 => (change(), 0..2u8)
            .prop_map(|(change, email)| Ask::RequestEmailChange { change, email }),
        6 => (change(), 0..2u8, challenge()).prop_map(|(change, mobile, challenge)| {
            Ask::RequestMobileChange { change, mobile, challenge }
        }),
        6 => change().prop_map(|change| Ask::ConfirmEmailChange { change }),
        1 => change().prop_map(|change| Ask::CancelContactChange { change }),
        2 => change().prop_map(|change| Ask::FreezeContacts { change }),
        3 => change().prop_map(|change| Ask::ReleaseContacts { change }),
        4 => (40..44u8, -1..40i64).prop_map(|(token, days)| Ask::IssueToken { token, days }),
        2 => (40..44u8).prop_map(|token| Ask::RevokeToken { token }),
        1 => Just(Ask::Lapse),
        1 => messages::any().prop_map(Ask::Message),
    ]
}

impl Ask {
    pub fn command(&self, state: &State, at: DateTime<Utc>) -> Command {
        match *self {
            Self::Register { credential } => Command::Register {
                email: email(0),
                language: Language::French,
                credential: id(50 + credential),
            },
            Self::RepeatRegistration { link, is_password_same } => {
                Command::RepeatRegistration { link: id(link), is_password_same }
            }
            Self::IssueActivationLink { link } => Command::IssueActivationLink { link: id(link) },
            Self::VerifyEmail { link } => Command::VerifyEmail { link: link.of(state.activation) },
            Self::RecordProfile { mobile } => Command::RecordProfile { profile: profile(mobile) },
            Self::SendCode { challenge, purpose } => {
                Command::SendCode { challenge: id(challenge), purpose }
            }
            Self::EnterCode { is_newest, is_code_right } => {
                let newest = state.challenge.filter(|_| is_newest);
                let challenge = newest.map_or(id(3), |challenge| challenge.id);
                Command::EnterCode { challenge, is_code_right }
            }
            Self::RequestPasswordReset { link } => {
                Command::RequestPasswordReset { link: id(20 + link) }
            }
            Self::ChangePassword { link } => {
                Command::ChangePassword { credential: link.of(state.reset) }
            }
            Self::SignIn { is_password_right, attempt } => {
                Command::SignIn { is_password_right, attempt }
            }
            Self::RevokeSessions => Command::RevokeSessions,
            Self::RequestEmailChange { change, email: address } => {
                Command::RequestEmailChange { change: id(change), email: email(address) }
            }
            Self::RequestMobileChange { change, mobile: number, challenge } => {
                Command::RequestMobileChange {
                    change: id(change),
                    mobile: mobile(number),
                    challenge: id(challenge),
                }
            }
            Self::ConfirmEmailChange { change } => {
                Command::ConfirmEmailChange { change: id(change) }
            }
            Self::CancelContactChange { change } => {
                Command::CancelContactChange { change: id(change) }
            }
            Self::FreezeContacts { change } => {
                Command::FreezeContacts { merchant: id(0), change: id(change) }
            }
            Self::ReleaseContacts { change } => Command::ReleaseContacts { change: id(change) },
            Self::IssueToken { token, days } => Command::IssueToken {
                token: id(token),
                hash: [token; 32],
                name: FreeText::parse("Export").unwrap(),
                scopes: [Scope::Read].into(),
                expires_at: at + TimeDelta::days(days),
            },
            Self::RevokeToken { token } => Command::RevokeToken { token: id(token) },
            Self::Lapse => Command::Lapse,
            Self::Message(ref ask) => Command::RecordMessage(ask.message()),
        }
    }
}

fn email(number: u8) -> Email {
    Email::parse(if number == 0 { "zoe@example.com" } else { "zoe@atelier.example" }).unwrap()
}

fn mobile(number: u8) -> Mobile {
    Mobile::parse(if number == 0 { "06 12 34 56 78" } else { "06 98 76 54 32" }).unwrap()
}

fn profile(number: u8) -> Profile {
    Profile {
        first_name: PersonName::parse("Zoé").unwrap(),
        last_name: PersonName::parse("Exemple").unwrap(),
        mobile: mobile(number),
    }
}
