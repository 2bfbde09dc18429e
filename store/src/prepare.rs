//! Events made into records: encoded, sealed, in their place, each naming the one before it.

use crate::aggregate::Aggregate;
use crate::codec::{self, Encoded, Opens};
use crate::execute::{ExecuteError, Request, Store};
use crate::ledger::{NewRecord, Position, Revision, StreamId};
use crate::load::{Folded, Last};
use crate::record::{self, Envelope, SealedSet};
use crate::recorded::{self, Recorded};
use crate::seal;
use crate::subjects::{self, Fate};
use crate::vault::Key;
use chrono::{DateTime, Utc};
use domain::calendar::paris_date;
use domain::client_file::rules_on;
use domain::{Coded, CommandId, Event, Id, Occasion, Personal, SubjectId};
use std::sync::Arc;
use uuid::Uuid;

/// Records ready to be appended, and what they will say once they are read.
pub(crate) struct Prepared<S> {
    pub records: Vec<NewRecord>,
    /// Their positions are only known once they are appended.
    pub recorded: Vec<Recorded>,
    /// The stream after them.
    pub folded: Folded<S>,
    /// Whose data they hold.
    pub subjects: Vec<SubjectId>,
}

/// Where a new record goes.
struct Place<'a> {
    stream: &'a StreamId,
    revision: Revision,
    event_id: Uuid,
    recorded_at: DateTime<Utc>,
    previous: [u8; 32],
}

impl Store {
    pub(crate) async fn prepare<A: Aggregate>(
        &self,
        key: A::Key,
        events: &[Event],
        base: &Folded<A::State>,
        occasion: &Occasion,
        request: &Request,
    ) -> Result<Prepared<A::State>, ExecuteError<A::Refusal>> {
        let stream = A::stream(key);
        let mut folded = base.clone();
        let mut state = A::State::clone(&base.state);
        let (mut records, mut recorded, mut subjects) = (vec![], vec![], vec![]);
        for (index, event) in events.iter().enumerate() {
            let last = folded.last;
            let place = Place {
                stream: &stream,
                revision: last.map_or(Revision(0), |last| last.revision.next()),
                event_id: event_id(request.command_id, stream.as_str(), index),
                // Times never run backwards within a stream, whatever the clock does.
                recorded_at: last.map_or(occasion.at, |last| last.recorded_at.max(occasion.at)),
                previous: last.map_or([0; 32], |last| last.leaf_hash),
            };
            if let Some(Fate::Introduced(subject)) = subjects::fate(event, A::owner(key))
                && !A::has_introduced(&base.state, subject)
            {
                self.vault.introduce(subject).await?;
            }
            let encoded =
                codec::encode(event, A::owner(key)).map_err(|_| ExecuteError::TooLarge)?;
            let sealed = self.seal(&encoded, &place)?;
            let written = write(&encoded, &sealed, &place, occasion, request)?;
            state = A::evolve(state, &written.recorded.event);
            if !A::is_bookkeeping(&written.recorded.event) {
                folded.changed = Some(place.revision);
            }
            folded.last = Some(Last {
                revision: place.revision,
                leaf_hash: written.recorded.leaf_hash,
                recorded_at: written.recorded.metadata.recorded_at,
            });
            records.push(written.record);
            recorded.push(written.recorded);
            subjects.extend(sealed.iter().map(|sealed| sealed.subject));
        }
        folded.state = Arc::new(state);
        Ok(Prepared { records, recorded, folded, subjects })
    }

    fn seal<R: std::error::Error>(
        &self,
        encoded: &Encoded,
        place: &Place<'_>,
    ) -> Result<Vec<Sealed>, ExecuteError<R>> {
        let mut sealed = Vec::with_capacity(encoded.personal.len());
        for personal in &encoded.personal {
            let subject = personal.subject;
            let key = match self.vault.key(subject)? {
                Key::Known(key) => key,
                // What would be sealed under it is forgotten from the start.
                Key::Destroyed => continue,
                Key::Missing => return Err(ExecuteError::KeyLost(subject)),
            };
            let context = recorded::place(
                place.stream.as_str(),
                place.event_id.into_bytes(),
                personal.set,
                subject.uuid().into_bytes(),
            );
            let blob = seal::seal(&key, &context, &personal.bytes, self.chance.as_ref())
                .map_err(|_| ExecuteError::TooLarge)?;
            sealed.push(Sealed { set: personal.set, subject, blob });
        }
        Ok(sealed)
    }
}

struct Sealed {
    set: &'static str,
    subject: SubjectId,
    blob: Vec<u8>,
}

struct Written {
    record: NewRecord,
    recorded: Recorded,
}

/// The record, and the event as whoever reads the record will find it: what was decided holds more
/// than is written, like the nanoseconds of a time.
fn write<R: std::error::Error>(
    encoded: &Encoded,
    sealed: &[Sealed],
    place: &Place<'_>,
    occasion: &Occasion,
    request: &Request,
) -> Result<Written, ExecuteError<R>> {
    let (actor_kind, actor_id) = record::actor_parts(occasion.actor);
    let envelope = Envelope {
        event_id: place.event_id.into_bytes(),
        stream: place.stream.as_str(),
        revision: place.revision.0,
        event_type: encoded.event_type,
        event_version: encoded.version,
        recorded_at: place.recorded_at.timestamp_micros(),
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
        sealed: sealed
            .iter()
            .map(|sealed| SealedSet {
                set: sealed.set,
                subject: sealed.subject.uuid().into_bytes(),
                blob: &sealed.blob,
            })
            .collect(),
    };
    let unreadable = |reason: String| ExecuteError::Unreadable(encoded.event_type, reason);
    let bytes = record::encode(&envelope).map_err(|_| ExecuteError::TooLarge)?;
    let plain = Plain { encoded, sealed };
    let (event_type, event) =
        codec::decode(encoded.event_type, encoded.version, &encoded.facts, &plain)
            .map_err(|error| unreadable(error.to_string()))?;
    let recorded = Recorded {
        position: Position(0),
        stream: place.stream.clone(),
        revision: place.revision,
        metadata: envelope.metadata().map_err(|error| unreadable(error.to_string()))?,
        event_type,
        event,
        previous: place.previous,
        leaf_hash: record::leaf_hash(&bytes),
    };
    Ok(Written { record: NewRecord { event_id: place.event_id, bytes }, recorded })
}

/// The personal data of an event before it was sealed: what was not sealed is forgotten.
struct Plain<'a> {
    encoded: &'a Encoded,
    sealed: &'a [Sealed],
}

impl Opens for Plain<'_> {
    fn open(&self, set: &str) -> Personal<Vec<u8>> {
        let personal = self.encoded.personal.iter().find(|personal| personal.set == set);
        let is_sealed = self.sealed.iter().any(|sealed| sealed.set == set);
        personal
            .filter(|_| is_sealed)
            .map_or(Personal::Forgotten, |personal| Personal::Known(personal.bytes.clone()))
    }
}

/// The same command always makes the same ids.
fn event_id(command: CommandId, stream: &str, index: usize) -> Uuid {
    Uuid::new_v5(&command.uuid(), format!("{stream}/{index}").as_bytes())
}
