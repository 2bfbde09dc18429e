//! The only write path: load → decide → append, with idempotent ids and bounded retry.

#[cfg(test)]
mod tests;

use crate::aggregate::Aggregate;
use crate::chance::Chance;
use crate::ends::Ends;
use crate::folded::{FoldedStreams, Trail};
use crate::ledger::{
    AppendError, Appended, ExpectedRevision, FollowUp, Ledger, Position, ReadError, Revision,
    StreamId,
};
use crate::load::{Done, Folded};
use crate::prepare::Prepared;
use crate::vault::{Vault, VaultError};
use crate::watch::Watchers;
use domain::{CommandId, Event, EventId, Id, Occasion, SubjectId};
use std::sync::Arc;
use std::time::Duration;
use tracing::field::Empty;
use tracing::{Span, instrument};
use uuid::Uuid;

/// How often a command is decided again after another one was faster.
const ATTEMPTS_MAX: usize = 20;
/// How often an append is sent again of which nobody knows what came of it.
const UNKNOWN_MAX: usize = 3;

/// The ledger and the vault together.
#[derive(Clone)]
pub struct Store {
    pub ledger: Arc<dyn Ledger>,
    pub vault: Arc<Vault>,
    pub chance: Arc<dyn Chance>,
    pub folded: FoldedStreams,
    pub watchers: Watchers,
    /// Where each stream ends, for whoever follows the whole ledger to say and for whoever reads one to
    /// compare.
    pub ends: Ends,
}

/// Where a command comes from.
#[derive(Clone, Debug)]
pub struct Request {
    pub command_id: CommandId,
    pub correlation_id: Uuid,
    pub causation_id: Option<EventId>,
    /// The merchant for whom staff act.
    pub on_behalf_of: Option<Uuid>,
    /// The revisions of which the caller has seen one (`If-Match`); `None` if they do not say.
    pub seen: Option<Arc<[Revision]>>,
}

impl Request {
    pub fn new(command_id: CommandId) -> Self {
        Self {
            command_id,
            correlation_id: command_id.uuid(),
            causation_id: None,
            on_behalf_of: None,
            seen: None,
        }
    }
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Executed<S> {
    /// The state after it.
    pub state: Arc<S>,
    pub events: Vec<Event>,
    /// The position to wait for; `None` if there was nothing to do.
    pub position: Option<Position>,
    pub revision: Option<Revision>,
    /// True if the command had been executed before.
    pub is_repeated: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<R: std::error::Error> {
    #[error(transparent)]
    Refused(R),
    /// The stream has changed since the caller looked.
    #[error("it has changed since you looked; it is now at revision {actual:?}")]
    Stale { actual: Option<Revision> },
    /// Too many others were faster; trying again later works.
    #[error("too many changes at once")]
    Contended,
    #[error("the ledger does not answer: {0}")]
    Unavailable(String),
    /// It may have happened. The same command with the same id tells.
    #[error("whether it happened is unknown: {0}")]
    Indeterminate(String),
    #[error("the request does not fit into one event")]
    TooLarge,
    /// A mistake of this program: what it would write, it could not read again.
    #[error("{0} would not be read again: {1}")]
    Unreadable(&'static str, String),
    /// Nothing can be said of somebody whose key is gone without having been destroyed.
    #[error("the key of {0} is lost; bring back a vault that holds it")]
    KeyLost(SubjectId),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Store {
    pub fn new(ledger: Arc<dyn Ledger>, vault: Arc<Vault>, chance: Arc<dyn Chance>) -> Self {
        let (folded, watchers, ends) = Default::default();
        Self { ledger, vault, chance, folded, watchers, ends }
    }

    /// Why nothing can be written any more until the program is started again.
    pub fn stopped(&self) -> Option<String> {
        self.ledger.stopped().or_else(|| self.vault.stopped())
    }

    /// Destroys the key of a subject: what it sealed is forgotten, on disk and in memory.
    pub async fn forget(&self, subject: SubjectId) -> Result<(), VaultError> {
        let outcome = self.vault.destroy_data_key(subject).await;
        // Whatever came of it: what is not remembered is read.
        self.folded.forget(subject);
        outcome
    }

    /// Carries out a command once, however often it is asked with the same id.
    #[instrument(level = "debug", skip_all, fields(
        stream = %A::stream(key),
        command_id = %request.command_id,
        correlation_id = %request.correlation_id.simple(),
        attempts = Empty,
        revision = Empty,
    ))]
    pub async fn execute<A: Aggregate>(
        &self,
        key: A::Key,
        command: A::Command,
        occasion: &Occasion,
        request: &Request,
    ) -> Result<Executed<A::State>, ExecuteError<A::Refusal>> {
        if let Some(damage) = self.ends.damage() {
            return Err(ExecuteError::Unavailable(damage.to_owned()));
        }
        let stream = A::stream(key);
        let mut unknown = Unknown::default();
        for attempt in 0..ATTEMPTS_MAX {
            pause_before(attempt).await;
            let unread = |error| unknown.or(unread(error));
            let (base, trail) = self.current::<A>(key).await.map_err(unread)?;
            let done = match trail.has(request.command_id) {
                true => self.done_by::<A>(key, request.command_id).await.map_err(unread)?,
                false => None,
            };
            if let Some(done) = done {
                // Who asks is judged anew, by the state that the command found.
                return match A::decide(key, command, &done.before, occasion) {
                    Err(refusal) if A::is_about_who_asks(&refusal) => {
                        Err(ExecuteError::Refused(refusal))
                    }
                    Ok(_) | Err(_) => Ok(repeated(done)),
                };
            }
            if !base.is_what_was_seen(request) {
                return Err(ExecuteError::Stale { actual: base.revision() });
            }
            let events = A::decide(key, command.clone(), &base.state, occasion)
                .map_err(ExecuteError::Refused)?;
            if events.is_empty() {
                return Ok(nothing_to_do(&base));
            }
            let prepared = self
                .prepare::<A>(key, &events, &base, occasion, request)
                .await
                .map_err(|error| unknown.or(error))?;
            match self.append::<A>(&stream, &base, prepared, trail, request).await {
                Ok(executed) => {
                    let span = Span::current();
                    span.record("attempts", attempt + 1);
                    span.record("revision", executed.revision.map(|revision| revision.0));
                    tracing::debug!("recorded");
                    return Ok(executed);
                }
                // Somebody was faster: look again and decide again.
                Err(AppendError::WrongExpectedRevision { .. }) => {}
                // Reading the stream again tells whether it happened.
                Err(AppendError::Indeterminate(reason)) => {
                    unknown.note(reason);
                    if unknown.attempts == UNKNOWN_MAX {
                        break;
                    }
                }
                Err(AppendError::Unavailable(reason) | AppendError::Corrupt(reason)) => {
                    return Err(unknown.or(ExecuteError::Unavailable(reason)));
                }
                Err(AppendError::TooLarge { .. }) => {
                    return Err(unknown.or(ExecuteError::TooLarge));
                }
            }
        }
        Err(unknown.or(ExecuteError::Contended))
    }

    async fn append<A: Aggregate>(
        &self,
        stream: &StreamId,
        base: &Folded<A::State>,
        prepared: Prepared<A::State>,
        trail: Trail,
        request: &Request,
    ) -> Result<Executed<A::State>, AppendError> {
        let state = Arc::clone(&prepared.folded.state);
        let events = prepared.recorded.iter().map(|recorded| recorded.event.clone()).collect();
        let records = prepared.records.clone();
        let expected = ExpectedRevision::after(base.revision());
        let then = self.follow_up::<A>(stream.clone(), prepared, trail, request.command_id);
        let appended = self.ledger.append_then(stream, expected, &records, then).await?;
        Ok(Executed {
            state,
            events,
            position: Some(appended.position),
            revision: Some(appended.revision),
            is_repeated: false,
        })
    }

    /// Puts the stream after the append where the next command and the next read find it, and tells
    /// whoever watches what was recorded.
    fn follow_up<A: Aggregate>(
        &self,
        stream: StreamId,
        prepared: Prepared<A::State>,
        trail: Trail,
        command: CommandId,
    ) -> FollowUp {
        // Not the ledger: its writer must not be the last to hold it.
        let (streams, watchers) = (self.folded.clone(), self.watchers.clone());
        let Prepared { folded, mut recorded, subjects, .. } = prepared;
        let span = Span::current();
        Box::new(move |appended: Appended| {
            let _entered = span.entered();
            let first = appended.position.0 + 1 - recorded.len() as u64;
            for (recorded, position) in recorded.iter_mut().zip(first..) {
                recorded.position = Position(position);
            }
            trail.meets(command, subjects);
            let bytes = A::size(&folded.state);
            streams.remember(&stream, &trail, appended.revision, Arc::new(folded), bytes);
            watchers.tell(&recorded);
            tracing::debug!(position = appended.position.0, "folded");
        })
    }

    /// What came of a command that was executed before; `None` if it was not.
    pub async fn done<A: Aggregate>(
        &self,
        key: A::Key,
        command: CommandId,
    ) -> Result<Option<Executed<A::State>>, ReadError> {
        let (_, trail) = self.current::<A>(key).await?;
        if !trail.has(command) {
            return Ok(None);
        }
        Ok(self.done_by::<A>(key, command).await?.map(repeated))
    }
}

fn unread<R: std::error::Error>(error: ReadError) -> ExecuteError<R> {
    match error {
        ReadError::Unavailable(reason) => ExecuteError::Unavailable(reason),
        damage @ (ReadError::Damaged { .. } | ReadError::Corrupt(_)) => damage.into(),
    }
}

fn repeated<S>(done: Done<S>) -> Executed<S> {
    Executed {
        state: Arc::new(done.after),
        events: done.events,
        position: Some(done.position),
        revision: Some(done.revision),
        is_repeated: true,
    }
}

fn nothing_to_do<S>(base: &Folded<S>) -> Executed<S> {
    Executed {
        state: Arc::clone(&base.state),
        events: vec![],
        position: None,
        revision: base.revision(),
        is_repeated: false,
    }
}

/// The attempts of which nobody knows what came of them.
#[derive(Default)]
struct Unknown {
    attempts: usize,
    reason: String,
}

impl Unknown {
    fn note(&mut self, reason: String) {
        self.attempts += 1;
        self.reason = reason;
    }

    /// After such an attempt, no trouble proves that nothing happened. A refusal does: an unchanged
    /// stream decides the same command the same, so others took the places it was meant for.
    fn or<R: std::error::Error>(&self, error: ExecuteError<R>) -> ExecuteError<R> {
        if self.attempts == 0 { error } else { ExecuteError::Indeterminate(self.reason.clone()) }
    }
}

/// The first attempts follow at once; then others get time to finish.
async fn pause_before(attempt: usize) {
    if let Some(steps) = attempt.checked_sub(3) {
        let milliseconds = 1_u64 << steps.min(6);
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}
