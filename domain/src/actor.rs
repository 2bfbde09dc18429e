//! Who asks, through which channel, and when.

use crate::staff::Roles;
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
    /// When the actor last proved a second factor in this session, if they did.
    pub strongly_authenticated_at: Option<DateTime<Utc>>,
    /// The roles of the member of staff who asks; empty for everybody else.
    pub staff_roles: Roles,
}

/// How long a proof of the second factor counts for the next sensitive request.
pub const STRONG_AUTHENTICATION_MINUTES: i64 = 5;

impl Occasion {
    pub fn new(actor: Actor, channel: Channel, at: DateTime<Utc>) -> Self {
        Self { actor, channel, at, strongly_authenticated_at: None, staff_roles: Roles::default() }
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

    pub fn is_strongly_authenticated(&self) -> bool {
        self.strongly_authenticated_at.is_some_and(|proved_at| {
            let age = self.at - proved_at;
            age >= chrono::TimeDelta::zero()
                && age <= chrono::TimeDelta::minutes(STRONG_AUTHENTICATION_MINUTES)
        })
    }
}
