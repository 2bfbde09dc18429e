//! Which blobs an event speaks of: uploads, contracts as presented, contracts as filed.

use dashmap::DashSet;
use domain::Event;
use store::documents::blob_of;
use uuid::Uuid;

#[derive(Default)]
pub struct RecordedDocuments {
    blobs: DashSet<Uuid>,
}

impl RecordedDocuments {
    pub fn apply(&self, event: &Event) {
        if let Some((blob, _)) = blob_of(event) {
            self.blobs.insert(blob);
        }
    }

    pub fn is_recorded(&self, blob: Uuid) -> bool {
        self.blobs.contains(&blob)
    }

    pub fn rows(&self) -> Vec<Uuid> {
        let mut rows: Vec<_> = self.blobs.iter().map(|blob| *blob).collect();
        rows.sort_unstable();
        rows
    }

    pub fn restore(&self, blobs: impl IntoIterator<Item = Uuid>) {
        for blob in blobs {
            self.blobs.insert(blob);
        }
    }

    pub fn has_all_of(&self, other: &Self) -> bool {
        other.blobs.iter().all(|blob| self.blobs.contains(&blob))
    }

    pub fn len(&self) -> usize {
        self.blobs.len()
    }

    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }
}
