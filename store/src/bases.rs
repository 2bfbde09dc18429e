//! Streams as they were folded last, so that a command reads only what has come since.
//!
//! A base is never wrong, only old: the ledger is append-only and is always read from there on.

use crate::ledger::StreamId;
use dashmap::DashMap;
use domain::CommandId;
use std::any::Any;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Streams that are remembered.
const STREAMS_MAX: usize = 10_000;

#[derive(Clone, Default)]
pub struct Bases(Arc<Shared>);

#[derive(Default)]
struct Shared {
    streams: DashMap<StreamId, Remembered>,
    /// Counts how often everything was forgotten.
    forgotten: AtomicU64,
}

struct Remembered {
    base: Arc<dyn Any + Send + Sync>,
    commands: Commands,
}

/// Every command whose events are in a base, and perhaps later ones: one set, shared by all bases
/// of a stream that were folded from each other.
type Commands = Arc<Mutex<HashSet<CommandId>>>;

/// What somebody starts to fold from.
pub(crate) struct Start<B> {
    /// `None`: from the first record.
    pub base: Option<Arc<B>>,
    commands: Commands,
    forgotten: u64,
}

impl Bases {
    /// The base of a stream, unless `command` is one of those that made it: then its events have
    /// to be read.
    pub(crate) fn without<B: Any + Send + Sync>(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Start<B> {
        let forgotten = self.0.forgotten.load(Ordering::SeqCst);
        let known = self.0.streams.get(stream).and_then(|known| {
            let has_command = lock(&known.commands).contains(&command);
            let base = Arc::clone(&known.base).downcast().ok()?;
            (!has_command).then(|| (base, Arc::clone(&known.commands)))
        });
        match known {
            Some((base, commands)) => Start { base: Some(base), commands, forgotten },
            None => Start { base: None, commands: Commands::default(), forgotten },
        }
    }

    /// Remembers what was folded from `start`, and the commands that came on the way.
    pub(crate) fn remember<B: Any + Send + Sync>(
        &self,
        stream: &StreamId,
        start: Start<B>,
        base: B,
        commands: impl IntoIterator<Item = CommandId>,
    ) {
        if self.0.streams.len() >= STREAMS_MAX {
            self.0.streams.clear();
        }
        lock(&start.commands).extend(commands);
        let remembered = Remembered { base: Arc::new(base), commands: start.commands };
        self.0.streams.insert(stream.clone(), remembered);
        // Meanwhile everything may have been forgotten, and this was folded before.
        if self.0.forgotten.load(Ordering::SeqCst) != start.forgotten {
            self.0.streams.remove(stream);
        }
    }

    /// A folded stream holds personal data in clear: after an erasure nothing is remembered.
    pub fn forget(&self) {
        self.0.forgotten.fetch_add(1, Ordering::SeqCst);
        self.0.streams.clear();
    }
}

fn lock(commands: &Commands) -> std::sync::MutexGuard<'_, HashSet<CommandId>> {
    commands.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Id;
    use uuid::Uuid;

    fn stream() -> StreamId {
        StreamId::new("test", "a")
    }

    fn command(number: u128) -> CommandId {
        CommandId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn a_base_knows_every_command_in_it_even_when_it_was_dropped_meanwhile() {
        let bases = Bases::default();
        let start = bases.without::<u8>(&stream(), command(9));
        bases.remember(&stream(), start, 1, [command(1)]);
        let start = bases.without::<u8>(&stream(), command(9));
        assert_eq!(start.base.as_deref(), Some(&1));
        // Making room for others drops it, while somebody folds on from it.
        bases.0.streams.clear();
        bases.remember(&stream(), start, 2, [command(2)]);
        for done in [command(1), command(2)] {
            assert_eq!(bases.without::<u8>(&stream(), done).base, None, "its events must be read");
        }
        assert_eq!(bases.without::<u8>(&stream(), command(9)).base.as_deref(), Some(&2));
    }

    #[test]
    fn what_was_folded_before_an_erasure_is_not_remembered_after_it() {
        let bases = Bases::default();
        let start = bases.without::<u8>(&stream(), command(9));
        bases.forget();
        bases.remember(&stream(), start, 1, [command(1)]);
        assert_eq!(bases.without::<u8>(&stream(), command(9)).base, None);
    }
}
