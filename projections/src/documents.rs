//! Which blobs an event speaks of: uploads, contracts as presented, contracts as filed.

use dashmap::DashSet;
use domain::{Id, client_file, contract, merchant};
use uuid::Uuid;

#[derive(Default)]
pub struct RecordedDocuments {
    blobs: DashSet<Uuid>,
}

impl RecordedDocuments {
    pub fn apply(&self, event: &merchant::Event) {
        if let Some(blob) = blob_of(event) {
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

    pub fn restore(&self, blobs: Vec<Uuid>) {
        for blob in blobs {
            self.blobs.insert(blob);
        }
    }
}

fn blob_of(event: &merchant::Event) -> Option<Uuid> {
    match event {
        merchant::Event::ClientFile(client_file::Event::DocumentSubmitted { document }) => {
            Some(document.id.uuid())
        }
        merchant::Event::Contract(contract::Event::Presented { contract, .. }) => {
            Some(contract.uuid())
        }
        merchant::Event::Contract(contract::Event::Filed { document, .. }) => Some(document.uuid()),
        merchant::Event::ClientFile(_)
        | merchant::Event::Contract(_)
        | merchant::Event::Registration(_)
        | merchant::Event::Review(_)
        | merchant::Event::Services(_)
        | merchant::Event::ApiKeys(_)
        | merchant::Event::Messages(_) => None,
    }
}
