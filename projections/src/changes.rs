//! What of the read models has changed since somebody last asked: which rows, and what was only
//! ever added. From this a snapshot is brought up to date.

use crate::api_keys::{self, KeyEntry};
use crate::audit_trail::Traces;
use crate::user::{self, MembershipEntry};
use domain::{Event, Id, MerchantId, StaffId};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use store::Recorded;
use store::aggregate::{MERCHANT, STAFF, id_of};
use store::documents::blob_of;
use store::subjects::{Fate, fate_of};
use uuid::Uuid;

#[derive(Default)]
pub struct Changes {
    /// Whose rows are others now.
    pub merchants: HashSet<Uuid>,
    pub staff: HashSet<Uuid>,
    pub added: Added,
}

/// What is never changed or taken away.
#[derive(Default, Serialize, Deserialize)]
pub struct Added {
    pub keys: Vec<KeyEntry>,
    pub memberships: Vec<MembershipEntry>,
    pub documents: Vec<Uuid>,
    pub subjects: Vec<Fated>,
    pub traces: Traces,
}

/// A subject, and whether an event has forgotten it.
pub type Fated = (Uuid, bool);

impl Changes {
    pub fn note(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Merchant(event) => {
                if let Some(merchant) = id_of::<MerchantId>(&recorded.stream, MERCHANT) {
                    self.merchants.insert(merchant.uuid());
                    self.added.keys.extend(api_keys::added(merchant, event));
                    self.added.memberships.extend(user::added(merchant, event));
                }
            }
            Event::Staff(_) => {
                let staff = id_of::<StaffId>(&recorded.stream, STAFF).map(Id::uuid);
                self.staff.extend(staff);
            }
            Event::User(_) | Event::EmailClaim(_) => {}
        }
        self.added.documents.extend(blob_of(&recorded.event).map(|(blob, _)| blob));
        self.added.subjects.extend(fate_of(recorded).map(|fate| match fate {
            Fate::Introduced(subject) => (subject.uuid(), false),
            Fate::Forgotten(subject) => (subject.uuid(), true),
        }));
        self.added.traces.push(recorded);
    }
}
