//! Reading a ledger, with the keys that open what is sealed in it: everything, one stream, one record,
//! a state as of any moment. Whoever reads does it here, so that the API and `replay` agree by
//! construction.

use crate::aggregate::Aggregate;
use crate::ends::{Ends, compared};
use crate::ledger::{Ledger, Position, ReadError, Revision, StoredRecord, StreamId};
use crate::load::{AsOf, Loaded};
use crate::recorded::{self, Keys, Recorded};
use crate::scan::Scan;
use std::sync::Arc;
use std::time::Duration;

/// Records of one stream read at a time.
const PAGE: usize = 1_024;
/// Records read at a time from the end backwards.
const PAGE_BACK: u64 = 256;

/// How often a stream is looked at again that lacks what the whole order has, and how long after the first
/// time. A cluster may show a record there a moment before it shows it in its stream.
const LOOKS: u32 = 5;
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A ledger and the keys with which it is read.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub ledger: &'a dyn Ledger,
    pub keys: Keys<'a>,
    /// Where streams end; `None` where nobody follows the whole ledger.
    ends: Option<&'a Ends>,
}

impl<'a> Reader<'a> {
    pub fn new(ledger: &'a dyn Ledger, keys: Keys<'a>) -> Self {
        Self { ledger, keys, ends: None }
    }

    /// From now on a stream that ends too early is noticed.
    pub fn knowing(self, ends: &'a Ends) -> Self {
        Self { ends: Some(ends), ..self }
    }

    /// A page of a stream, with what the whole order has of it there.
    async fn page(
        self,
        stream: &StreamId,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, ReadError> {
        // Before it is read: what is appended meanwhile may be in it or not.
        let end = self.ends.and_then(|ends| ends.of(stream));
        let (mut looks, mut pause) = (1, LOOK_AGAIN);
        loop {
            let page = self.ledger.read_stream(stream, from, limit).await;
            let outcome = page.and_then(|page| compared(page, from, limit, end));
            let damage = outcome.as_ref().err().filter(|error| error.is_damage());
            let (Some(ends), Some(damage)) = (self.ends, damage) else { return outcome };
            if looks == LOOKS {
                ends.stop(&damage.to_string());
                return outcome;
            }
            tokio::time::sleep(pause).await;
            (looks, pause) = (looks + 1, pause * 2);
        }
    }

    /// Everything after a position (exclusive), in order.
    pub fn all(self, after: Option<Position>) -> All<'a> {
        All { scan: Scan::new(self.ledger, after), keys: self.keys }
    }

    /// The record at a position, if there is one.
    pub async fn at(self, position: Position) -> Result<Option<Recorded>, ReadError> {
        let before = position.0.checked_sub(1).map(Position);
        let found = self.ledger.read_all(before, 1).await?;
        found.first().map(|stored| recorded::read(stored, self.keys)).transpose()
    }

    /// Everything before a position (exclusive), the newest first, page by page.
    pub fn newest(self, before: u64) -> Newest<'a> {
        Newest { reader: self, stream: None, end: before }
    }

    /// The same of one stream, whose last revision is `last`.
    pub fn newest_of(self, stream: StreamId, last: Revision) -> Newest<'a> {
        Newest { reader: self, stream: Some(stream), end: last.next().0 }
    }

    /// One stream from a revision on (inclusive), page by page.
    pub fn stream(self, stream: StreamId, from: Revision) -> Pages<'a> {
        Pages { reader: self, stream, from: Some(from) }
    }

    /// Up to `limit` of one stream from a revision on (inclusive).
    pub async fn some_of(
        self,
        stream: &StreamId,
        from: Revision,
        limit: usize,
    ) -> Result<Vec<Recorded>, ReadError> {
        let page = self.page(stream, from, limit).await?;
        page.iter().map(|stored| recorded::read(stored, self.keys)).collect()
    }

    /// Everything in one stream, in order.
    pub async fn history(self, stream: StreamId) -> Result<Vec<Recorded>, ReadError> {
        let mut events = vec![];
        let mut pages = self.stream(stream, Revision(0));
        while let Some(page) = pages.next().await? {
            for stored in &page {
                events.push(recorded::read(stored, self.keys)?);
            }
        }
        Ok(events)
    }

    /// A stream as it was at a moment.
    pub async fn load<A: Aggregate>(
        self,
        key: A::Key,
        as_of: AsOf,
    ) -> Result<Loaded<A::State>, ReadError> {
        Ok(fold::<A>(&self.history(A::stream(key)).await?, as_of))
    }
}

/// The events up to a moment. One within a command is the moment after it: nobody ever saw half of it.
pub fn up_to(events: &[Recorded], as_of: AsOf) -> &[Recorded] {
    let count = events.iter().take_while(|event| as_of.includes(event)).count();
    let (known, later) = events.split_at(count);
    let Some(last) = known.last() else { return known };
    let command = last.metadata.command_id;
    let rest = later.iter().take_while(|event| event.metadata.command_id == command).count();
    events.get(..count + rest).unwrap_or(known)
}

/// What a stream's events, in order, had made of it at a moment.
pub fn fold<A: Aggregate>(events: &[Recorded], as_of: AsOf) -> Loaded<A::State> {
    let known = up_to(events, as_of);
    let state =
        known.iter().fold(A::State::default(), |state, known| A::evolve(state, &known.event));
    Loaded {
        state: Arc::new(state),
        revision: known.last().map(|last| last.revision),
        recorded_at: known.last().map(|last| last.metadata.recorded_at),
    }
}

/// Everything, page by page.
pub struct All<'a> {
    scan: Scan<'a>,
    keys: Keys<'a>,
}

impl All<'_> {
    /// `None` after the last page, for now.
    pub async fn next(&mut self) -> Result<Option<Vec<Recorded>>, ReadError> {
        let Some(page) = self.scan.next().await? else { return Ok(None) };
        let read = |stored| recorded::read(stored, self.keys);
        page.iter().map(read).collect::<Result<_, _>>().map(Some)
    }
}

/// From the end backwards, page by page.
pub struct Newest<'a> {
    reader: Reader<'a>,
    /// `None`: everything.
    stream: Option<StreamId>,
    /// Exclusive.
    end: u64,
}

impl Newest<'_> {
    /// The newest first; `None` after the first record.
    pub async fn next(&mut self) -> Result<Option<Vec<Recorded>>, ReadError> {
        if self.end == 0 {
            return Ok(None);
        }
        let start = self.end.saturating_sub(PAGE_BACK);
        let (ledger, count) = (self.reader.ledger, (self.end - start) as usize);
        let page = match &self.stream {
            Some(stream) => self.reader.page(stream, Revision(start), count).await?,
            None => ledger.read_all(start.checked_sub(1).map(Position), count).await?,
        };
        self.end = start;
        let read = |stored| recorded::read(stored, self.reader.keys);
        page.iter().rev().map(read).collect::<Result<_, _>>().map(Some)
    }
}

/// The records of a stream, page by page.
pub struct Pages<'a> {
    reader: Reader<'a>,
    stream: StreamId,
    /// `None` after the last page.
    from: Option<Revision>,
}

impl Pages<'_> {
    pub async fn next(&mut self) -> Result<Option<Vec<StoredRecord>>, ReadError> {
        let Some(from) = self.from else { return Ok(None) };
        let page = self.reader.page(&self.stream, from, PAGE).await?;
        let last = page.last().filter(|_| page.len() == PAGE);
        self.from = last.map(|last| last.revision.next());
        Ok((!page.is_empty()).then_some(page))
    }
}
