//! Where streams end, by the order of the whole ledger.
//!
//! A stream is read through an index of its engine. Where that is damaged, or was tampered with, a stream
//! may seem to end earlier than it does, and nothing in the records that are read tells. So whoever follows
//! the whole ledger keeps where each stream ends, and what lies there; whoever reads a stream to its end
//! compares. Each record that is followed continues the one before it in its stream, by its hash.
//!
//! A stream takes some 80 bytes, an event one hash of its bytes, and a read of a stream one look.

use crate::ledger::{Position, ReadError, Revision, StoredRecord, StreamId};
use crate::record;
use crate::recorded::Recorded;
use dashmap::DashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

/// The last record of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    pub position: Position,
    pub revision: Revision,
    pub leaf_hash: [u8; 32],
}

/// A stream, by the beginning of the hash of its name: a third of what the name takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StreamKey([u8; 16]);

impl StreamKey {
    pub fn of(stream: &StreamId) -> Self {
        let hash: [u8; 32] = Sha256::digest(stream.as_str()).into();
        let mut key = [0; 16];
        key.iter_mut().zip(hash).for_each(|(place, byte)| *place = byte);
        Self(key)
    }
}

/// Where every stream ends, as far as the ledger was followed. Cheap to clone.
#[derive(Clone, Default)]
pub struct Ends(Arc<Known>);

#[derive(Default)]
struct Known {
    streams: DashMap<StreamKey, End>,
    /// What was found that is not as it must be.
    damage: OnceLock<String>,
}

impl Ends {
    /// Takes the next record of the whole order. Refuses one that does not continue its stream; one that
    /// was taken before changes nothing.
    pub fn take(&self, recorded: &Recorded) -> Result<(), ReadError> {
        let key = StreamKey::of(&recorded.stream);
        let known = self.0.streams.get(&key).map(|end| *end);
        let (next, previous) =
            known.map_or((Revision(0), [0; 32]), |end| (end.revision.next(), end.leaf_hash));
        let reason = if let Some(end) = known.filter(|end| recorded.position <= end.position) {
            if recorded.position < end.position || recorded.leaf_hash == end.leaf_hash {
                return Ok(());
            }
            "it is another record than the one that was followed"
        } else if recorded.revision != next {
            "a revision of its stream is missing before it"
        } else if recorded.previous != previous {
            "it does not follow the record that precedes it in its stream"
        } else {
            self.0.streams.insert(key, End::of(recorded));
            return Ok(());
        };
        Err(ReadError::Damaged { position: recorded.position, reason: reason.to_owned() })
    }

    /// Where a stream ends; `None` where nothing is known of it.
    pub fn of(&self, stream: &StreamId) -> Option<End> {
        self.0.streams.get(&StreamKey::of(stream)).map(|end| *end)
    }

    /// The ends of these streams, for a snapshot.
    pub fn rows(&self, keys: impl IntoIterator<Item = StreamKey>) -> Vec<(StreamKey, End)> {
        let row = |key| self.0.streams.get(&key).map(|end| (key, *end));
        keys.into_iter().filter_map(row).collect()
    }

    /// All of them, for whoever takes them over.
    pub fn all(&self) -> impl Iterator<Item = (StreamKey, End)> {
        self.0.streams.iter().map(|end| (*end.key(), *end))
    }

    /// What a snapshot knew; an end that is known to be later stays.
    pub fn restore(&self, rows: impl IntoIterator<Item = (StreamKey, End)>) {
        for (key, end) in rows {
            let mut known = self.0.streams.entry(key).or_insert(end);
            if known.position < end.position {
                *known = end;
            }
        }
    }

    pub fn count(&self) -> usize {
        self.0.streams.len()
    }

    /// Whether others say the same.
    pub fn is_same(&self, others: &Self) -> bool {
        let is_known = |(key, end)| others.0.streams.get(&key).is_some_and(|other| *other == end);
        self.count() == others.count() && self.all().all(is_known)
    }

    /// Whether every stream that others know of ends where they say, or later.
    pub fn has_all_of(&self, others: &Self) -> bool {
        others.0.streams.iter().all(|other| {
            let end = self.0.streams.get(other.key()).map(|end| *end);
            end.is_some_and(|end| end == *other || end.position > other.position)
        })
    }

    /// From now on nothing is appended any more, and why.
    pub fn stop(&self, damage: &str) {
        if self.0.damage.set(damage.to_owned()).is_ok() {
            tracing::error!(damage, "the ledger is damaged: nothing is appended any more");
        }
    }

    /// What was found that is not as it must be.
    pub fn damage(&self) -> Option<&str> {
        self.0.damage.get().map(String::as_str)
    }
}

impl End {
    fn of(recorded: &Recorded) -> Self {
        Self {
            position: recorded.position,
            revision: recorded.revision,
            leaf_hash: recorded.leaf_hash,
        }
    }

    pub(crate) fn of_record(stored: &StoredRecord) -> Self {
        let (position, revision) = (stored.position, stored.revision);
        Self { position, revision, leaf_hash: record::leaf_hash(&stored.bytes) }
    }

    /// What a read that did not find it says.
    pub fn missing(self) -> ReadError {
        let reason = format!(
            "it is {} of its stream, but whoever reads that stream does not find it: the index of the \
             ledger is damaged",
            self.revision
        );
        ReadError::Damaged { position: self.position, reason }
    }
}

/// The page, if it has what lies in it by the whole order.
pub(crate) fn compared(
    page: Vec<StoredRecord>,
    from: Revision,
    limit: usize,
    end: Option<End>,
) -> Result<Vec<StoredRecord>, ReadError> {
    let Some(end) = end else { return Ok(page) };
    let Some(place) = end.revision.0.checked_sub(from.0) else { return Ok(page) };
    let is_there = match page.get(place as usize) {
        Some(there) => record::leaf_hash(&there.bytes) == end.leaf_hash,
        None => place >= limit as u64 && page.len() == limit,
    };
    if is_there { Ok(page) } else { Err(end.missing()) }
}

#[cfg(test)]
mod tests;
