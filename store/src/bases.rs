//! Streams as they were folded last, so that a command reads only what has come since.
//!
//! A base is never wrong, only old: the ledger is append-only and is always read from there on.

use crate::ledger::StreamId;
use dashmap::DashMap;
use domain::CommandId;
use std::any::Any;
use std::collections::HashSet;
use std::sync::Arc;

/// Streams that are remembered.
const STREAMS_MAX: usize = 10_000;

#[derive(Clone, Default)]
pub struct Bases(Arc<DashMap<StreamId, Remembered>>);

struct Remembered {
    base: Arc<dyn Any + Send + Sync>,
    /// Every command whose events are in the base.
    commands: HashSet<CommandId>,
}

impl Bases {
    /// The base of a stream, unless `command` is one of those that made it: then its events have
    /// to be read.
    pub(crate) fn without<B: Any + Send + Sync>(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Option<Arc<B>> {
        let known = self.0.get(stream)?;
        if known.commands.contains(&command) {
            return None;
        }
        Arc::clone(&known.base).downcast().ok()
    }

    /// Remembers a base, and the commands that were folded into it since the last one.
    pub(crate) fn remember<B: Any + Send + Sync>(
        &self,
        stream: &StreamId,
        base: B,
        commands: impl IntoIterator<Item = CommandId>,
    ) {
        if self.0.len() >= STREAMS_MAX {
            self.0.clear();
        }
        let base: Arc<dyn Any + Send + Sync> = Arc::new(base);
        let mut known = self
            .0
            .entry(stream.clone())
            .or_insert_with(|| Remembered { base: Arc::clone(&base), commands: HashSet::new() });
        known.base = base;
        known.commands.extend(commands);
    }

    /// A folded stream holds personal data in clear: after an erasure nothing is remembered.
    pub fn forget(&self) {
        self.0.clear();
    }
}
