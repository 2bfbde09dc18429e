//! What came of messages: recorded in the stream of whom they are about, once for each message.
//! So the ledger says what has gone out, and no checkpoint decides whether it goes out again.

use crate::app::App;
use crate::error::Problem;
use domain::messages::{Command, Template};
use domain::{Coded, CommandId, EventId, Id, MerchantId, Occasion, StaffId, UserId, staff, user};
use std::fmt;
use std::str::FromStr;
use store::aggregate::{MERCHANT, STAFF, USER, id_of};
use store::{Merchant, Recorded, Request, Staff, StreamId, User};
use uuid::Uuid;

/// Which message: the event that owes it, that event's stream, and which of its messages it is.
///
/// Providers are told it and tell it back. Its text is fit for the left side of a `Message-ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageId {
    pub cause: EventId,
    pub template: Template,
    pub index: usize,
    stream: Stream,
}

/// Whose stream the outcome belongs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stream {
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
    fn command(&self, what: &str) -> CommandId {
        let Self { template, index, .. } = self;
        let name = format!("{what}/{template}/{index}");
        CommandId::from_uuid(Uuid::new_v5(&self.cause.uuid(), name.as_bytes()))
    }

    fn request(&self, what: &str, correlation_id: Uuid) -> Request {
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

/// Whether it is recorded that the message was taken or given up.
pub async fn is_settled(app: &App, id: &MessageId) -> Result<bool, Problem> {
    let (store, command) = (&app.store, id.command("message"));
    Ok(match id.stream {
        Stream::Merchant(id) => store.done::<Merchant>(id, command).await?.is_some(),
        Stream::User(id) => store.done::<User>(id, command).await?.is_some(),
        Stream::Staff(id) => store.done::<Staff>(id, command).await?.is_some(),
    })
}

/// Records that a provider took the message, or that it was given up.
pub async fn settle(
    app: &App,
    id: &MessageId,
    command: Command,
    correlation_id: Uuid,
) -> Result<(), Problem> {
    record(app, id, command, &id.request("message", correlation_id)).await
}

/// Records what a provider reported later; the same report again changes nothing.
pub async fn report(
    app: &App,
    id: &MessageId,
    command: Command,
    correlation_id: Uuid,
) -> Result<(), Problem> {
    let what = match command {
        Command::RecordFailed { .. } => "failed",
        Command::RecordSent { .. } | Command::RecordDelivered { .. } => "delivered",
    };
    record(app, id, command, &id.request(what, correlation_id)).await
}

async fn record(
    app: &App,
    id: &MessageId,
    command: Command,
    request: &Request,
) -> Result<(), Problem> {
    let occasion = Occasion::by_system(app.clock.now());
    match id.stream {
        Stream::Merchant(id) => {
            app.carry_out::<Merchant>(id, command.into(), &occasion, request).await?;
        }
        Stream::User(id) => {
            let command = user::Command::RecordMessage(command);
            app.carry_out::<User>(id, command, &occasion, request).await?;
        }
        Stream::Staff(id) => {
            let command = staff::Command::RecordMessage(command);
            app.carry_out::<Staff>(id, command, &occasion, request).await?;
        }
    }
    Ok(())
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
