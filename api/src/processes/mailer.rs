//! The mailer: reads the ledger's order from its own checkpoint and sends the messages owed, each
//! at least once. Outcomes are recorded in the merchant's stream.
//!
//! The checkpoint lies in the vault, with the mark of the last record read: what cannot be lost
//! alone cannot make everybody's messages go out again.

use super::messages::{self, Address, Message, Owed};
use crate::app::App;
use crate::error::Problem;
use chrono::{DateTime, TimeDelta, Utc};
use domain::messages::{Command, Failure, Medium, Template};
use domain::{Coded, EventId, Id, MerchantId, Occasion};
use lettre::message::header::ContentType;
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport, Tokio1Executor};
use projections::runner::stopped;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::aggregate::{MERCHANT, id_of};
use store::ledger::{Delivery, Subscription};
use store::recorded::{self, Keys};
use store::vault::MAILER;
use store::{Mark, Merchant, Position, ReadError, Recorded, Request, StoredRecord};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

const PAGE: usize = 256;
const OUTBOX_MAX: usize = 2_000;
/// How long we try before a message counts as undeliverable.
const TRY_HOURS: i64 = 24;
const RETRY: Duration = Duration::from_secs(20);
/// How long a message may wait for others: events come much faster than messages.
const GATHER: Duration = Duration::from_millis(50);
/// How long it may take until what was read is written down. Outcomes of merchants' messages are
/// events; only others could go out again after a crash, and those are written down at once.
const NOTE: Duration = Duration::from_millis(250);
/// How often the witness beside the documents is told of it.
const WITNESS: Duration = Duration::from_secs(10);

/// A message as the development mailbox shows it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Posted {
    pub at: DateTime<Utc>,
    pub to: String,
    pub medium: &'static str,
    pub template: &'static str,
    pub language: &'static str,
    pub subject: String,
    pub body: String,
}

/// Where messages go without a provider: kept in memory, shown in development only.
#[derive(Clone, Default)]
pub struct Outbox(Arc<Mutex<VecDeque<Posted>>>);

impl Outbox {
    pub fn post(&self, posted: Posted) {
        let mut posts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        posts.push_front(posted);
        posts.truncate(OUTBOX_MAX);
    }

    /// The newest first.
    pub fn posts(&self) -> Vec<Posted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Why a provider did not take a message.
#[derive(Debug)]
pub enum SendError {
    /// It never will.
    Refused(String),
    /// It may later.
    Unreachable(String),
}

/// Sends text messages. Only the development outbox implements it so far; a provider is a second.
pub trait SmsSender: Send + Sync {
    fn send(&self, to: &str, text: &str) -> Result<(), SendError>;
}

/// Takes SMS into the outbox.
pub struct OutboxSms;

impl SmsSender for OutboxSms {
    fn send(&self, _: &str, _: &str) -> Result<(), SendError> {
        Ok(())
    }
}

pub struct Mailer {
    app: App,
    smtp: Option<AsyncSmtpTransport<Tokio1Executor>>,
    sms: Box<dyn SmsSender>,
    /// The last record read.
    reached: Option<Mark>,
    /// The last of which the witness was told.
    witnessed: Option<Mark>,
    /// What of it is not written down yet.
    unwritten: Unwritten,
    /// What could not be sent yet, oldest first.
    pending: VecDeque<Recorded>,
}

/// How urgent it is to write down what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unwritten {
    Nothing,
    Something,
    /// A message went out of which no event tells.
    Urgent,
}

impl Mailer {
    pub fn new(app: App) -> anyhow::Result<Self> {
        let smtp = match &app.config.smtp_url {
            Some(url) => Some(AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.build()),
            None => None,
        };
        Ok(Self {
            app,
            smtp,
            sms: Box::new(OutboxSms),
            reached: None,
            witnessed: None,
            unwritten: Unwritten::Nothing,
            pending: VecDeque::new(),
        })
    }

    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let app = self.app.clone();
        let checkpoint = match app.store.vault.progress(MAILER) {
            Ok(checkpoint) => checkpoint,
            Err(error) => return tracing::error!(%error, "the mailer did not start"),
        };
        let subscription = Subscription::new(app.store.ledger.as_ref(), checkpoint, PAGE);
        let mut subscription = subscription.gathering(GATHER);
        let mut retry = tokio::time::interval(RETRY);
        let mut note = tokio::time::interval(NOTE);
        // On a slow disk the vault belongs to those who wait for it, not to this.
        note.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut witness = tokio::time::interval(WITNESS);
        witness.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let delivery = tokio::select! {
                delivery = subscription.next() => delivery,
                _ = retry.tick() => {
                    self.try_pending().await;
                    continue;
                }
                _ = note.tick() => {
                    self.write_down(Unwritten::Something).await;
                    continue;
                }
                _ = witness.tick() => {
                    self.witness().await;
                    continue;
                }
                () = stopped(&mut stop) => break,
            };
            match delivery {
                Ok(Delivery::Records(records)) => {
                    for stored in &records {
                        if let Err(error) = self.take(stored).await {
                            tracing::error!(%error, "the mailer stopped");
                            return;
                        }
                    }
                    self.reached = records.last().map(Mark::of).or(self.reached);
                    self.unwritten = self.unwritten.max(Unwritten::Something);
                    self.write_down(Unwritten::Urgent).await;
                }
                Ok(Delivery::CaughtUp) => {}
                Err(error) => {
                    tracing::error!(%error, "the mailer stopped");
                    return;
                }
            }
        }
        self.write_down(Unwritten::Something).await;
        self.witness().await;
    }

    /// Most events owe nothing to anybody, and nothing is opened for them.
    async fn take(&mut self, stored: &StoredRecord) -> Result<(), ReadError> {
        let sealed = recorded::read(stored, Keys::None)?;
        if messages::may_owe(&self.app, &sealed) {
            let recorded = recorded::read(stored, Keys::Vault(&self.app.store.vault))?;
            self.handle(recorded).await;
        }
        Ok(())
    }

    async fn handle(&mut self, recorded: Recorded) {
        if !self.settle(&recorded).await {
            self.pending.push_back(recorded);
        }
    }

    async fn try_pending(&mut self) {
        for _ in 0..self.pending.len() {
            let Some(recorded) = self.pending.pop_front() else { break };
            self.handle(recorded).await;
        }
    }

    /// Sends everything that an event owes; false if something has to be tried again.
    async fn settle(&mut self, recorded: &Recorded) -> bool {
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
        if !owed.is_empty() && id_of::<MerchantId>(&recorded.stream, MERCHANT).is_none() {
            self.unwritten = Unwritten::Urgent;
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
                let is_too_late = now - recorded.metadata.recorded_at > TimeDelta::hours(TRY_HOURS);
                is_too_late.then_some(Err(Failure::Unreachable))
            }
        }
    }

    async fn send(&self, cause: EventId, message: &Message) -> Result<(), SendError> {
        match (&message.to, &self.smtp) {
            (Address::Email(to), Some(smtp)) => {
                self.send_mail(smtp, cause, to.as_str(), message).await
            }
            _ if !self.app.config.development && !self.app.config.demo => {
                Err(SendError::Unreachable("no provider is configured for this medium".to_owned()))
            }
            (Address::Email(to), None) => {
                self.post(to.as_str(), message);
                Ok(())
            }
            (Address::Mobile(to), _) => {
                self.sms.send(to.as_str(), &message.body)?;
                self.post(to.as_str(), message);
                Ok(())
            }
        }
    }

    fn post(&self, to: &str, message: &Message) {
        self.app.outbox.post(Posted {
            at: self.app.clock.now(),
            to: to.to_owned(),
            medium: message.to.medium().code(),
            template: message.template.code(),
            language: message.language.code(),
            subject: message.subject.clone(),
            body: message.body.clone(),
        });
    }

    async fn send_mail(
        &self,
        smtp: &AsyncSmtpTransport<Tokio1Executor>,
        cause: EventId,
        to: &str,
        message: &Message,
    ) -> Result<(), SendError> {
        let refused = |error: &dyn std::fmt::Display| SendError::Refused(error.to_string());
        // The same cause makes the same id, so that a mail sent twice is recognised as one.
        let id = format!("<{}.{}@greffe>", cause.uuid().simple(), message.template);
        let mail = lettre::Message::builder()
            .from(self.app.config.mail_from.parse().map_err(|error| refused(&error))?)
            .to(to.parse().map_err(|error| refused(&error))?)
            .message_id(Some(id))
            .subject(message.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(message.body.clone())
            .map_err(|error| refused(&error))?;
        match smtp.send(mail).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(refused(&error)),
            Err(error) => Err(SendError::Unreachable(error.to_string())),
        }
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

    async fn witness(&mut self) {
        if self.witnessed == self.reached {
            return;
        }
        match self.app.store.vault.write_witness().await {
            Ok(()) => self.witnessed = self.reached,
            Err(error) => tracing::warn!(%error, "the last record was not witnessed"),
        }
    }

    /// Never past what is still pending.
    async fn write_down(&mut self, if_at_least: Unwritten) {
        if self.unwritten < if_at_least {
            return;
        }
        let oldest = self.pending.front().map(|recorded| recorded.position.0);
        let safe = match (self.reached, oldest) {
            (Some(reached), Some(oldest)) => {
                oldest.checked_sub(1).map(|before| Position(before.min(reached.position.0)))
            }
            (Some(reached), None) => Some(reached.position),
            (None, _) => None,
        };
        match self.app.store.vault.note_progress(MAILER, safe, self.reached).await {
            Ok(()) => self.unwritten = Unwritten::Nothing,
            Err(error) => tracing::warn!(%error, "the mailer's checkpoint was not written"),
        }
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
