//! Who asks, through which channel, and when.

use crate::staff::Roles;
use crate::strong_authentication::{Action, Proof};
use crate::{ApiKeyId, PersonId, StaffId, UserId};
use chrono::{DateTime, Utc};

/// Who asks. What somebody may do follows from this type and from the merchant's own history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Somebody who has not signed in, or who holds a link sent by e-mail.
    Visitor,
    /// Somebody with a portal session.
    User(UserId),
    /// A signer who came through the link sent to them.
    Signer(PersonId),
    Staff(StaffId),
    ApiKey(ApiKeyId),
    /// Timers and process managers.
    System,
    /// Mail and SMS providers, signature and screening services.
    Provider,
}

codes! {
    /// The way a request came in.
    pub enum Channel {
        Portal = "portal",
        Api = "api",
        Console = "console",
        SupportEmail = "support_email",
        Timer = "timer",
        Terminal = "terminal",
    }
}

/// The circumstances of a request: everything a rule may know beside the request and the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occasion {
    pub actor: Actor,
    pub channel: Channel,
    pub at: DateTime<Utc>,
    /// The second factor that the actor last proved in this session, if they did.
    pub proof: Option<Proof>,
    /// The roles of the member of staff who asks; empty for everybody else.
    pub staff_roles: Roles,
}

impl Occasion {
    pub fn new(actor: Actor, channel: Channel, at: DateTime<Utc>) -> Self {
        Self { actor, channel, at, proof: None, staff_roles: Roles::default() }
    }

    pub fn by_system(at: DateTime<Utc>) -> Self {
        Self::new(Actor::System, Channel::Timer, at)
    }

    pub fn by_staff(id: StaffId, roles: Roles, at: DateTime<Utc>) -> Self {
        Self { staff_roles: roles, ..Self::new(Actor::Staff(id), Channel::Console, at) }
    }

    pub fn staff(&self) -> Option<StaffId> {
        match self.actor {
            Actor::Staff(id) => Some(id),
            Actor::Visitor
            | Actor::User(_)
            | Actor::Signer(_)
            | Actor::ApiKey(_)
            | Actor::System
            | Actor::Provider => None,
        }
    }

    /// Whether the actor has just proved a second factor for an action.
    pub fn is_proved_for(&self, action: Action) -> bool {
        self.proof.is_some_and(|proof| proof.is_for(action, self.at))
    }
}
