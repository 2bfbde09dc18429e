//! What every ledger engine promises, whatever it is made of.
//!
//! 1. An acknowledged append is on disk and is read again, unchanged, in its place, for ever.
//! 2. There is one total order, without gaps; a reader never skips what was committed before
//!    something it has seen.
//! 3. An append with an expected revision appends all its records or none.
//! 4. Appending the same records twice is the same as appending them once.
//! 5. A record that is damaged stops the reader with its position.
//! 6. After a failed flush an engine stops for good and says so.

use bytes::Bytes;
use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A future that an engine returns.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The place of a record in the global order, counted from zero.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Position(pub u64);

/// The place of a record in its stream, counted from zero.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Revision(pub u64);

impl Revision {
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

/// `category-id`, for example `merchant-0190…`. Never made from personal data: a stream's name
/// cannot be erased. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(Arc<str>);

impl StreamId {
    pub fn new(category: &str, id: impl fmt::Display) -> Self {
        Self(format!("{category}-{id}").into())
    }

    pub fn recorded(name: &str) -> Self {
        Self(name.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn category(&self) -> &str {
        self.0.split_once('-').map_or(&*self.0, |(category, _)| category)
    }

    /// What follows the category.
    pub fn key(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, key)| key)
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedRevision {
    NoStream,
    Exact(Revision),
}

impl ExpectedRevision {
    /// The revision that the first appended record gets.
    pub fn first(self) -> Revision {
        match self {
            Self::NoStream => Revision(0),
            Self::Exact(last) => last.next(),
        }
    }

    /// What a stream whose last revision is `last` expects.
    pub fn after(last: Option<Revision>) -> Self {
        last.map_or(Self::NoStream, Self::Exact)
    }
}

/// A record ready to be appended: its bytes already say its stream and its revision.
#[derive(Clone, Debug)]
pub struct NewRecord {
    pub event_id: uuid::Uuid,
    pub bytes: Bytes,
}

/// The largest record, in bytes: what a transparency log's entry can hold.
pub const RECORD_BYTES_MAX: usize = 65_535;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRecord {
    pub position: Position,
    pub stream: StreamId,
    pub revision: Revision,
    pub bytes: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The position and the revision of the last record of this append.
    pub position: Position,
    pub revision: Revision,
}

#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    #[error("the stream is at {actual:?}, not at {expected:?}")]
    WrongExpectedRevision { expected: ExpectedRevision, actual: Option<Revision> },
    /// Whether it was appended is unknown. Only `execute` may try again, with the same records.
    #[error("whether the append happened is unknown: {0}")]
    Indeterminate(String),
    #[error("the ledger cannot take records: {0}")]
    Unavailable(String),
    #[error("a record of {bytes} bytes is larger than {RECORD_BYTES_MAX}")]
    TooLarge { bytes: usize },
    #[error("the ledger is damaged: {0}")]
    Corrupt(String),
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("the ledger cannot be read: {0}")]
    Unavailable(String),
    #[error(
        "the record at {position} is damaged: {reason}. Nothing after it was read. \
         Run `replay verify` for a full report, then restore the ledger from a backup"
    )]
    Damaged { position: Position, reason: String },
    /// What the engine keeps beside the records cannot be read: no position can be named.
    #[error(
        "the ledger is damaged: {0}. Run `replay verify` for a full report, then restore the ledger from a backup"
    )]
    Corrupt(String),
}

impl ReadError {
    /// Whether it stays as it is until somebody brings back what is sound.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. } | Self::Corrupt(_) => true,
            Self::Unavailable(_) => false,
        }
    }
}

/// Where a stream ends, as far as an engine knows it without asking anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    Known(Revision),
    Unknown,
}

/// Records looked at at a time for the names of streams.
const LOOKED_AT: usize = 4_096;

/// What an append is followed by.
pub type FollowUp = Box<dyn FnOnce(Appended) + Send>;

/// How long commits took since the ledger was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flushes {
    pub commits: u64,
    /// Of all of them.
    pub micros: u64,
    /// Of the slowest since it was last asked.
    pub slowest_micros: u64,
}

/// What an engine finds of its own files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub damage: Vec<String>,
    /// What is worth knowing and is no damage.
    pub notes: Vec<String>,
    /// Whether a stream holds what the whole order has of it wherever no damage was found.
    pub covers_streams: bool,
}

pub trait Ledger: Send + Sync {
    /// Appends all of `records` or none, and returns once they are flushed.
    fn append<'a>(
        &'a self,
        stream: &'a StreamId,
        expected: ExpectedRevision,
        records: &'a [NewRecord],
    ) -> Pending<'a, Result<Appended, AppendError>>;

    /// The same. An engine through which alone its ledger grows calls `then` once the records are
    /// flushed, in the order of the appends and before it says so to anybody; not if they were there
    /// before. Any other engine never calls it. It must be quick: the next append waits for it.
    fn append_then<'a>(
        &'a self,
        stream: &'a StreamId,
        expected: ExpectedRevision,
        records: &'a [NewRecord],
        then: FollowUp,
    ) -> Pending<'a, Result<Appended, AppendError>> {
        drop(then);
        self.append(stream, expected, records)
    }

    /// The last flushed revision of a stream, if it is known. Costs no input and no output.
    fn tail(&self, _: &StreamId) -> Tail {
        Tail::Unknown
    }

    /// Up to `limit` records of one stream from `from` on, in order.
    fn read_stream<'a>(
        &'a self,
        stream: &'a StreamId,
        from: Revision,
        limit: usize,
    ) -> Pending<'a, Result<Vec<StoredRecord>, ReadError>>;

    /// Up to `limit` records after `after` (exclusive) in the global order.
    fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<StoredRecord>, ReadError>>;

    /// The last position; `None` if the ledger is empty.
    fn head(&self) -> Pending<'_, Result<Option<Position>, ReadError>>;

    /// Changes whenever records were appended. It only wakes readers up: what is there, `read_all`
    /// says.
    fn wake(&self) -> watch::Receiver<Option<Position>>;

    /// What kind of engine this is, for health and metrics.
    fn engine(&self) -> &'static str;

    /// Why nothing is appended any more until the program is restarted; `None` as long as it is.
    fn stopped(&self) -> Option<String> {
        None
    }

    /// How long commits took; `None` where an engine does not know.
    fn flushes(&self) -> Option<Flushes> {
        None
    }

    /// Up to `limit` streams whose names begin so, in the order of their names. An engine without an index of
    /// names looks at everything.
    fn streams<'a>(
        &'a self,
        beginning: &'a str,
        limit: usize,
    ) -> Pending<'a, Result<Vec<StreamId>, ReadError>> {
        Box::pin(async move {
            let (mut found, mut after) = (BTreeSet::new(), None);
            loop {
                let page = self.read_all(after, LOOKED_AT).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.position);
                let streams = page.into_iter().map(|stored| stored.stream);
                found.extend(streams.filter(|stream| stream.as_str().starts_with(beginning)));
            }
            Ok(found.into_iter().take(limit).collect())
        })
    }

    /// Looks at what the engine keeps beside the records: indexes, schema, logs. Takes as long as the
    /// ledger is large.
    fn check(&self) -> Pending<'_, Result<Checked, ReadError>> {
        Box::pin(std::future::ready(Ok(Checked::default())))
    }

    /// Takes no append any more, and leaves nothing to be done at the next start.
    fn close(&self) -> Pending<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// What a subscriber sees.
#[derive(Debug)]
pub enum Delivery {
    Records(Vec<StoredRecord>),
    /// Everything that was there has been delivered.
    CaughtUp,
}

/// How long a subscriber waits for a ledger that does not answer.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Follows the global order from a position on.
pub struct Subscription<'a> {
    ledger: &'a dyn Ledger,
    after: Option<Position>,
    wake: watch::Receiver<Option<Position>>,
    is_caught_up: bool,
    page: usize,
    gather: Duration,
}

impl<'a> Subscription<'a> {
    pub fn new(ledger: &'a dyn Ledger, after: Option<Position>, page: usize) -> Self {
        let (wake, gather) = (ledger.wake(), Duration::ZERO);
        Self { ledger, after, wake, is_caught_up: false, page, gather }
    }

    /// For whoever can wait: what comes within `gather` of something new is read along with it.
    pub fn gathering(self, gather: Duration) -> Self {
        Self { gather, ..self }
    }

    /// What lies up to `position` need not be delivered any more.
    pub fn skip_to(&mut self, position: Option<Position>) {
        self.after = self.after.max(position);
    }

    /// The next page, or the news that there is none for now; after that it waits. A ledger that
    /// does not answer is asked again: nobody who follows it has to be restarted.
    pub async fn next(&mut self) -> Result<Delivery, ReadError> {
        loop {
            self.wake.borrow_and_update();
            let records = match self.ledger.read_all(self.after, self.page).await {
                Ok(records) => records,
                Err(ReadError::Unavailable(reason)) => {
                    tracing::warn!(%reason, "the ledger does not answer; asking again");
                    tokio::time::sleep(ASK_AGAIN).await;
                    continue;
                }
                Err(damage @ (ReadError::Damaged { .. } | ReadError::Corrupt(_))) => {
                    return Err(damage);
                }
            };
            if let Some(last) = records.last() {
                self.after = Some(last.position);
                self.is_caught_up = false;
                return Ok(Delivery::Records(records));
            }
            if !self.is_caught_up {
                self.is_caught_up = true;
                return Ok(Delivery::CaughtUp);
            }
            if self.wake.changed().await.is_err() {
                return Err(ReadError::Unavailable("the ledger was closed".to_owned()));
            }
            if !self.gather.is_zero() {
                tokio::time::sleep(self.gather).await;
            }
        }
    }
}
