//! What came of messages: recorded in the stream of whom they are about, once for each message.
//! So the ledger says what has gone out, and no checkpoint decides whether it goes out again.

use super::Error;
use crate::app::App;
use crate::messages::{MessageId, Owed, Stream, owed, owes};
use domain::messages::Command;
use domain::{EventId, MerchantId, Occasion, UserId, staff, user};
use projections::views::console::messages::{self as views, MessageView};
use std::collections::HashSet;
use store::{Aggregate, Merchant, Recorded, Request, Staff, User};
use uuid::Uuid;

/// Every message to the people of a merchant, the newest first: those that its own events owe, and those
/// that its owner's do.
pub async fn of_merchant(
    app: &App,
    merchant: MerchantId,
    owner: Option<UserId>,
) -> Result<Vec<MessageView>, Error> {
    let reader = app.store.reader();
    let mut events = reader.history(Merchant::stream(merchant)).await?;
    if let Some(owner) = owner {
        events.extend(reader.history(User::stream(owner)).await?);
    }
    events.sort_by_key(|event| std::cmp::Reverse(event.position));
    let mut views = views::messages(&events);
    let settled: HashSet<EventId> = views.iter().map(|view| view.cause.0).collect();
    let is_open = |event: &&Recorded| {
        !settled.contains(&event.metadata.event_id) && !owes(app, event).is_empty()
    };
    for event in events.iter().filter(is_open) {
        for owed in owed(app, event).await? {
            let addressed = match &owed {
                Owed::Message(message) => Some(message.addressed()),
                Owed::Forgotten(..) => None,
            };
            let (template, medium) = (owed.template(), owed.medium());
            views.push(MessageView::waiting(event, template, medium, addressed.as_ref()));
        }
    }
    views.sort_by_key(|view| std::cmp::Reverse(view.position));
    Ok(views)
}

/// Whether it is recorded that the message was taken or given up.
pub async fn is_settled(app: &App, id: &MessageId) -> Result<bool, Error> {
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
) -> Result<(), Error> {
    record(app, id, command, &id.request("message", correlation_id)).await
}

/// Records what a provider reported later; the same report again changes nothing.
pub async fn report(
    app: &App,
    id: &MessageId,
    command: Command,
    correlation_id: Uuid,
) -> Result<(), Error> {
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
) -> Result<(), Error> {
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
