//! Folded streams, kept for the next command and the next read.
//!
//! What is here is never wrong, only old: whoever takes a folded stream compares it with the end of
//! the stream and reads on where something is missing. Together they take a bounded number of bytes;
//! the one that was not used for the longest time goes. A folded stream holds personal data in
//! clear: when a subject is forgotten, every stream that holds it goes, and what was folded before
//! is not remembered after.

use crate::ledger::{Revision, StreamId};
use domain::{CommandId, Id, SubjectId};
use lru::LruCache;
use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Streams are kept in groups, so that requests rarely wait for each other.
const GROUPS: usize = 16;
/// What all of them may take, unless told: some 40,000 merchants in the middle of their life.
const BYTES_MAX: usize = 256 * 1024 * 1024;
/// What a folded stream takes beside its state: its name, its place in two indexes.
const BYTES_OF_PLACE: usize = 512;
/// What a command and a subject take in the index of a stream.
const BYTES_OF_COMMAND: usize = 20;
const BYTES_OF_SUBJECT: usize = 96;

#[derive(Clone)]
pub struct FoldedStreams(Arc<Shared>);

struct Shared {
    groups: [Mutex<Group>; GROUPS],
    hasher: RandomState,
    bytes_of_group: usize,
    /// Counts how often somebody was forgotten.
    forgotten: AtomicU64,
}

struct Group {
    streams: LruCache<StreamId, Remembered>,
    /// In which stream of the group the data of a subject lie.
    holders: HashMap<SubjectId, StreamId>,
    bytes: usize,
}

struct Remembered {
    folded: Arc<dyn Any + Send + Sync>,
    revision: Revision,
    index: Arc<Mutex<Index>>,
    bytes: usize,
}

/// Every command whose events are in a folded stream and every subject whose data are, and perhaps
/// later ones: one index, shared by all folds of a stream that were made from each other.
#[derive(Default)]
struct Index {
    /// Half of each id: a stream may be long. One that is taken for another is looked for in the
    /// stream, and not found there.
    commands: HashSet<u64>,
    subjects: HashSet<SubjectId>,
}

/// What somebody folds on from.
pub(crate) struct Start<F> {
    /// `None`: from the first record.
    pub folded: Option<Arc<F>>,
    pub trail: Trail,
}

/// What somebody meets while folding on.
#[derive(Clone)]
pub(crate) struct Trail {
    index: Arc<Mutex<Index>>,
    forgotten: u64,
}

impl Trail {
    pub(crate) fn has(&self, command: CommandId) -> bool {
        lock(&self.index).commands.contains(&half(command))
    }

    pub(crate) fn meets(&self, command: CommandId, subjects: impl IntoIterator<Item = SubjectId>) {
        let mut index = lock(&self.index);
        index.commands.insert(half(command));
        index.subjects.extend(subjects);
    }
}

impl Default for FoldedStreams {
    fn default() -> Self {
        Self::within(BYTES_MAX)
    }
}

impl FoldedStreams {
    /// That take no more than so many bytes.
    pub fn within(bytes: usize) -> Self {
        let group = |_| {
            let streams = LruCache::unbounded();
            Mutex::new(Group { streams, holders: HashMap::new(), bytes: 0 })
        };
        Self(Arc::new(Shared {
            groups: std::array::from_fn(group),
            hasher: RandomState::new(),
            bytes_of_group: bytes / GROUPS,
            forgotten: AtomicU64::new(0),
        }))
    }

    pub(crate) fn start<F: Any + Send + Sync>(&self, stream: &StreamId) -> Start<F> {
        let forgotten = self.0.forgotten.load(Ordering::SeqCst);
        let mut group = self.group(stream);
        let known = group.streams.get(stream).and_then(|known| {
            let folded = Arc::clone(&known.folded).downcast().ok()?;
            Some((folded, Arc::clone(&known.index)))
        });
        let (folded, index) = known.map_or_else(Default::default, |(f, i)| (Some(f), i));
        Start { folded, trail: Trail { index, forgotten } }
    }

    /// Remembers what was folded up to `revision`; `bytes` is what its state takes.
    pub(crate) fn remember<F: Any + Send + Sync>(
        &self,
        stream: &StreamId,
        trail: &Trail,
        revision: Revision,
        folded: Arc<F>,
        bytes: usize,
    ) {
        let mut group = self.group(stream);
        if group.streams.peek(stream).is_some_and(|known| known.revision >= revision) {
            return;
        }
        // Meanwhile somebody may have been forgotten, and this was folded before.
        if self.0.forgotten.load(Ordering::SeqCst) != trail.forgotten {
            group.drop_stream(stream);
            return;
        }
        let index = Arc::clone(&trail.index);
        group.put(stream, Remembered { folded, revision, index, bytes });
        while group.bytes > self.0.bytes_of_group && group.drop_oldest() {}
    }

    /// After the key of a subject was destroyed.
    pub fn forget(&self, subject: SubjectId) {
        self.0.forgotten.fetch_add(1, Ordering::SeqCst);
        for group in &self.0.groups {
            let mut group = lock(group);
            if let Some(stream) = group.holders.get(&subject).cloned() {
                group.drop_stream(&stream);
            }
        }
    }

    /// What all of them take, by their own estimate.
    pub fn bytes(&self) -> usize {
        self.0.groups.iter().map(|group| lock(group).bytes).sum()
    }

    pub fn count(&self) -> usize {
        self.0.groups.iter().map(|group| lock(group).streams.len()).sum()
    }

    fn group(&self, stream: &StreamId) -> MutexGuard<'_, Group> {
        lock(&self.0.groups[self.0.hasher.hash_one(stream) as usize % GROUPS])
    }
}

impl Group {
    fn put(&mut self, stream: &StreamId, mut new: Remembered) {
        let index = lock(&new.index);
        for subject in &index.subjects {
            self.holders.insert(*subject, stream.clone());
        }
        new.bytes += BYTES_OF_PLACE
            + BYTES_OF_COMMAND * index.commands.len()
            + BYTES_OF_SUBJECT * index.subjects.len();
        drop(index);
        self.bytes += new.bytes;
        if let Some(old) = self.streams.put(stream.clone(), new) {
            self.bytes -= old.bytes;
        }
    }

    fn drop_stream(&mut self, stream: &StreamId) {
        if let Some(dropped) = self.streams.pop(stream) {
            self.dropped(&dropped);
        }
    }

    /// False if there is none left.
    fn drop_oldest(&mut self) -> bool {
        let Some((_, dropped)) = self.streams.pop_lru() else { return false };
        self.dropped(&dropped);
        true
    }

    fn dropped(&mut self, dropped: &Remembered) {
        self.bytes -= dropped.bytes;
        for subject in &lock(&dropped.index).subjects {
            self.holders.remove(subject);
        }
    }
}

fn half(command: CommandId) -> u64 {
    let (high, low) = command.uuid().as_u64_pair();
    high ^ low
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn stream(name: &str) -> StreamId {
        StreamId::new("test", name)
    }

    fn command(number: u128) -> CommandId {
        CommandId::from_uuid(Uuid::from_u128(number))
    }

    const MARIE: SubjectId = SubjectId::from_u128(1);

    fn remember(streams: &FoldedStreams, name: &str, revision: u64, subject: SubjectId) {
        let start = streams.start::<u64>(&stream(name));
        start.trail.meets(command(revision.into()), [subject]);
        let folded = Arc::new(revision);
        streams.remember(&stream(name), &start.trail, Revision(revision), folded, 100);
    }

    fn known(streams: &FoldedStreams, name: &str) -> Option<u64> {
        streams.start::<u64>(&stream(name)).folded.as_deref().copied()
    }

    #[test]
    fn a_folded_stream_knows_every_command_in_it_even_when_it_was_dropped_meanwhile() {
        let streams = FoldedStreams::default();
        remember(&streams, "a", 1, MARIE);
        let start = streams.start::<u64>(&stream("a"));
        assert_eq!(start.folded.as_deref(), Some(&1));
        // Making room for others drops it, while somebody folds on from it.
        streams.group(&stream("a")).drop_stream(&stream("a"));
        start.trail.meets(command(2), []);
        streams.remember(&stream("a"), &start.trail, Revision(2), Arc::new(2_u64), 100);
        let start = streams.start::<u64>(&stream("a"));
        assert!(start.trail.has(command(1)) && start.trail.has(command(2)));
        assert!(!start.trail.has(command(9)));
        streams.forget(MARIE);
        assert_eq!(known(&streams, "a"), None, "and every subject");
    }

    #[test]
    fn an_older_fold_never_takes_the_place_of_one_that_is_as_new() {
        let streams = FoldedStreams::default();
        let late = streams.start::<u64>(&stream("a"));
        remember(&streams, "a", 2, MARIE);
        streams.remember(&stream("a"), &late.trail, Revision(1), Arc::new(1_u64), 100);
        assert_eq!(known(&streams, "a"), Some(2));
        streams.remember(&stream("a"), &late.trail, Revision(2), Arc::new(9_u64), 100);
        assert_eq!(known(&streams, "a"), Some(2));
    }

    #[test]
    fn whoever_is_forgotten_takes_their_streams_along_and_no_others() {
        let streams = FoldedStreams::default();
        for number in 0..50 {
            remember(&streams, &number.to_string(), 1, SubjectId::from_u128(number));
        }
        let before = streams.start::<u64>(&stream("7"));
        streams.forget(SubjectId::from_u128(7));
        assert_eq!((known(&streams, "7"), streams.count()), (None, 49));
        // What was folded before is not remembered after.
        streams.remember(&stream("7"), &before.trail, Revision(2), Arc::new(2_u64), 100);
        assert_eq!((known(&streams, "7"), streams.count()), (None, 49));
        (0..50).for_each(|number| streams.forget(SubjectId::from_u128(number)));
        assert_eq!((streams.count(), streams.bytes()), (0, 0));
    }

    #[test]
    fn together_they_stay_within_their_bytes_and_the_unused_go_first() {
        let streams = FoldedStreams::within(GROUPS * 10_000);
        for number in 0..1_000_u128 {
            remember(&streams, &number.to_string(), 1, SubjectId::from_u128(number));
            assert!(known(&streams, "0").is_some(), "it is used all the time");
            assert!(streams.bytes() <= GROUPS * 10_000);
        }
        assert!(streams.count() > GROUPS * 8 && streams.count() < 300, "{}", streams.count());
        let holders: usize = streams.0.groups.iter().map(|g| lock(g).holders.len()).sum();
        assert_eq!(holders, streams.count(), "nobody stays in the index alone");
    }
}
