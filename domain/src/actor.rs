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
    /// Somebody who is named in what is sealed, so that they can be forgotten.
    Undisclosed,
}

codes! {
    /// An actor without who it is.
    pub enum ActorKind {
        Visitor = "visitor", "somebody who has not signed in, or holds a link", "quelqu'un qui n'est pas connecté, ou détient un lien";
        User = "user", "somebody of the merchant", "un membre du marchand";
        Signer = "signer", "a signer", "un signataire";
        Staff = "staff", "a member of staff", "un membre de nos équipes";
        ApiKey = "api_key", "an API key", "une clé d'API";
        System = "system", "nobody: its time had come", "personne : l'échéance est venue";
        Provider = "provider", "a provider of ours", "l'un de nos prestataires";
        Undisclosed = "undisclosed", "somebody whose name is sealed", "quelqu'un dont le nom est scellé";
    }
}

impl Actor {
    pub fn kind(self) -> ActorKind {
        match self {
            Self::Visitor => ActorKind::Visitor,
            Self::User(_) => ActorKind::User,
            Self::Signer(_) => ActorKind::Signer,
            Self::Staff(_) => ActorKind::Staff,
            Self::ApiKey(_) => ActorKind::ApiKey,
            Self::System => ActorKind::System,
            Self::Provider => ActorKind::Provider,
            Self::Undisclosed => ActorKind::Undisclosed,
        }
    }

    /// The id of somebody in particular, as it is written.
    pub fn id(self) -> Option<String> {
        match self {
            Self::User(id) => Some(id.to_string()),
            Self::Signer(id) => Some(id.to_string()),
            Self::Staff(id) => Some(id.to_string()),
            Self::ApiKey(id) => Some(id.to_string()),
            Self::Visitor | Self::System | Self::Provider | Self::Undisclosed => None,
        }
    }
}

codes! {
    /// The way a request came in.
    pub enum Channel {
        Portal = "portal", "on the portal", "sur l'Espace Client";
        Api = "api", "by the API", "par l'API";
        Console = "console", "on the console", "sur la console";
        SupportEmail = "support_email", "by mail to our support", "par e-mail à notre support";
        Timer = "timer", "when its time had come", "à l'échéance";
        Terminal = "terminal", "on a terminal of the server", "sur un terminal du serveur";
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
            | Actor::Provider
            | Actor::Undisclosed => None,
        }
    }

    /// Whether the actor has just proved a second factor for an action.
    pub fn is_proved_for(&self, action: Action) -> bool {
        self.proof.is_some_and(|proof| proof.is_for(action, self.at))
    }
}
