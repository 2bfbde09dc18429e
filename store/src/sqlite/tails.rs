//! Where streams end, known without asking the disk.
//!
//! The writer says it after each flush. A reader that has come to the end of a stream may say it,
//! too, unless something was appended since it began to read: what was read before an append is
//! never remembered after it.

use crate::ledger::{Revision, StreamId, Tail};
use lru::LruCache;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Streams are remembered in groups, so that readers rarely wait for each other or the writer.
const GROUPS: usize = 64;
/// With all groups some 130,000 streams, in 20 MB. A zero would not compile.
const STREAMS_OF_GROUP: NonZeroUsize = NonZeroUsize::new(2_048).unwrap();

pub(super) struct Tails {
    groups: [Mutex<Group>; GROUPS],
    hasher: RandomState,
}

struct Group {
    /// Appends to any stream of the group.
    appends: u64,
    last: LruCache<StreamId, Revision>,
}

/// How many appends a reader knows of.
pub(super) struct Before(u64);

impl Tails {
    pub(super) fn new() -> Self {
        let group = |_| Mutex::new(Group { appends: 0, last: LruCache::new(STREAMS_OF_GROUP) });
        Self { groups: std::array::from_fn(group), hasher: RandomState::new() }
    }

    pub(super) fn get(&self, stream: &StreamId) -> Tail {
        self.group(stream).last.get(stream).map_or(Tail::Unknown, |last| Tail::Known(*last))
    }

    /// After a flush.
    pub(super) fn appended(&self, stream: &StreamId, last: Revision) {
        let mut group = self.group(stream);
        group.appends += 1;
        group.last.put(stream.clone(), last);
    }

    /// Asked before a stream is read.
    pub(super) fn before_reading(&self, stream: &StreamId) -> Before {
        Before(self.group(stream).appends)
    }

    /// After it was read to its end.
    pub(super) fn found(&self, stream: &StreamId, last: Revision, before: Before) {
        let mut group = self.group(stream);
        if group.appends == before.0 {
            group.last.put(stream.clone(), last);
        }
    }

    fn group(&self, stream: &StreamId) -> MutexGuard<'_, Group> {
        let number = self.hasher.hash_one(stream) as usize % GROUPS;
        self.groups[number].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_an_append_is_not_remembered_after_it() {
        let tails = Tails::new();
        let stream = StreamId::new("test", "a");
        let before = tails.before_reading(&stream);
        tails.appended(&stream, Revision(1));
        tails.found(&stream, Revision(0), before);
        assert_eq!(tails.get(&stream), Tail::Known(Revision(1)));
        let before = tails.before_reading(&stream);
        tails.found(&stream, Revision(2), before);
        assert_eq!(tails.get(&stream), Tail::Known(Revision(2)), "nothing came in between");
    }
}
