//! Delivers what one event owes, and records what came of it: in the merchant's stream, once for each
//! message.

use super::messages::{self, Address, Message, Owed};
use super::outbox::Posted;
use super::owed::Owing;
use super::sms::SmsProvider;
use super::smtp::Smtp;
use crate::app::App;
use crate::error::Problem;
use crate::trace;
use chrono::TimeDelta;
use domain::messages::{Command, Failure, Medium, Template};
use domain::{Coded, EventId, Id, MerchantId, Occasion};
use lettre::message::header::ContentType;
use store::aggregate::{MERCHANT, id_of};
use store::{Merchant, Recorded, Request};
use tracing::Instrument;

/// How long we try before a message counts as undeliverable.
const TRY_HOURS: i64 = 24;

/// Why a provider did not take a message.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It never will.
    #[error("{0}")]
    Refused(String),
    /// It may later.
    #[error("{0}")]
    Unreachable(String),
}

/// The providers, as far as they are set, and whom they serve.
pub struct Courier {
    app: App,
    smtp: Option<Smtp>,
    sms: Option<SmsProvider>,
}

/// What came of an event's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Settled,
    /// The same, and no event tells of it.
    SettledUntold,
    /// Something has to be tried again.
    Failed,
}

impl Courier {
    pub fn new(app: App) -> Self {
        // They were looked at when the program started.
        let smtp = app.config.smtp_url.as_deref().and_then(Smtp::parse);
        let sms = app.config.sms_provider();
        Self { app, smtp, sms }
    }

    /// Delivers everything that an event owes, and gives it back with what came of it.
    pub async fn deliver_all(&self, owing: Owing) -> (Owing, Outcome) {
        let span = trace::span_after("message", &owing.recorded);
        let is_settled = self.settle(&owing.recorded).instrument(span).await;
        let is_told = id_of::<MerchantId>(&owing.recorded.stream, MERCHANT).is_some();
        let outcome = match (is_settled, is_told) {
            (false, _) => Outcome::Failed,
            (true, true) => Outcome::Settled,
            (true, false) => Outcome::SettledUntold,
        };
        (owing, outcome)
    }

    /// Sends everything that an event owes; false if something has to be tried again.
    async fn settle(&self, recorded: &Recorded) -> bool {
        let owed = match messages::owed(&self.app, recorded).await {
            Ok(owed) => owed,
            Err(problem) => {
                tracing::warn!(code = problem.code, "a message could not be made");
                return false;
            }
        };
        let mut is_settled = true;
        for (index, owed) in owed.iter().enumerate() {
            is_settled &= self.settle_one(recorded, index, owed).await;
        }
        is_settled
    }

    async fn settle_one(&self, recorded: &Recorded, index: usize, owed: &Owed) -> bool {
        let (template, medium) = match owed {
            Owed::Message(message) => (message.template, message.to.medium()),
            Owed::Forgotten(template, medium) => (*template, *medium),
        };
        let request = Request::following(recorded, &format!("message/{template}/{index}"));
        match messages::is_settled(&self.app, recorded, request.command_id).await {
            Ok(true) => return true,
            Ok(false) => {}
            Err(_) => return false,
        }
        let outcome = match owed {
            Owed::Message(message) => self.deliver(recorded, message).await,
            Owed::Forgotten(..) => Some(Err(Failure::Forgotten)),
        };
        let Some(outcome) = outcome else { return false };
        let word = if outcome.is_ok() { "sent" } else { "failed" };
        tracing::info!(%template, medium = medium.code(), outcome = word, "a message is settled");
        self.app.metrics.message(medium.code(), word);
        let cause = recorded.metadata.event_id;
        let command = command(cause, template, medium, outcome);
        match self.record(recorded, command, &request).await {
            Ok(()) => true,
            Err(problem) => {
                tracing::warn!(code = problem.code, "a message's outcome could not be recorded");
                false
            }
        }
    }

    /// `None`: to be tried again.
    async fn deliver(&self, recorded: &Recorded, message: &Message) -> Option<Result<(), Failure>> {
        let now = self.app.clock.now();
        if message.pointless_after.is_some_and(|limit| limit <= now) {
            return Some(Err(Failure::Unreachable));
        }
        match self.send(recorded.metadata.event_id, message).await {
            Ok(()) => Some(Ok(())),
            Err(SendError::Refused(reason)) => {
                tracing::warn!(%reason, template = %message.template, "a message was refused");
                Some(Err(Failure::Refused))
            }
            Err(SendError::Unreachable(reason)) => {
                tracing::warn!(%reason, template = %message.template, "a message has to wait");
                self.app.unsent.send_modify(|unsent| unsent.why = Some(reason));
                let is_too_late = now - recorded.metadata.recorded_at > TimeDelta::hours(TRY_HOURS);
                is_too_late.then_some(Err(Failure::Unreachable))
            }
        }
    }

    async fn send(&self, cause: EventId, message: &Message) -> Result<(), SendError> {
        match (&message.to, &self.smtp, &self.sms) {
            (Address::Email(to), Some(smtp), _) => {
                self.send_mail(smtp, cause, to.as_str(), message).await
            }
            (Address::Mobile(to), _, Some(sms)) => sms.send(to.as_str(), &message.body).await,
            (Address::Email(_), None, _) | (Address::Mobile(_), _, None) => self.post(message),
        }
    }

    /// Without a provider, messages go nowhere but where they may be shown.
    fn post(&self, message: &Message) -> Result<(), SendError> {
        if !self.app.config.is_open() {
            let reason = format!("no provider is set for {}", message.to.medium());
            return Err(SendError::Unreachable(reason));
        }
        let to = match &message.to {
            Address::Email(to) => to.as_str(),
            Address::Mobile(to) => to.as_str(),
        };
        self.app.outbox.post(Posted {
            at: self.app.clock.now(),
            to: to.to_owned(),
            medium: message.to.medium().code(),
            template: message.template.code(),
            language: message.language.code(),
            subject: message.subject.clone(),
            body: message.body.clone(),
        });
        Ok(())
    }

    async fn send_mail(
        &self,
        smtp: &Smtp,
        cause: EventId,
        to: &str,
        message: &Message,
    ) -> Result<(), SendError> {
        let refused = |error: &dyn std::fmt::Display| SendError::Refused(error.to_string());
        // The same cause makes the same id, so that a mail sent twice is recognised as one.
        let id = format!("<{}.{}@greffe>", cause.uuid().simple(), message.template);
        let mail = lettre::Message::builder()
            .from(self.app.config.mail_from.clone())
            .to(to.parse().map_err(|error| refused(&error))?)
            .message_id(Some(id))
            .subject(message.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(message.body.clone())
            .map_err(|error| refused(&error))?;
        smtp.send(&mail).await
    }

    /// Merchants' outcomes are events; those of users and staff are in the log and the figures.
    async fn record(
        &self,
        recorded: &Recorded,
        command: Command,
        request: &Request,
    ) -> Result<(), Problem> {
        let Some(merchant) = id_of::<MerchantId>(&recorded.stream, MERCHANT) else {
            return Ok(());
        };
        let occasion = Occasion::by_system(self.app.clock.now());
        self.app.store.execute::<Merchant>(merchant, command.into(), &occasion, request).await?;
        Ok(())
    }
}

fn command(
    cause: EventId,
    template: Template,
    medium: Medium,
    outcome: Result<(), Failure>,
) -> Command {
    match outcome {
        Ok(()) => Command::RecordSent { cause, template, medium },
        Err(failure) => Command::RecordFailed { cause, template, medium, failure },
    }
}
