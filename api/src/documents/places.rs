//! How many uploads are held in memory at a time, of everybody and of one sender.

use crate::holders::{Held, Holders};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

const AT_ONCE_MAX: usize = 16;
const AT_ONCE_OF_ONE_MAX: usize = 2;

/// Who is sending an upload now.
pub struct Places {
    all: Arc<Semaphore>,
    by_sender: Holders<Uuid>,
}

/// A place, given back when it is dropped.
pub struct Place {
    _own: Held<Uuid>,
    _of_all: Option<OwnedSemaphorePermit>,
}

impl Default for Places {
    fn default() -> Self {
        let all = Arc::new(Semaphore::new(AT_ONCE_MAX));
        Self { all, by_sender: Holders::new(AT_ONCE_OF_ONE_MAX) }
    }
}

impl Places {
    /// Waits for others, but not for the sender's own: `None` if they send as many as they may.
    pub async fn take(&self, sender: Uuid) -> Option<Place> {
        let own = self.by_sender.take(sender)?;
        // Nobody closes it.
        let of_all = Arc::clone(&self.all).acquire_owned().await.ok();
        Some(Place { _own: own, _of_all: of_all })
    }
}
