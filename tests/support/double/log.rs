//! What the double holds: one log, and where the events of each stream lie in it.

use std::collections::{HashMap, HashSet};
use tonic::codegen::Bytes;
use uuid::Uuid;

/// After so many events, the server writes one of its own, and another program one of its.
const OWN_EVERY: usize = 7;
const FOREIGN_EVERY: usize = 11;
/// What the server takes at once.
const APPEND_BYTES_MAX: usize = 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub stream: String,
    pub revision: u64,
    /// Where it lies: grows with the bytes before it, so that it is not dense.
    pub place: u64,
    pub id: Uuid,
    pub event_type: String,
    pub content_type: String,
    pub data: Bytes,
    pub metadata: Bytes,
}

/// An event that somebody wants to append.
pub struct Proposed {
    pub id: Uuid,
    pub event_type: String,
    pub content_type: String,
    pub data: Bytes,
    pub metadata: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Any,
    StreamExists,
    NoStream,
    Exact(u64),
}

pub enum Outcome {
    /// The revision and the place of the last one.
    Appended(u64, u64),
    WrongExpectedVersion(Option<u64>),
    Deleted,
    TooLarge,
}

#[derive(Default)]
pub struct Log {
    events: Vec<Event>,
    streams: HashMap<String, Vec<usize>>,
    tombstones: HashSet<String>,
    /// Deleted softly: they read as missing until they are written again, and their numbers go on.
    hidden: HashSet<String>,
    next_place: u64,
}

impl Log {
    pub fn len(&self) -> usize {
        self.events.len()
    }

    pub fn events(&self) -> &[Event] {
        &self.events
    }

    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.streams.keys().cloned().collect();
        names.sort();
        names
    }

    pub fn is_hidden(&self, stream: &str) -> bool {
        self.hidden.contains(stream)
    }

    pub fn hide(&mut self, stream: &str) {
        self.hidden.insert(stream.to_owned());
    }

    /// A backup is put back: the last events were never written.
    pub fn go_back(&mut self, events: usize) {
        self.events.truncate(self.events.len() - events);
        self.index();
    }

    pub fn is_deleted(&self, stream: &str) -> bool {
        self.tombstones.contains(stream)
    }

    /// The events of a stream from a revision on, in order.
    pub fn stream(&self, stream: &str, from: u64) -> impl DoubleEndedIterator<Item = &Event> {
        let places = self.streams.get(stream).map(Vec::as_slice).unwrap_or_default();
        let skipped = places.partition_point(|index| self.events[*index].revision < from);
        places[skipped..].iter().map(|index| &self.events[*index])
    }

    pub fn append(&mut self, stream: &str, expected: Expected, new: Vec<Proposed>) -> Outcome {
        if self.is_deleted(stream) {
            return Outcome::Deleted;
        }
        if new.iter().map(|event| event.data.len()).sum::<usize>() > APPEND_BYTES_MAX {
            return Outcome::TooLarge;
        }
        let current = self.stream(stream, 0).next_back().map(|event| event.revision);
        let end = current.map_or(0, |last| last + 1);
        let next = match expected {
            Expected::NoStream => 0,
            Expected::Exact(revision) => revision + 1,
            Expected::StreamExists if current.is_none() => {
                return Outcome::WrongExpectedVersion(None);
            }
            Expected::Any | Expected::StreamExists => end,
        };
        // A stream that was deleted softly takes a new beginning, with the next number.
        let begins_anew = expected == Expected::NoStream && self.hidden.contains(stream);
        if next == end || begins_anew {
            self.hidden.remove(stream);
            return self.write(stream, end, new);
        }
        // Idempotence: the same ids in the same places are the same append.
        let there: Vec<&Event> = self.stream(stream, next).take(new.len()).collect();
        let is_same =
            there.len() == new.len() && new.iter().zip(&there).all(|(new, old)| new.id == old.id);
        match there.last() {
            Some(last) if is_same => Outcome::Appended(last.revision, last.place),
            Some(_) | None => Outcome::WrongExpectedVersion(current),
        }
    }

    fn write(&mut self, stream: &str, first: u64, new: Vec<Proposed>) -> Outcome {
        let mut last = (first, self.next_place);
        for (revision, event) in (first..).zip(new) {
            last = (revision, self.push(stream, revision, event));
        }
        if self.events.len().is_multiple_of(OWN_EVERY) {
            self.append_foreign("$stats-127.0.0.1:2113", "$statsCollected");
        }
        if self.events.len().is_multiple_of(FOREIGN_EVERY) {
            self.append_foreign("merchant-of-another-program", "order.placed");
        }
        Outcome::Appended(last.0, last.1)
    }

    pub fn append_foreign(&mut self, stream: &str, event_type: &str) {
        let revision = self.streams.get(stream).map_or(0, Vec::len) as u64;
        let event = Proposed {
            id: Uuid::from_u128(u128::from(self.next_place)),
            event_type: event_type.to_owned(),
            content_type: "application/json".to_owned(),
            data: Bytes::from_static(b"{}"),
            metadata: Bytes::new(),
        };
        self.push(stream, revision, event);
    }

    fn push(&mut self, stream: &str, revision: u64, event: Proposed) -> u64 {
        let place = self.next_place;
        self.next_place += 100 + event.data.len() as u64;
        self.streams.entry(stream.to_owned()).or_default().push(self.events.len());
        self.events.push(Event {
            stream: stream.to_owned(),
            revision,
            place,
            id: event.id,
            event_type: event.event_type,
            content_type: event.content_type,
            data: event.data,
            metadata: event.metadata,
        });
        place
    }

    pub fn damage(&mut self, stream: &str, revision: usize, change: impl FnOnce(&mut Vec<u8>)) {
        let index = self.streams[stream][revision];
        let mut data = self.events[index].data.to_vec();
        change(&mut data);
        self.events[index].data = data.into();
    }

    pub fn tombstone(&mut self, stream: &str) {
        self.tombstones.insert(stream.to_owned());
        let revision = u64::MAX >> 1;
        self.append_foreign_at(stream, "$streamDeleted", revision);
    }

    fn append_foreign_at(&mut self, stream: &str, event_type: &str, revision: u64) {
        self.append_foreign(stream, event_type);
        if let Some(last) = self.events.last_mut() {
            last.revision = revision;
        }
    }

    /// The events are gone from the stream and from `$all`.
    pub fn scavenge(&mut self, stream: &str, before: u64) {
        self.events.retain(|event| event.stream != stream || event.revision >= before);
        self.index();
    }

    fn index(&mut self) {
        self.streams.clear();
        for (index, event) in self.events.iter().enumerate() {
            self.streams.entry(event.stream.clone()).or_default().push(index);
        }
    }
}
