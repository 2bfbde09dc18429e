//! A request as a use case knows it: whose command it is, when, in which language, from where. What
//! carried it here is somebody else's business.

use chrono::{DateTime, Utc};
use domain::values::Language;
use domain::{Actor, Channel, CommandId, Id, Occasion};
use std::net::IpAddr;
use std::sync::Arc;
use store::{Request, Revision};
use uuid::Uuid;

/// The circumstances of one request.
#[derive(Clone, Debug)]
pub struct Call {
    pub command_id: CommandId,
    /// What everything that follows from the request carries.
    pub correlation_id: Uuid,
    pub at: DateTime<Utc>,
    pub language: Language,
    /// The revisions of which the caller has seen one; `None` if they do not say.
    pub seen: Option<Arc<[Revision]>>,
    pub evidence: Evidence,
}

/// From where a request came.
#[derive(Clone)]
pub struct Evidence {
    pub ip_address: IpAddr,
    /// What the browser says that it is.
    pub user_agent: String,
    /// The token by which a device is known from which somebody has signed in before.
    pub device: Option<String>,
}

domain::hidden!(Evidence);

impl Call {
    /// An id that a repeated request makes again.
    pub fn derive<I: Id>(&self, what: &str) -> I {
        I::from_uuid(Uuid::new_v5(&self.command_id.uuid(), what.as_bytes()))
    }

    pub fn request(&self) -> Request {
        Request {
            seen: self.seen.clone(),
            correlation_id: self.correlation_id,
            ..Request::new(self.command_id)
        }
    }

    /// The request of one step of several: the same command, told apart by what it does.
    pub fn step(&self, what: &str) -> Request {
        let id = Uuid::new_v5(&self.command_id.uuid(), what.as_bytes());
        Request { correlation_id: self.correlation_id, ..Request::new(CommandId::from_uuid(id)) }
    }

    pub fn by_visitor(&self) -> Occasion {
        Occasion::new(Actor::Visitor, Channel::Portal, self.at)
    }
}
