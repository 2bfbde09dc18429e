//! Who asks.

use super::Ask;
use super::person;
use super::values::{id, owner};
use chrono::{DateTime, Utc};
use domain::staff::Role;
use domain::strong_authentication::{Action, Proof};
use domain::{Actor, Channel, Occasion};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
pub enum Who {
    /// Somebody from whom this is usually asked, the first or the second of them.
    Usual(bool),
    Other(Person),
}

#[derive(Clone, Copy, Debug)]
pub enum Person {
    Owner,
    /// Just after a code for an action.
    OwnerWithCode(Action),
    Stranger,
    Visitor,
    Signer(u8),
    ApiKey,
    Officer(bool),
    Analyst,
    Support,
    Administrator,
    OtherAdministrator,
    Timer,
    Provider,
}

pub fn anybody() -> impl Strategy<Value = Who> {
    let anybody = prop_oneof![
        Just(Person::Owner),
        Just(Person::OwnerWithCode(Action::LiveKeys)),
        Just(Person::Stranger),
        Just(Person::Visitor),
        person().prop_map(Person::Signer),
        Just(Person::ApiKey),
        any::<bool>().prop_map(Person::Officer),
        Just(Person::Analyst),
        Just(Person::Support),
        Just(Person::Administrator),
        Just(Person::Timer),
        Just(Person::Provider),
    ];
    prop_oneof![5 => any::<bool>().prop_map(Who::Usual), 1 => anybody.prop_map(Who::Other)]
}

impl Who {
    pub fn person(self, ask: &Ask) -> Person {
        match self {
            Self::Other(person) => person,
            Self::Usual(is_second) => ask.usually(is_second),
        }
    }
}

impl Person {
    pub fn at(self, at: DateTime<Utc>) -> Occasion {
        let staff = |number, role| Occasion::by_staff(id(number), [role].into_iter().collect(), at);
        let from = |actor, channel| Occasion::new(actor, channel, at);
        match self {
            Self::Owner => from(Actor::User(owner()), Channel::Portal),
            Self::OwnerWithCode(action) => Occasion {
                proof: Some(Proof { action, at }),
                ..from(Actor::User(owner()), Channel::Portal)
            },
            Self::Stranger => from(Actor::User(id(2)), Channel::Portal),
            Self::Visitor => from(Actor::Visitor, Channel::Portal),
            Self::Signer(person) => from(Actor::Signer(id(person)), Channel::Portal),
            Self::ApiKey => from(Actor::ApiKey(id(0)), Channel::Api),
            Self::Officer(is_second) => staff(10 + u8::from(is_second), Role::Officer),
            Self::Analyst => staff(12, Role::Analyst),
            Self::Support => staff(13, Role::Support),
            Self::Administrator => staff(14, Role::Administrator),
            Self::OtherAdministrator => staff(15, Role::Administrator),
            Self::Timer => Occasion::by_system(at),
            Self::Provider => from(Actor::Provider, Channel::Api),
        }
    }
}
