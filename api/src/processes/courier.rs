//! Delivers what one event owes, and records what came of it, once for each message.

use super::mail;
use super::owed::{Owing, Settled};
use crate::app::App;
use crate::messages::{self, Address, Message, MessageId, Owed};
use crate::outbox::Posted;
use crate::providers::smtp::Smtp;
use crate::providers::{self, SendError};
use crate::use_cases::messages as outcomes;
use chrono::TimeDelta;
use dashmap::DashSet;
use domain::Coded;
use domain::messages::{Command, Failure, Medium};
use store::Recorded;
use tracing::Instrument;

/// How long we try before a message counts as undeliverable.
const TRY_HOURS: i64 = 24;

/// The mail server, if one is set, and whom it serves.
pub struct Courier {
    app: App,
    smtp: Option<Smtp>,
    /// What a provider took and is not recorded yet: tried again, only that is.
    taken: DashSet<MessageId>,
}

impl Courier {
    pub fn new(app: App) -> Self {
        // It was looked at when the program started.
        let smtp = app.config.smtp_url.as_deref().and_then(Smtp::parse);
        Self { app, smtp, taken: DashSet::new() }
    }

    /// Delivers everything that an event owes by one medium, and gives it back: what is not settled has to
    /// be tried again.
    pub async fn deliver_all(&self, owing: Owing) -> (Owing, Settled) {
        let span = super::span_after("message", owing.recorded());
        let settled = self.settle(owing.recorded(), owing.medium()).instrument(span).await;
        (owing, settled)
    }

    async fn settle(&self, recorded: &Recorded, medium: Medium) -> Settled {
        let owed = match messages::owed(&self.app, recorded).await {
            Ok(owed) => owed,
            Err(error) => {
                tracing::warn!(%error, "a message could not be made");
                return Settled::None;
            }
        };
        let (mut settled, mut waiting) = (0, 0);
        let by_medium = |(_, owed): &(usize, &Owed)| owed.medium() == medium;
        for (place, owed) in owed.iter().enumerate().filter(by_medium) {
            let index = owed.recipient().unwrap_or(place);
            match self.settle_one(recorded, index, owed).await {
                true => settled += 1,
                false => waiting += 1,
            }
        }
        match (settled, waiting) {
            (_, 0) => Settled::All,
            (0, _) => Settled::None,
            _ => Settled::Some,
        }
    }

    /// False if it has to be tried again.
    async fn settle_one(&self, recorded: &Recorded, index: usize, owed: &Owed) -> bool {
        let (template, medium) = (owed.template(), owed.medium());
        let Some(id) = MessageId::new(recorded, template, index) else { return true };
        match outcomes::is_settled(&self.app, &id).await {
            Ok(true) => return true,
            Ok(false) => {}
            Err(_) => return false,
        }
        let outcome = match owed {
            Owed::Message(_) if self.taken.contains(&id) => Some(Ok(())),
            Owed::Message(message) => self.deliver(recorded, &id, message).await,
            Owed::Forgotten(..) => Some(Err(Failure::Forgotten)),
        };
        let Some(outcome) = outcome else { return false };
        if outcome.is_ok() {
            self.taken.insert(id);
        }
        let word = if outcome.is_ok() { "sent" } else { "failed" };
        let addressed = match owed {
            Owed::Message(message) => Some(message.addressed()),
            Owed::Forgotten(..) => None,
        };
        let command = match outcome {
            Ok(()) => Command::RecordSent { cause: id.cause, template, medium, addressed },
            Err(failure) => {
                Command::RecordFailed { cause: id.cause, template, medium, failure, addressed }
            }
        };
        let correlation_id = recorded.metadata.correlation_id;
        match outcomes::settle(&self.app, &id, command, correlation_id).await {
            Ok(()) => {
                self.taken.remove(&id);
                tracing::info!(%template, %medium, outcome = word, "a message is settled");
                self.app.metrics.message(medium.code(), word);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "a message's outcome could not be recorded");
                false
            }
        }
    }

    /// `None`: to be tried again.
    async fn deliver(
        &self,
        recorded: &Recorded,
        id: &MessageId,
        message: &Message,
    ) -> Option<Result<(), Failure>> {
        let now = self.app.clock.now();
        if message.pointless_after.is_some_and(|limit| limit <= now) {
            return Some(Err(Failure::Unreachable));
        }
        match self.send(id, message).await {
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

    async fn send(&self, id: &MessageId, message: &Message) -> Result<(), SendError> {
        match (&message.to, &self.smtp, &self.app.sms) {
            (Address::Email(to), Some(smtp), _) => {
                self.send_mail(smtp, id, &to.on_the_wire(), message).await
            }
            (Address::Mobile(to), _, Some(sms)) => {
                let home = self.app.config.public_url.as_deref();
                let reports = home.map(|home| providers::sms_report_address(home, id));
                sms.send(to.as_str(), &message.body, reports.as_deref()).await
            }
            (Address::Email(_), None, _) | (Address::Mobile(_), _, None) => self.post(message),
        }
    }

    /// Without a provider, messages go nowhere but where they may be shown.
    fn post(&self, message: &Message) -> Result<(), SendError> {
        if !self.app.config.is_open() {
            let reason = format!("no provider is set for {}", message.to.medium());
            return Err(SendError::Unreachable(reason));
        }
        self.app.outbox.post(Posted {
            at: self.app.clock.now(),
            to: message.to.as_str().to_owned(),
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
        id: &MessageId,
        to: &str,
        message: &Message,
    ) -> Result<(), SendError> {
        let at = self.app.clock.now();
        smtp.send(&mail::of(message, id, &self.app.config.mail_from, to, at)?).await
    }
}
