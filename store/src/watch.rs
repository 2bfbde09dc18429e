//! Whoever wants to know what was recorded without reading it.

use crate::recorded::Recorded;
use std::sync::{Arc, PoisonError, RwLock, Weak};

/// Is told everything that is appended through a store, in the order of the ledger and before
/// anybody is answered, by an engine through which alone its ledger grows. It may be told late or
/// not at all: what it is missing, it reads.
pub trait Watcher: Send + Sync {
    fn appended(&self, recorded: &[Recorded]);
}

/// Those who watch a store, as long as they exist.
#[derive(Clone, Default)]
pub struct Watchers(Arc<RwLock<Vec<Weak<dyn Watcher>>>>);

impl Watchers {
    pub fn add(&self, watcher: Weak<dyn Watcher>) {
        let mut watchers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        watchers.retain(|known| known.strong_count() > 0);
        watchers.push(watcher);
    }

    pub(crate) fn tell(&self, recorded: &[Recorded]) {
        for watcher in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            if let Some(watcher) = watcher.upgrade() {
                watcher.appended(recorded);
            }
        }
    }
}
