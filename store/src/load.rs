//! Streams folded: as they are, from memory if possible, and as they were.

use crate::aggregate::Aggregate;
use crate::execute::{Request, Store};
use crate::folded::Trail;
use crate::ledger::{Position, ReadError, Revision, StoredRecord, StreamId, Tail};
use crate::reader::Reader;
use crate::recorded::{self, Keys, Recorded};
use chrono::{DateTime, Utc};
use domain::{CommandId, Event};
use std::sync::Arc;

/// A stream, folded.
#[derive(Clone, Debug)]
pub struct Loaded<S> {
    pub state: Arc<S>,
    pub revision: Option<Revision>,
    /// When the last of its events was recorded.
    pub recorded_at: Option<DateTime<Utc>>,
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

/// A stream folded up to its end, for the next command and the next read.
#[derive(Clone)]
pub(crate) struct Folded<S> {
    pub state: Arc<S>,
    pub last: Option<Last>,
    /// The last event that changes what somebody may have read.
    pub changed: Option<Revision>,
}

/// What the next record of a stream continues.
#[derive(Clone, Copy)]
pub(crate) struct Last {
    pub revision: Revision,
    pub leaf_hash: [u8; 32],
    pub recorded_at: DateTime<Utc>,
}

/// What a command did.
pub(crate) struct Done<S> {
    /// The state that it found.
    pub before: S,
    pub after: S,
    pub events: Vec<Event>,
    pub position: Position,
    pub revision: Revision,
}

impl<S: Default> Default for Folded<S> {
    fn default() -> Self {
        Self { state: Arc::default(), last: None, changed: None }
    }
}

impl<S> Folded<S> {
    pub(crate) fn revision(&self) -> Option<Revision> {
        self.last.map(|last| last.revision)
    }

    /// Whether nothing has changed since the caller looked, if they say when.
    pub(crate) fn is_what_was_seen(&self, request: &Request) -> bool {
        let is_seen =
            |seen: &Revision| self.changed <= Some(*seen) && Some(*seen) <= self.revision();
        request.seen.as_ref().is_none_or(|seen| seen.iter().any(is_seen))
    }

    fn is_at(&self, tail: Tail) -> bool {
        // Newer than the end that the engine told a moment ago is new enough.
        matches!((self.revision(), tail), (Some(ours), Tail::Known(last)) if ours >= last)
    }
}

impl Store {
    /// Reads with the keys of the vault.
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(self.ledger.as_ref(), Keys::Of(self.vault.as_ref())).knowing(&self.ends)
    }

    /// The last flushed revision of a stream, as far as it is known without asking anybody.
    pub fn tail(&self, stream: &StreamId) -> Tail {
        let of_engine = self.ledger.tail(stream);
        match (of_engine, self.ends.of(stream)) {
            // An engine may have read it where the ledger is damaged.
            (Tail::Known(last), Some(end)) => Tail::Known(last.max(end.revision)),
            (tail, _) => tail,
        }
    }

    /// The events of one stream, in order.
    pub async fn events<A: Aggregate>(&self, key: A::Key) -> Result<Vec<Recorded>, ReadError> {
        self.reader().history(A::stream(key)).await
    }

    /// A stream as it was at a moment.
    pub async fn load<A: Aggregate>(
        &self,
        key: A::Key,
        as_of: AsOf,
    ) -> Result<Loaded<A::State>, ReadError> {
        if as_of != AsOf::Now {
            return self.reader().load::<A>(key, as_of).await;
        }
        let (folded, _) = self.current::<A>(key).await?;
        Ok(Loaded {
            state: Arc::clone(&folded.state),
            revision: folded.revision(),
            recorded_at: folded.last.map(|last| last.recorded_at),
        })
    }

    /// Whether the caller still knows a stream as it is. A command says so itself; this is for what is
    /// done before it.
    pub async fn is_what_was_seen<A: Aggregate>(
        &self,
        key: A::Key,
        request: &Request,
    ) -> Result<bool, ReadError> {
        Ok(self.current::<A>(key).await?.0.is_what_was_seen(request))
    }

    /// A stream as it is now. What is remembered is read on from; where the engine says that nothing
    /// is missing, nothing is read.
    pub(crate) async fn current<A: Aggregate>(
        &self,
        key: A::Key,
    ) -> Result<(Arc<Folded<A::State>>, Trail), ReadError> {
        let stream = A::stream(key);
        let start = self.folded.start::<Folded<A::State>>(&stream);
        let known = start.folded.unwrap_or_default();
        if known.is_at(self.tail(&stream)) {
            return Ok((known, start.trail));
        }
        let from = known.revision().map_or(Revision(0), Revision::next);
        let mut pages = self.reader().stream(stream.clone(), from);
        let mut folded = None;
        while let Some(page) = pages.next().await? {
            let so_far = folded.unwrap_or_else(|| known.as_ref().clone());
            folded = Some(self.fold_page::<A>(so_far, &page, &start.trail)?);
        }
        let Some(folded) = folded.map(Arc::new) else { return Ok((known, start.trail)) };
        if let Some(revision) = folded.revision() {
            let bytes = A::size(&folded.state);
            self.folded.remember(&stream, &start.trail, revision, Arc::clone(&folded), bytes);
        }
        Ok((folded, start.trail))
    }

    fn fold_page<A: Aggregate>(
        &self,
        folded: Folded<A::State>,
        page: &[StoredRecord],
        trail: &Trail,
    ) -> Result<Folded<A::State>, ReadError> {
        let Folded { state, mut last, mut changed } = folded;
        let mut state = Arc::unwrap_or_clone(state);
        for stored in page {
            let (recorded, subjects) = recorded::read_with_subjects(stored, &self.vault)?;
            trail.meets(recorded.metadata.command_id, subjects);
            state = A::evolve(state, &recorded.event);
            if !A::is_bookkeeping(&recorded.event) {
                changed = Some(stored.revision);
            }
            last = Some(Last {
                revision: stored.revision,
                leaf_hash: recorded.leaf_hash,
                recorded_at: recorded.metadata.recorded_at,
            });
        }
        Ok(Folded { state: Arc::new(state), last, changed })
    }

    /// What a command did that was executed before; `None` if it was not.
    pub(crate) async fn done_by<A: Aggregate>(
        &self,
        key: A::Key,
        command: CommandId,
    ) -> Result<Option<Done<A::State>>, ReadError> {
        let mut state = A::State::default();
        let mut done: Option<Done<A::State>> = None;
        let mut pages = self.reader().stream(A::stream(key), Revision(0));
        while let Some(page) = pages.next().await? {
            for stored in &page {
                let recorded = recorded::read(stored, Keys::Of(self.vault.as_ref()))?;
                let is_its_own = recorded.metadata.command_id == command;
                if done.is_some() && !is_its_own {
                    return Ok(done);
                }
                if !is_its_own {
                    state = A::evolve(state, &recorded.event);
                    continue;
                }
                let (position, revision) = (stored.position, stored.revision);
                let so_far = done.get_or_insert_with(|| Done {
                    before: state.clone(),
                    after: state.clone(),
                    events: vec![],
                    position,
                    revision,
                });
                so_far.after = A::evolve(std::mem::take(&mut so_far.after), &recorded.event);
                so_far.events.push(recorded.event);
                (so_far.position, so_far.revision) = (position, revision);
            }
        }
        Ok(done)
    }
}
