//! People. All of them are invented.

use crate::staff::{Role, Roles};
use crate::strong_authentication::{Action, Proof};
use crate::{Actor, Channel, Id, Occasion, PersonId, StaffId, UserId};
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub fn id<I: Id>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(number))
}

#[derive(Clone, Copy)]
pub struct Colleague(u128, &'static [Role]);

pub const CLARA: Colleague = Colleague(1, &[Role::Officer]);
pub const HUGO: Colleague = Colleague(2, &[Role::Officer]);
pub const NADIA: Colleague = Colleague(3, &[Role::Analyst]);
pub const SAMIR: Colleague = Colleague(4, &[Role::Support]);
pub const ADELE: Colleague = Colleague(5, &[Role::Administrator]);
pub const ALBAN: Colleague = Colleague(6, &[Role::Administrator]);

impl Colleague {
    pub fn id(self) -> StaffId {
        id(self.0)
    }

    pub fn at(self, at: DateTime<Utc>) -> Occasion {
        Occasion::by_staff(self.id(), roles(self.1), at)
    }
}

pub fn roles(roles: &[Role]) -> Roles {
    roles.iter().copied().collect()
}

#[derive(Clone, Copy)]
pub struct Member(u128);

/// Zoé, who registered the merchant and represents it.
pub const OWNER: Member = Member(11);
pub const STRANGER: Member = Member(12);

impl Member {
    pub fn id(self) -> UserId {
        id(self.0)
    }

    pub fn at(self, at: DateTime<Utc>) -> Occasion {
        Occasion::new(Actor::User(self.id()), Channel::Portal, at)
    }

    /// Just after a one-time code for an action.
    pub fn proved(self, action: Action, at: DateTime<Utc>) -> Occasion {
        Occasion { proof: Some(Proof { action, at }), ..self.at(at) }
    }
}

pub fn timer(at: DateTime<Utc>) -> Occasion {
    Occasion::by_system(at)
}

pub fn visitor(at: DateTime<Utc>) -> Occasion {
    Occasion::new(Actor::Visitor, Channel::Portal, at)
}

pub fn provider(at: DateTime<Utc>) -> Occasion {
    Occasion::new(Actor::Provider, Channel::Api, at)
}

pub fn signer(person: PersonId, at: DateTime<Utc>) -> Occasion {
    Occasion::new(Actor::Signer(person), Channel::Portal, at)
}

/// Everybody who is neither a member nor staff nor a timer.
pub fn outsiders(at: DateTime<Utc>) -> Vec<Occasion> {
    let key = Occasion::new(Actor::ApiKey(id(1)), Channel::Api, at);
    vec![STRANGER.at(at), visitor(at), provider(at), signer(id(99), at), key]
}
