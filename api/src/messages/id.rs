//! Which message: the event that owes it, and which of its messages it is.

use domain::messages::Template;
use domain::{Coded, CommandId, EventId, Id, MerchantId, StaffId, UserId};
use std::fmt;
use std::str::FromStr;
use store::aggregate::{MERCHANT, STAFF, USER, id_of};
use store::{Recorded, Request, StreamId};
use uuid::Uuid;

/// Which message: the event that owes it, that event's stream, and which of its messages it is.
///
/// Providers are told it and tell it back. Its text is fit for the left side of a `Message-ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageId {
    pub cause: EventId,
    pub template: Template,
    pub index: usize,
    pub stream: Stream,
}

/// Whose stream the outcome belongs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    Merchant(MerchantId),
    User(UserId),
    Staff(StaffId),
}

impl Stream {
    fn of(stream: &StreamId) -> Option<Self> {
        let merchant = || id_of(stream, MERCHANT).map(Self::Merchant);
        let user = || id_of(stream, USER).map(Self::User);
        let staff = || id_of(stream, STAFF).map(Self::Staff);
        merchant().or_else(user).or_else(staff)
    }

    fn parts(self) -> (&'static str, Uuid) {
        match self {
            Self::Merchant(id) => (MERCHANT, id.uuid()),
            Self::User(id) => (USER, id.uuid()),
            Self::Staff(id) => (STAFF, id.uuid()),
        }
    }
}

impl MessageId {
    /// `None` if the event's stream is none that owes messages.
    pub fn new(cause: &Recorded, template: Template, index: usize) -> Option<Self> {
        let stream = Stream::of(&cause.stream)?;
        Some(Self { cause: cause.metadata.event_id, template, index, stream })
    }

    /// The command that records what came of it; the same for the same message.
    pub fn command(&self, what: &str) -> CommandId {
        let Self { template, index, .. } = self;
        let name = format!("{what}/{template}/{index}");
        CommandId::from_uuid(Uuid::new_v5(&self.cause.uuid(), name.as_bytes()))
    }

    pub fn request(&self, what: &str, correlation_id: Uuid) -> Request {
        Request {
            correlation_id,
            causation_id: Some(self.cause),
            ..Request::new(self.command(what))
        }
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, id) = self.stream.parts();
        let Self { cause, template, index, .. } = self;
        write!(f, "{}.{template}.{index}.{kind}.{}", cause.uuid().simple(), id.simple())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("this is no id of a message")]
pub struct NoMessageId;

impl FromStr for MessageId {
    type Err = NoMessageId;

    fn from_str(text: &str) -> Result<Self, NoMessageId> {
        let parts: Vec<&str> = text.split('.').collect();
        let [cause, template, index, kind, id] = parts[..] else { return Err(NoMessageId) };
        let uuid = |text| Uuid::try_parse(text).map_err(|_| NoMessageId);
        let id = uuid(id)?;
        let stream = match kind {
            MERCHANT => Stream::Merchant(MerchantId::from_uuid(id)),
            USER => Stream::User(UserId::from_uuid(id)),
            STAFF => Stream::Staff(StaffId::from_uuid(id)),
            _ => return Err(NoMessageId),
        };
        Ok(Self {
            cause: EventId::from_uuid(uuid(cause)?),
            template: Template::from_code(template).ok_or(NoMessageId)?,
            index: index.parse().map_err(|_| NoMessageId)?,
            stream,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_message_is_read_from_its_text() {
        for stream in [
            Stream::Merchant(MerchantId::from_u128(1)),
            Stream::User(UserId::from_u128(2)),
            Stream::Staff(StaffId::from_u128(3)),
        ] {
            let template = Template::SigningInvitation;
            let id = MessageId { cause: EventId::from_u128(7), template, index: 2, stream };
            assert_eq!(id.to_string().parse::<MessageId>().unwrap(), id);
        }
        for wrong in ["", "a.b.c", "1.activation.0.user.2", "x.activation.0.user.y"] {
            assert!(wrong.parse::<MessageId>().is_err(), "{wrong}");
        }
    }
}
