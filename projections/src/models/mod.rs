//! All read models together: one event in, every model up to date.

pub mod audit_trail;
pub mod bank_accounts;
pub mod changes;
pub mod deadlines;
pub mod directory;
pub mod documents;
pub mod keys;
pub mod looks;
mod positions;
pub mod public_revisions;
pub mod queue;
pub mod sign_in;
pub mod staff;
pub mod subjects;
pub mod then;

use crate::wire;
use audit_trail::AuditTrail;
use bank_accounts::{BankAccounts, OfAccounts};
use changes::{Added, Changes};
use chrono::{DateTime, Utc};
use deadlines::{Deadlines, Timer};
use directory::{Directory, Row};
use documents::RecordedDocuments;
use domain::{Event, MerchantId, UserId, merchant};
use keys::{KeyEntry, KeyIndex};
use looks::Looks;
use public_revisions::{PublicRevisions, Shown};
use queue::{Case, Queue};
use serde::{Deserialize, Serialize};
use sign_in::{Membership, SignInIndex};
use staff::{Member, StaffList};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Recorded;
use store::aggregate::{MERCHANT, id_of};
use store::ends::{End, Ends, StreamKey};
use store::recorded::Keys;
use store::seal::DataKey;
use store::vault::Vault;
use subjects::{Fated, Subjects};
use uuid::Uuid;

#[derive(Default)]
pub struct ReadModels {
    pub directory: Directory,
    pub public_revisions: PublicRevisions,
    pub queue: Queue,
    pub bank_accounts: BankAccounts,
    pub keys: KeyIndex,
    pub sign_in: SignInIndex,
    pub staff: StaffList,
    pub looks: Looks,
    pub deadlines: Deadlines,
    pub audit_trail: AuditTrail,
    pub documents: RecordedDocuments,
    pub subjects: Subjects,
}

/// Everything the models hold but the audit trail, in a fixed order: two folds of the same ledger
/// give the same.
#[derive(Debug, PartialEq, Eq)]
pub struct Contents {
    merchants: Vec<OfMerchant>,
    keys: Vec<KeyEntry>,
    sign_in: Vec<(UserId, Vec<Membership>)>,
    staff: Vec<Arc<Member>>,
    documents: Vec<Uuid>,
    subjects: Vec<Fated>,
}

/// The rows of one merchant.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfMerchant {
    #[serde(with = "wire::id")]
    pub merchant: MerchantId,
    row: Option<Arc<Row>>,
    shown: Option<Shown>,
    case: Option<Arc<Case>>,
    accounts: Option<Arc<OfAccounts>>,
    timers: BTreeMap<Timer, DateTime<Utc>>,
}

/// What has changed, as it is now.
#[derive(Serialize, Deserialize)]
pub struct Changed {
    pub merchants: Vec<OfMerchant>,
    pub staff: Vec<Arc<Member>>,
    /// Where streams end.
    pub ends: Vec<(StreamKey, End)>,
    pub added: Added,
}

impl ReadModels {
    /// Models that keep what is secret in them under a key of the installation.
    pub fn keyed(key: &DataKey) -> Self {
        Self { bank_accounts: BankAccounts::new(key.clone()), ..Self::default() }
    }

    pub fn apply(&self, recorded: &Recorded) {
        self.audit_trail.apply(recorded);
        self.subjects.apply(recorded);
        self.documents.apply(&recorded.event);
        match &recorded.event {
            Event::Merchant(event) => {
                let Some(merchant) = id_of::<MerchantId>(&recorded.stream, MERCHANT) else {
                    return;
                };
                self.fold(merchant, recorded, event);
                self.public_revisions.apply(merchant, recorded, event);
                self.keys.apply(merchant, event);
                self.bank_accounts.apply(merchant, recorded, event);
                self.sign_in.apply(merchant, event);
                self.deadlines.apply(merchant, recorded, event);
            }
            Event::Staff(event) => self.staff.apply(recorded, event),
            Event::Looks(event) => self.looks.apply(recorded, event),
            Event::User(_) | Event::EmailClaim(_) => {}
        }
    }

    /// What the rows say of a merchant follows from it as the rules say: as much as the rows hold of
    /// what is known is folded on, and they take what has become of it.
    fn fold(&self, merchant: MerchantId, recorded: &Recorded, event: &merchant::Event) {
        let known = merchant::State {
            account: self.directory.row(merchant).map(|row| row.account()).unwrap_or_default(),
            review: self.queue.case(merchant).map(|case| case.review()).unwrap_or_default(),
            ..merchant::State::default()
        };
        let state = merchant::evolve(known, event);
        self.directory.take(merchant, &state, recorded);
        self.queue.take(merchant, &state, recorded.metadata.recorded_at);
    }

    /// The keys that reading for the models needs: of what is sealed they hold few things.
    pub fn keys(vault: &Vault) -> Keys<'_> {
        Keys::OfTypes(
            vault,
            &[
                "registration.company_basics_recorded",
                "staff.invited",
                "client_file.payout_account_recorded",
                "bank_account.change_requested",
                "looks.looked",
            ],
        )
    }

    pub fn of_merchant(&self, merchant: MerchantId) -> OfMerchant {
        OfMerchant {
            merchant,
            row: self.directory.row(merchant),
            shown: self.public_revisions.of(merchant),
            case: self.queue.case(merchant),
            accounts: self.bank_accounts.of(merchant),
            timers: self.deadlines.of(merchant),
        }
    }

    /// Takes a moment for each change, and none for the rest.
    pub fn changed(&self, changes: Changes, ends: &Ends) -> Changed {
        let member = |id| self.staff.member(id);
        Changed {
            ends: ends.rows(changes.streams),
            merchants: changes.merchants.into_iter().map(|id| self.of_merchant(id)).collect(),
            staff: changes.staff.into_iter().filter_map(member).collect(),
            added: changes.added,
        }
    }

    /// Brings models that hold what was before, and what is known of streams, up to date with what changed.
    pub fn restore(&self, changed: Changed, ends: &Ends) {
        ends.restore(changed.ends);
        for of_merchant in changed.merchants {
            let OfMerchant { merchant, row, shown, case, accounts, timers } = of_merchant;
            self.directory.restore(row);
            self.public_revisions.restore(shown.map(|shown| (merchant, shown)));
            self.queue.replace(merchant, case);
            self.bank_accounts.replace(merchant, accounts);
            self.deadlines.replace(merchant, timers);
        }
        self.staff.restore(changed.staff);
        self.keys.restore(changed.added.keys);
        self.sign_in.restore(changed.added.memberships);
        self.documents.restore(changed.added.documents);
        self.subjects.restore(changed.added.subjects);
        self.looks.restore(changed.added.looks);
        self.audit_trail.restore(&changed.added.traces);
    }

    pub fn contents(&self) -> Contents {
        let mut merchants: Vec<_> =
            self.public_revisions.merchants().map(|merchant| self.of_merchant(merchant)).collect();
        merchants.sort_by_key(|of_merchant| of_merchant.merchant);
        Contents {
            merchants,
            keys: self.keys.rows(),
            sign_in: self.sign_in.rows(),
            staff: self.staff.members(),
            documents: self.documents.rows(),
            subjects: self.subjects.rows(),
        }
    }

    /// Whether everything that was only ever added to others was added here, too.
    pub fn has_all_of(&self, other: &Self) -> bool {
        self.keys.has_all_of(&other.keys)
            && self.sign_in.has_all_of(&other.sign_in)
            && self.documents.has_all_of(&other.documents)
            && self.subjects.has_all_of(&other.subjects)
    }

    /// Whether they hold as much, and the same of what is compared quickly.
    pub fn is_as_large_as(&self, other: &Self) -> bool {
        let sizes = |models: &Self| {
            [
                models.public_revisions.len(),
                models.keys.len(),
                models.sign_in.len(),
                models.documents.len(),
                models.subjects.len(),
            ]
        };
        sizes(self) == sizes(other)
            && self.staff.members() == other.staff.members()
            && self.looks.is_same(&other.looks)
            && self.audit_trail.is_as_large_as(&other.audit_trail)
    }

    /// Whether two folds say the same.
    pub fn is_same(&self, other: &Self) -> bool {
        self.audit_trail.is_same(&other.audit_trail)
            && self.looks.is_same(&other.looks)
            && self.contents() == other.contents()
    }
}
