//! Commands that are being carried out now, each once at a time.

use dashmap::DashSet;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Clone, Default)]
pub struct InFlight(Arc<DashSet<Uuid>>);

impl InFlight {
    /// False if it is being carried out already.
    pub fn begin(&self, command: Uuid) -> bool {
        self.0.insert(command)
    }

    pub fn end(&self, command: Uuid) {
        self.0.remove(&command);
    }
}
