//! All read models together: one event in, every model up to date.

use crate::api_keys::KeyIndex;
use crate::audit_trail::{AuditTrail, Entry};
use crate::deadlines::{Deadlines, Timer};
use crate::documents::RecordedDocuments;
use crate::public_revisions::{PublicRevisions, Shown};
use crate::registration::{Directory, Row};
use crate::review::{Case, Queue};
use crate::staff::{Member, StaffList};
use crate::subjects::Subjects;
use crate::user::{Membership, SignInIndex};
use chrono::{DateTime, Utc};
use domain::Event;
use serde::{Deserialize, Serialize};
use store::Recorded;
use uuid::Uuid;

#[derive(Default)]
pub struct ReadModels {
    pub directory: Directory,
    pub public_revisions: PublicRevisions,
    pub queue: Queue,
    pub keys: KeyIndex,
    pub sign_in: SignInIndex,
    pub staff: StaffList,
    pub deadlines: Deadlines,
    pub audit_trail: AuditTrail,
    pub documents: RecordedDocuments,
    pub subjects: Subjects,
}

/// Everything the models hold, in a fixed order: two folds of the same ledger give the same.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    directory: Vec<Row>,
    public_revisions: Vec<(Uuid, Shown)>,
    queue: Vec<Case>,
    keys: Vec<([u8; 32], Uuid, Uuid)>,
    sign_in: Vec<(Uuid, Vec<Membership>)>,
    staff: Vec<Member>,
    deadlines: Vec<(DateTime<Utc>, Uuid, Timer)>,
    audit_trail: Vec<Entry>,
    documents: Vec<Uuid>,
    subjects: Vec<(Uuid, bool)>,
}

impl ReadModels {
    pub fn apply(&self, recorded: &Recorded) {
        self.audit_trail.apply(recorded);
        self.subjects.apply(recorded);
        self.documents.apply(&recorded.event);
        match &recorded.event {
            Event::Merchant(event) => {
                self.directory.apply(recorded, event);
                self.public_revisions.apply(recorded, event);
                self.queue.apply(recorded, event);
                self.keys.apply(recorded, event);
                self.sign_in.apply(recorded, event);
                self.deadlines.apply(recorded, event);
            }
            Event::Staff(event) => self.staff.apply(recorded, event),
            Event::User(_) | Event::EmailClaim(_) => {}
        }
    }

    pub fn contents(&self) -> Contents {
        Contents {
            directory: self.directory.rows().iter().map(|row| row.as_ref().clone()).collect(),
            public_revisions: self.public_revisions.rows(),
            queue: self.queue.cases().iter().map(|case| case.as_ref().clone()).collect(),
            keys: self.keys.rows(),
            sign_in: self.sign_in.rows(),
            staff: self.staff.members().iter().map(|member| member.as_ref().clone()).collect(),
            deadlines: self.deadlines.all(),
            audit_trail: self.audit_trail.entries(),
            documents: self.documents.rows(),
            subjects: self.subjects.rows(),
        }
    }

    pub fn restored(contents: Contents) -> Self {
        let models = Self::default();
        models.directory.restore(contents.directory);
        models.public_revisions.restore(contents.public_revisions);
        models.queue.restore(contents.queue);
        models.keys.restore(contents.keys);
        models.sign_in.restore(contents.sign_in);
        models.staff.restore(contents.staff);
        models.deadlines.restore(contents.deadlines);
        models.audit_trail.restore(contents.audit_trail);
        models.documents.restore(contents.documents);
        models.subjects.restore(contents.subjects);
        models
    }
}
