//! The only write path: load → decide → append, with idempotent ids and bounded retry.

#[cfg(test)]
mod tests;

use crate::aggregate::Aggregate;
use crate::bases::Bases;
use crate::chance::Chance;
use crate::codec;
use crate::ledger::{
    AppendError, ExpectedRevision, Ledger, NewRecord, Position, ReadError, Revision,
};
use crate::record::{self, Envelope, SealedSet};
use crate::recorded::{self, Keys, Recorded};
use crate::seal;
use crate::subjects::{self, Fate};
use crate::vault::{Key, Vault, VaultError};
use chrono::{DateTime, Utc};
use domain::calendar::paris_date;
use domain::client_file::rules_on;
use domain::{Coded, CommandId, Event, EventId, Id, Occasion, SubjectId};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How often a command is decided again after another one was faster.
const ATTEMPTS_MAX: usize = 20;
/// How often an append is sent again of which nobody knows what came of it.
const UNKNOWN_MAX: usize = 3;
/// Records read at a time.
const PAGE: usize = 1_024;

/// The ledger and the vault together.
#[derive(Clone)]
pub struct Store {
    pub ledger: Arc<dyn Ledger>,
    pub vault: Arc<Vault>,
    pub chance: Arc<dyn Chance>,
    /// Streams folded lately.
    pub bases: Bases,
}

/// Where a command comes from.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub command_id: CommandId,
    pub correlation_id: Uuid,
    pub causation_id: Option<EventId>,
    /// The merchant for whom staff act.
    pub on_behalf_of: Option<Uuid>,
    /// The revision that the caller has seen (`If-Match`).
    pub seen: Option<Revision>,
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

    /// What follows from an event: its id is derived from that event, so that it happens once.
    pub fn following(cause: &Recorded, what: &str) -> Self {
        Self {
            command_id: CommandId::from_uuid(Uuid::new_v5(
                &cause.metadata.event_id.uuid(),
                what.as_bytes(),
            )),
            correlation_id: cause.metadata.correlation_id,
            causation_id: Some(cause.metadata.event_id),
            on_behalf_of: None,
            seen: None,
        }
    }
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Executed<S> {
    /// The state after it.
    pub state: S,
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
    /// Nothing can be said of somebody whose key is gone without having been destroyed.
    #[error("the key of {0} is lost; bring back a vault that holds it")]
    KeyLost(SubjectId),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// A stream, folded.
#[derive(Clone, Debug)]
pub struct Loaded<S> {
    pub state: S,
    pub revision: Option<Revision>,
    /// When the last of its events was recorded.
    pub recorded_at: Option<DateTime<Utc>>,
}

/// A stream, folded for the next command.
#[derive(Clone)]
struct Base<S> {
    state: S,
    last: Option<Last>,
    /// The last event that changes what somebody may have read.
    changed: Option<Revision>,
    /// What the command already did, and the state that it found.
    done: Vec<(Event, Position, Revision)>,
    before: Option<S>,
}

impl<S> Base<S> {
    fn is_what_was_seen(&self, seen: Revision) -> bool {
        let last = self.last.as_ref().map(|last| last.revision);
        self.changed <= Some(seen) && Some(seen) <= last
    }
}

#[derive(Clone, Copy)]
struct Last {
    revision: Revision,
    leaf_hash: [u8; 32],
    recorded_at: i64,
}

/// A moment in the life of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    Now,
    Revision(Revision),
    Time(DateTime<Utc>),
    Position(Position),
}

impl AsOf {
    pub fn includes(self, recorded: &Recorded) -> bool {
        match self {
            Self::Now => true,
            Self::Revision(revision) => recorded.revision <= revision,
            Self::Time(time) => recorded.metadata.recorded_at <= time,
            Self::Position(position) => recorded.position <= position,
        }
    }
}

impl Store {
    /// The events of one stream, in order.
    pub async fn events<A: Aggregate>(&self, key: A::Key) -> Result<Vec<Recorded>, ReadError> {
        let stream = A::stream(key);
        let mut events = vec![];
        let mut from = Revision(0);
        loop {
            let page = self.ledger.read_stream(&stream, from, PAGE).await?;
            for stored in &page {
                events.push(recorded::read(stored, Keys::Vault(&self.vault))?);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => from = last.revision.next(),
                Some(_) | None => return Ok(events),
            }
        }
    }

    /// A stream as it was at a moment.
    pub async fn load<A: Aggregate>(
        &self,
        key: A::Key,
        as_of: AsOf,
    ) -> Result<Loaded<A::State>, ReadError> {
        let events = self.events::<A>(key).await?;
        let known: Vec<&Recorded> =
            events.iter().take_while(|event| as_of.includes(event)).collect();
        Ok(Loaded {
            state: known
                .iter()
                .fold(A::State::default(), |state, recorded| A::evolve(state, &recorded.event)),
            revision: known.last().map(|last| last.revision),
            recorded_at: known.last().map(|last| last.metadata.recorded_at),
        })
    }

    /// Carries out a command once, however often it is asked with the same id.
    pub async fn execute<A: Aggregate>(
        &self,
        key: A::Key,
        command: A::Command,
        occasion: &Occasion,
        request: &Request,
    ) -> Result<Executed<A::State>, ExecuteError<A::Refusal>> {
        let mut unknown = Unknown::default();
        for attempt in 0..ATTEMPTS_MAX {
            pause_before(attempt).await;
            let base = match self.base::<A>(key, request.command_id).await {
                Ok(base) => base,
                Err(ReadError::Unavailable(reason)) => {
                    return Err(unknown.or(ExecuteError::Unavailable(reason)));
                }
                Err(damaged) => return Err(unknown.or(damaged.into())),
            };
            if !base.done.is_empty() {
                // Who asks is judged anew, by the state that the command found.
                let again = base
                    .before
                    .as_ref()
                    .map(|before| A::decide(key, command.clone(), before, occasion));
                return match again {
                    Some(Err(refusal)) if A::is_about_who_asks(&refusal) => {
                        Err(ExecuteError::Refused(refusal))
                    }
                    Some(_) | None => Ok(repeated(base)),
                };
            }
            let revision = base.last.as_ref().map(|last| last.revision);
            if request.seen.is_some_and(|seen| !base.is_what_was_seen(seen)) {
                return Err(ExecuteError::Stale { actual: revision });
            }
            let events = A::decide(key, command.clone(), &base.state, occasion)
                .map_err(ExecuteError::Refused)?;
            if events.is_empty() {
                return Ok(nothing_to_do(base));
            }
            let records = self
                .records::<A>(key, &events, &base, occasion, request)
                .map_err(|error| unknown.or(error))?;
            let expected = ExpectedRevision::after(revision);
            match self.ledger.append(&A::stream(key), expected, &records).await {
                Ok(appended) => {
                    return Ok(Executed {
                        state: events.iter().fold(base.state, A::evolve),
                        events,
                        position: Some(appended.position),
                        revision: Some(appended.revision),
                        is_repeated: false,
                    });
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

    /// What came of a command that was executed before; `None` if it was not.
    pub async fn done<A: Aggregate>(
        &self,
        key: A::Key,
        command: CommandId,
    ) -> Result<Option<Executed<A::State>>, ReadError> {
        let base = self.base::<A>(key, command).await?;
        Ok((!base.done.is_empty()).then(|| repeated(base)))
    }

    /// The stream as the next command finds it or, if `command` is in it, as that left it.
    async fn base<A: Aggregate>(
        &self,
        key: A::Key,
        command: CommandId,
    ) -> Result<Base<A::State>, ReadError> {
        let stream = A::stream(key);
        let start = self.bases.without::<Base<A::State>>(&stream, command);
        let mut base = start.base.as_deref().cloned().unwrap_or_else(|| Base {
            state: A::State::default(),
            last: None,
            changed: None,
            done: vec![],
            before: None,
        });
        let mut from = base.last.map_or(Revision(0), |last| last.revision.next());
        let mut commands = vec![];
        loop {
            let page = self.ledger.read_stream(&stream, from, PAGE).await?;
            for stored in &page {
                let recorded = recorded::read(stored, Keys::Vault(&self.vault))?;
                if !base.done.is_empty() && recorded.metadata.command_id != command {
                    return Ok(base);
                }
                if base.done.is_empty() && recorded.metadata.command_id == command {
                    base.before = Some(base.state.clone());
                }
                base.state = A::evolve(base.state, &recorded.event);
                if !A::is_bookkeeping(&recorded.event) {
                    base.changed = Some(stored.revision);
                }
                base.last = Some(Last {
                    revision: stored.revision,
                    leaf_hash: record::leaf_hash(&stored.bytes),
                    recorded_at: recorded.metadata.recorded_at.timestamp_micros(),
                });
                commands.push(recorded.metadata.command_id);
                if recorded.metadata.command_id == command {
                    base.done.push((recorded.event, stored.position, stored.revision));
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => from = last.revision.next(),
                Some(_) | None => break,
            }
        }
        if !commands.is_empty() {
            let remembered = Base { done: vec![], before: None, ..base.clone() };
            self.bases.remember(&stream, start, remembered, commands);
        }
        Ok(base)
    }

    fn records<A: Aggregate>(
        &self,
        key: A::Key,
        events: &[Event],
        base: &Base<A::State>,
        occasion: &Occasion,
        request: &Request,
    ) -> Result<Vec<NewRecord>, ExecuteError<A::Refusal>> {
        let stream = A::stream(key);
        let mut previous = base.last.as_ref().map_or([0; 32], |last| last.leaf_hash);
        let mut revision = base.last.as_ref().map_or(Revision(0), |last| last.revision.next());
        // Times never run backwards within a stream, whatever the clock does.
        let recorded_at = base
            .last
            .as_ref()
            .map_or(i64::MIN, |last| last.recorded_at)
            .max(occasion.at.timestamp_micros());
        let mut records = Vec::with_capacity(events.len());
        for (index, event) in events.iter().enumerate() {
            let place = Place {
                stream: stream.as_str(),
                revision,
                event_id: event_id(request.command_id, stream.as_str(), index),
                recorded_at,
                previous,
            };
            if let Some(Fate::Introduced(subject)) = subjects::fate(event, A::owner(key))
                && !A::has_introduced(&base.state, subject)
            {
                self.vault.introduce(subject)?;
            }
            let encoded =
                codec::encode(event, A::owner(key)).map_err(|_| ExecuteError::TooLarge)?;
            let bytes = self.envelope_bytes(&encoded, &place, occasion, request)?;
            previous = record::leaf_hash(&bytes);
            revision = revision.next();
            records.push(NewRecord { event_id: place.event_id, bytes });
        }
        Ok(records)
    }

    fn envelope_bytes<R: std::error::Error>(
        &self,
        encoded: &codec::Encoded,
        place: &Place<'_>,
        occasion: &Occasion,
        request: &Request,
    ) -> Result<bytes::Bytes, ExecuteError<R>> {
        let event_id = place.event_id.into_bytes();
        let mut blobs = Vec::with_capacity(encoded.personal.len());
        for personal in &encoded.personal {
            let subject = personal.subject.uuid().into_bytes();
            let key = match self.vault.key(personal.subject)? {
                Key::Known(key) => key,
                // What would be sealed under it is forgotten from the start.
                Key::Destroyed => continue,
                Key::Missing => return Err(ExecuteError::KeyLost(personal.subject)),
            };
            let context = recorded::place(place.stream, event_id, personal.set, subject);
            let blob = seal::seal(&key, &context, &personal.bytes, self.chance.as_ref())
                .map_err(|_| ExecuteError::TooLarge)?;
            blobs.push((personal.set, subject, blob));
        }
        let (actor_kind, actor_id) = record::actor_parts(occasion.actor);
        let envelope = Envelope {
            event_id,
            stream: place.stream,
            revision: place.revision.0,
            event_type: encoded.event_type,
            event_version: encoded.version,
            recorded_at: place.recorded_at,
            actor_kind,
            actor_id,
            on_behalf_of: request.on_behalf_of.map(Uuid::into_bytes),
            channel: occasion.channel.code(),
            command_id: request.command_id.uuid().into_bytes(),
            correlation_id: request.correlation_id.into_bytes(),
            causation_id: request.causation_id.map(|id| id.uuid().into_bytes()),
            rule_set: rules_on(paris_date(occasion.at)).version,
            previous: place.previous,
            facts: &encoded.facts,
            sealed: blobs
                .iter()
                .map(|(set, subject, blob)| SealedSet { set, subject: *subject, blob })
                .collect(),
        };
        record::encode(&envelope).map_err(|_| ExecuteError::TooLarge)
    }
}

/// Where a new record goes.
struct Place<'a> {
    stream: &'a str,
    revision: Revision,
    event_id: Uuid,
    recorded_at: i64,
    previous: [u8; 32],
}

/// The same command always makes the same ids.
fn event_id(command: CommandId, stream: &str, index: usize) -> Uuid {
    Uuid::new_v5(&command.uuid(), format!("{stream}/{index}").as_bytes())
}

fn repeated<S>(base: Base<S>) -> Executed<S> {
    let last = base.done.last().map(|(_, position, revision)| (*position, *revision));
    Executed {
        state: base.state,
        events: base.done.into_iter().map(|(event, ..)| event).collect(),
        position: last.map(|(position, _)| position),
        revision: last.map(|(_, revision)| revision),
        is_repeated: true,
    }
}

fn nothing_to_do<S>(base: Base<S>) -> Executed<S> {
    Executed {
        state: base.state,
        events: vec![],
        position: None,
        revision: base.last.map(|last| last.revision),
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
