//! What is asked of a member of staff.

use super::values::id;
use super::{Person, messages};
use chrono::{DateTime, Utc};
use domain::sign_in::{Attempt, Failures};
use domain::staff::{Command, Profile, Role, Roles, State};
use domain::values::{Email, Language, PersonName};
use domain::{Coded, Occasion, StaffId};
use proptest::prelude::*;

/// One request, so many minutes after the one before.
#[derive(Clone, Debug)]
pub struct Step {
    pub wait: i64,
    pub who: Person,
    pub ask: Ask,
}

#[derive(Clone, Debug)]
pub enum Ask {
    Invite { roles: u8, link: u8 },
    Join { link: u8, is_second_factor_right: bool },
    ChangeRoles { roles: u8 },
    Disable,
    SignIn { is_password_right: bool, is_second_factor_right: bool, attempt: Attempt },
    Message(messages::Ask),
}

/// The member of staff whose life it is: the administrator of the others' lives, so that they meet
/// their own account, too.
pub fn member() -> StaffId {
    id(14)
}

pub fn step() -> impl Strategy<Value = Step> {
    let wait = prop_oneof![6 => Just(0), 4 => 1..60i64, 1 => 60..5 * 24 * 60i64];
    let who = prop_oneof![
        5 => Just(Person::OtherAdministrator),
        2 => Just(Person::Administrator),
        1 => Just(Person::Support),
        1 => Just(Person::Visitor),
        1 => Just(Person::Timer),
    ];
    (wait, who, ask()).prop_map(|(wait, who, ask)| Step { wait, who, ask })
}

fn ask() -> impl Strategy<Value = Ask> {
    let (roles, link) = (|| 0..64u8, || 0..2u8);
    let mostly = super::mostly;
    prop_oneof![
        3 => (roles(), link()).prop_map(|(roles, link)| Ask::Invite { roles, link }),
        4 => (link(), mostly())
            .prop_map(|(link, right)| Ask::Join { link, is_second_factor_right: right }),
        2 => roles().prop_map(|roles| Ask::ChangeRoles { roles }),
        1 => Just(Ask::Disable),
        8 => (mostly(), mostly(), attempt()).prop_map(|(password, second, attempt)| Ask::SignIn {
            is_password_right: password,
            is_second_factor_right: second,
            attempt,
        }),
        1 => messages::any().prop_map(Ask::Message),
    ]
}

/// Whence somebody tries, who may have tried before.
pub fn attempt() -> impl Strategy<Value = Attempt> {
    (super::rarely(), 0..6u16, 0..22u16, any::<bool>()).prop_map(
        |(is_known_device, of_source, of_strangers, is_recorded)| Attempt {
            is_known_device,
            failures: Failures { of_source, of_strangers, is_recorded },
        },
    )
}

fn roles(bits: u8) -> Roles {
    Role::ALL
        .iter()
        .zip(0u8..)
        .filter(|(_, n)| bits & (1 << n) != 0)
        .map(|(role, _)| *role)
        .collect()
}

impl Step {
    pub fn asked(&self, state: &State, at: DateTime<Utc>) -> (Command, Occasion) {
        (self.ask.command(state), self.who.at(at))
    }
}

impl Ask {
    fn command(&self, _: &State) -> Command {
        match *self {
            Self::Invite { roles: bits, link } => Command::Invite {
                profile: Profile {
                    email: Email::parse("clara@example.com").unwrap(),
                    first_name: PersonName::parse("Clara").unwrap(),
                    last_name: PersonName::parse("Exemple").unwrap(),
                },
                language: Language::French,
                roles: roles(bits),
                link: id(link),
            },
            Self::Join { link, is_second_factor_right } => {
                Command::Join { link: id(link), is_second_factor_right }
            }
            Self::ChangeRoles { roles: bits } => Command::ChangeRoles { roles: roles(bits) },
            Self::Disable => Command::Disable,
            Self::SignIn { is_password_right, is_second_factor_right, attempt } => {
                Command::SignIn { is_password_right, is_second_factor_right, attempt }
            }
            Self::Message(ref ask) => Command::RecordMessage(ask.message()),
        }
    }
}
