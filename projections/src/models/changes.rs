//! What of the read models has changed since somebody last asked: which rows, and what was only
//! ever added. From this a snapshot is brought up to date.

use super::audit_trail::Traces;
use super::keys::{self, KeyEntry};
use super::looks::{self, Entry};
use super::sign_in::{self, MembershipEntry};
use super::subjects::Fated;
use domain::looks::Month;
use domain::{Event, MerchantId, StaffId};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use store::Recorded;
use store::aggregate::{MERCHANT, STAFF, id_of};
use store::documents::blob_of;
use store::ends::StreamKey;
use store::subjects::fate_of;
use uuid::Uuid;

#[derive(Default)]
pub struct Changes {
    /// Whose rows are others now.
    pub merchants: HashSet<MerchantId>,
    pub staff: HashSet<StaffId>,
    /// What ends elsewhere now.
    pub streams: HashSet<StreamKey>,
    pub added: Added,
}

/// What is never changed or taken away.
#[derive(Default, Serialize, Deserialize)]
pub struct Added {
    pub keys: Vec<KeyEntry>,
    pub memberships: Vec<MembershipEntry>,
    pub documents: Vec<Uuid>,
    pub subjects: Vec<Fated>,
    /// Until their month is forgotten.
    pub looks: Vec<Entry>,
    pub traces: Traces,
}

impl Changes {
    pub fn note(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Merchant(event) => {
                if let Some(merchant) = id_of::<MerchantId>(&recorded.stream, MERCHANT) {
                    self.merchants.insert(merchant);
                    self.added.keys.extend(keys::added(merchant, event));
                    self.added.memberships.extend(sign_in::added(merchant, event));
                }
            }
            Event::Staff(_) => {
                self.staff.extend(id_of::<StaffId>(&recorded.stream, STAFF));
            }
            Event::Looks(event) => self.added.looks.extend(looks::added(recorded, event)),
            Event::User(_) | Event::EmailClaim(_) => {}
        }
        self.streams.insert(StreamKey::of(&recorded.stream));
        self.added.documents.extend(blob_of(&recorded.event).map(|(blob, _)| blob));
        self.added.subjects.extend(fate_of(recorded).map(Fated::from));
        self.added.traces.push(recorded);
    }
}

impl Added {
    /// The months of which nobody may find any more who looked.
    pub fn forgotten(&self) -> impl Iterator<Item = Month> {
        let is_forgotten = |entry: &&Entry| matches!(entry, Entry::Forgotten(_));
        self.looks.iter().filter(is_forgotten).map(Entry::month)
    }
}
