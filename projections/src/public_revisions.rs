//! The revisions that merchants are shown. They count only what merchants may read, so that no gap
//! ever tells that something internal happened.

use crate::account_ledger;
use dashmap::DashMap;
use domain::{Event, Id, MerchantId, merchant};
use serde::{Deserialize, Serialize};
use store::aggregate::{Aggregate, MERCHANT, Merchant, id_of};
use store::{Recorded, Revision};
use uuid::Uuid;

#[derive(Default)]
pub struct PublicRevisions {
    merchants: DashMap<Uuid, Shown>,
}

/// What of a merchant's stream is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The revision of each event that the merchant may read; its index is its public revision.
    revisions: Vec<u64>,
    /// Those of them that make nothing stale that was read before.
    bookkeeping: Vec<u64>,
    /// The last revision, shown or not.
    last: u64,
}

impl PublicRevisions {
    pub fn apply(&self, recorded: &Recorded, event: &merchant::Event) {
        let Some(merchant) = id_of::<MerchantId>(&recorded.stream, MERCHANT) else { return };
        let mut shown = self.merchants.entry(merchant.uuid()).or_default();
        shown.last = recorded.revision.0;
        if account_ledger::for_merchant(event).is_some() {
            shown.revisions.push(recorded.revision.0);
            if is_bookkeeping(&recorded.event) {
                shown.bookkeeping.push(recorded.revision.0);
            }
        }
    }

    /// The public revision of what a merchant reads at a revision of their stream; `None` if that
    /// has not been folded yet, or nothing is shown.
    pub fn public(&self, merchant: MerchantId, at: Revision) -> Option<u64> {
        let shown = self.merchants.get(&merchant.uuid())?;
        let count = shown.revisions.partition_point(|revision| *revision <= at.0);
        if at.0 > shown.last { None } else { (count as u64).checked_sub(1) }
    }

    /// Up to where the stream holds nothing that a reader of that public revision has not seen. A
    /// public revision that does not exist yet is nobody's: it gives the end of all revisions.
    pub fn seen(&self, merchant: MerchantId, public: u64) -> Revision {
        let unknown = Revision(u64::MAX);
        let Some(shown) = self.merchants.get(&merchant.uuid()) else { return unknown };
        let Some(next) = usize::try_from(public).ok().and_then(|index| index.checked_add(1)) else {
            return unknown;
        };
        let Some(later) = shown.revisions.get(next..) else { return unknown };
        let news = later.iter().find(|revision| shown.bookkeeping.binary_search(revision).is_err());
        Revision(news.map_or(shown.last, |revision| revision.saturating_sub(1)))
    }

    /// The revision of the event with that public revision.
    pub fn revision(&self, merchant: MerchantId, public: u64) -> Option<Revision> {
        let shown = self.merchants.get(&merchant.uuid())?;
        shown.revisions.get(usize::try_from(public).ok()?).copied().map(Revision)
    }

    /// By merchant.
    pub fn rows(&self) -> Vec<(Uuid, Shown)> {
        let mut rows: Vec<_> =
            self.merchants.iter().map(|entry| (*entry.key(), entry.value().clone())).collect();
        rows.sort_by_key(|(merchant, _)| *merchant);
        rows
    }

    pub fn restore(&self, rows: Vec<(Uuid, Shown)>) {
        for (merchant, shown) in rows {
            self.merchants.insert(merchant, shown);
        }
    }
}

fn is_bookkeeping(event: &Event) -> bool {
    <Merchant as Aggregate>::is_bookkeeping(event)
}
