//! The order of our records among everything in `$all`: what makes dense positions.
//!
//! Kept in memory and counted anew at each start: eight bytes a record, some hundred a stream.

use crate::ledger::{Position, ReadError, Revision, StoredRecord, StreamId};
use crate::memory::check_place;
use eventstore::{Position as Place, RecordedEvent};
use std::collections::{HashMap, VecDeque};

/// Our records between two marked places.
const MARK_EVERY: u64 = 256;
/// The last records, kept because those who follow the order ask for them at once.
const TAIL_RECORDS_MAX: usize = 4_096;
const TAIL_BYTES_MAX: usize = 8 * 1024 * 1024;

pub struct Order {
    /// What the name of each of our streams begins with on the server.
    prefix: String,
    len: u64,
    /// The position of each record, by stream and revision.
    streams: HashMap<StreamId, Vec<u64>>,
    /// Where on the server every `MARK_EVERY`-th of our records lies.
    marks: Vec<Place>,
    tail: VecDeque<StoredRecord>,
    tail_bytes: usize,
    /// The last event of `$all` that was looked at, ours or not.
    cursor: Option<Cursor>,
    /// The last record of ours.
    last: Option<Place>,
    /// Where counting stopped for good, and why.
    broken: Option<Gap>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub place: Place,
    /// Ours are never scavenged: one that is gone is damage.
    pub is_ours: bool,
}

/// A record of ours that is not the one that should come next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    position: Position,
    reason: String,
}

impl From<Gap> for ReadError {
    fn from(gap: Gap) -> Self {
        Self::Damaged { position: gap.position, reason: gap.reason }
    }
}

pub fn place_of(event: &RecordedEvent) -> Place {
    event.position
}

impl Order {
    pub fn new(ledger: &str) -> Self {
        Self {
            prefix: format!("{ledger}."),
            len: 0,
            streams: HashMap::new(),
            marks: vec![],
            tail: VecDeque::new(),
            tail_bytes: 0,
            cursor: None,
            last: None,
            broken: None,
        }
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn head(&self) -> Option<Position> {
        self.len.checked_sub(1).map(Position)
    }

    /// Up to where `$all` was looked at, unless counting has stopped.
    pub fn cursor(&self) -> Result<Option<Cursor>, ReadError> {
        match &self.broken {
            None => Ok(self.cursor),
            Some(Gap { position, reason }) => {
                Err(ReadError::Damaged { position: *position, reason: reason.clone() })
            }
        }
    }

    /// The stream of an event of ours; `None` for the server's own events and those of others.
    pub fn our_stream(&self, event: &RecordedEvent) -> Option<StreamId> {
        let name = event.stream_id.strip_prefix(&self.prefix)?;
        (!event.event_type.starts_with('$')).then(|| StreamId::recorded(name))
    }

    pub fn position(&self, stream: &StreamId, revision: Revision) -> Option<Position> {
        let positions = self.streams.get(stream)?;
        positions.get(usize::try_from(revision.0).ok()?).copied().map(Position)
    }

    /// How many records of a stream have been counted.
    pub fn revisions(&self, stream: &StreamId) -> u64 {
        self.streams.get(stream).map_or(0, |positions| positions.len() as u64)
    }

    /// Takes the next event of `$all`. A stream must not skip a revision: then somebody truncated or
    /// scavenged it, and every later position would be wrong.
    pub fn count(&mut self, event: &RecordedEvent) -> Result<(), Gap> {
        let stream = self.our_stream(event);
        let is_ours = stream.is_some();
        if let Some(stream) = stream {
            let next = self.revisions(&stream);
            if event.revision != next {
                let (found, wanted) = (Revision(event.revision), Revision(next));
                let reason = format!("{found} of {stream} comes where {wanted} should");
                return Err(Gap { position: Position(self.len), reason });
            }
            self.add(stream, event);
        }
        self.cursor = Some(Cursor { place: place_of(event), is_ours });
        Ok(())
    }

    /// Stops the counting for good.
    pub fn stop_at(&mut self, gap: Gap) {
        self.broken = Some(gap);
    }

    /// What is wrong when `$all` does not begin any more with the event it was looked at up to.
    pub fn gone(&self) -> Gap {
        let position = self.head().unwrap_or(Position(0));
        Gap { position, reason: "it is not on the server any more".to_owned() }
    }

    fn add(&mut self, stream: StreamId, event: &RecordedEvent) {
        if self.len.is_multiple_of(MARK_EVERY) {
            self.marks.push(place_of(event));
        }
        self.streams.entry(stream.clone()).or_default().push(self.len);
        self.keep(StoredRecord {
            position: Position(self.len),
            stream,
            revision: Revision(event.revision),
            bytes: event.data.clone(),
        });
        self.len += 1;
        self.last = Some(place_of(event));
    }

    /// Where our last record lies.
    pub fn last(&self) -> Option<Place> {
        self.last
    }

    /// A record that arrived damaged is not kept: the server may have it whole.
    fn keep(&mut self, record: StoredRecord) {
        let Ok(()) = check_place(&record) else {
            self.tail.clear();
            self.tail_bytes = 0;
            return;
        };
        self.tail_bytes += record.bytes.len();
        self.tail.push_back(record);
        while self.tail.len() > TAIL_RECORDS_MAX || self.tail_bytes > TAIL_BYTES_MAX {
            let Some(oldest) = self.tail.pop_front() else { break };
            self.tail_bytes -= oldest.bytes.len();
        }
    }

    /// `count` records from `start` on, if they are all in memory.
    pub fn tail(&self, start: u64, count: usize) -> Option<Vec<StoredRecord>> {
        if count == 0 {
            return Some(vec![]);
        }
        let first = self.tail.front()?.position.0;
        let skip = usize::try_from(start.checked_sub(first)?).ok()?;
        let records: Vec<_> = self.tail.iter().skip(skip).take(count).cloned().collect();
        (records.len() == count).then_some(records)
    }

    /// Where to begin to read on the server to come to `start`: a marked record of ours, its position
    /// and its place. `None` if there is none.
    pub fn mark_before(&self, start: u64) -> Option<(u64, Place)> {
        let mark = start / MARK_EVERY;
        let place = self.marks.get(usize::try_from(mark).ok()?)?;
        Some((mark * MARK_EVERY, *place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::new_record;
    use std::collections::HashMap;
    use uuid::Uuid;

    fn event(stream: &str, revision: u64, place: u64, data: bytes::Bytes) -> RecordedEvent {
        RecordedEvent {
            stream_id: stream.to_owned(),
            id: Uuid::from_u128(place.into()),
            revision,
            event_type: "test.happened.v1".to_owned(),
            data,
            metadata: HashMap::new(),
            custom_metadata: bytes::Bytes::new(),
            is_json: false,
            position: Place { commit: place, prepare: place },
            created: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn ours(stream: &str, revision: u64, place: u64) -> RecordedEvent {
        let id = StreamId::recorded(stream);
        let record = new_record(&id, revision, Uuid::from_u128(place.into()), b"x");
        event(&format!("greffe.{stream}"), revision, place, record.bytes)
    }

    #[test]
    fn only_our_events_are_counted() {
        let mut order = Order::new("greffe");
        let system = RecordedEvent {
            event_type: "$metadata".to_owned(),
            ..event("greffe.a", 0, 1, bytes::Bytes::new())
        };
        for event in [
            system,
            event("merchant-1", 7, 2, bytes::Bytes::new()),
            event("greffe-2.a", 3, 3, bytes::Bytes::new()),
            ours("a", 0, 10),
            ours("b", 0, 20),
            ours("a", 1, 30),
        ] {
            order.count(&event).unwrap();
        }
        assert_eq!(order.head(), Some(Position(2)));
        let position = |stream, revision| {
            order.position(&StreamId::recorded(stream), Revision(revision)).map(|p| p.0)
        };
        assert_eq!(position("a", 1), Some(2));
        assert_eq!(position("b", 0), Some(1));
        assert_eq!(position("b", 1), None);
        assert_eq!(order.cursor().unwrap().unwrap().place.commit, 30);
    }

    #[test]
    fn a_revision_that_is_missing_stops_the_counting() {
        let mut order = Order::new("greffe");
        order.count(&ours("a", 0, 10)).unwrap();
        let gap = order.count(&ours("a", 2, 20)).unwrap_err();
        assert_eq!(order.cursor().unwrap().unwrap().place.commit, 10, "it may be looked at again");
        order.stop_at(gap);
        assert!(matches!(order.cursor(), Err(ReadError::Damaged { position: Position(1), .. })));
        assert_eq!(order.head(), Some(Position(0)), "what came before is still there");
    }

    #[test]
    fn every_position_is_reached_from_a_mark_before_it() {
        let mut order = Order::new("greffe");
        let records = 3 * MARK_EVERY + 5;
        for number in 0..records {
            order.count(&ours("a", number, 100 + number)).unwrap();
        }
        for start in 0..records {
            let (position, place) = order.mark_before(start).unwrap();
            assert!(position <= start && start - position < MARK_EVERY, "{start}");
            assert_eq!(place.commit, 100 + position);
        }
    }

    #[test]
    fn the_last_records_are_in_memory_and_a_damaged_one_is_not() {
        let mut order = Order::new("greffe");
        for number in 0..10 {
            order.count(&ours("a", number, 100 + number)).unwrap();
        }
        assert_eq!(order.tail(3, 4).unwrap()[0].position, Position(3));
        assert!(order.tail(8, 3).is_none());
        let damaged = bytes::Bytes::from_static(b"damaged");
        order.count(&event("greffe.a", 10, 110, damaged)).unwrap();
        assert!(order.tail(10, 1).is_none());
        order.count(&ours("a", 11, 111)).unwrap();
        assert!(order.tail(10, 2).is_none());
        assert_eq!(order.tail(11, 1).unwrap()[0].position, Position(11));
    }
}
