//! The revisions that merchants are shown. They count only what merchants may read, so that no gap
//! ever tells that something internal happened.

use crate::views::account_ledger;
use dashmap::DashMap;
use domain::{Event, MerchantId, merchant};
use serde::{Deserialize, Serialize};
use store::aggregate::{Aggregate, Merchant};
use store::{Recorded, Revision};

#[derive(Default)]
pub struct PublicRevisions {
    merchants: DashMap<MerchantId, Shown>,
}

/// What of a merchant's stream is shown: the revision of each event that the merchant may read has
/// a public revision of its own. What is not shown is less.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    hidden: Vec<u64>,
    /// Those that are shown but make nothing stale that was read before.
    bookkeeping: Vec<u64>,
    /// The last revision, shown or not.
    last: u64,
}

impl Shown {
    /// How many of the first revisions, up to `at`, are shown.
    fn count(&self, at: u64) -> u64 {
        at + 1 - self.hidden.partition_point(|hidden| *hidden <= at) as u64
    }

    /// The revision with a public revision; `None` if there is none yet.
    fn revision(&self, public: u64) -> Option<u64> {
        // As many more as are hidden before it, which may be more still.
        let mut at = public;
        while at <= self.last && self.count(at) <= public {
            at += public + 1 - self.count(at);
        }
        (at <= self.last).then_some(at)
    }

    /// The first revision from `from` on that makes something stale.
    fn news(&self, from: u64) -> Option<u64> {
        let is_news = |revision: &u64| {
            self.hidden.binary_search(revision).is_err()
                && self.bookkeeping.binary_search(revision).is_err()
        };
        (from..=self.last).find(is_news)
    }
}

impl PublicRevisions {
    pub fn apply(&self, merchant: MerchantId, recorded: &Recorded, event: &merchant::Event) {
        let mut shown = self.merchants.entry(merchant).or_default();
        let revision = recorded.revision.0;
        shown.last = revision;
        if !account_ledger::is_for_merchant(event) {
            shown.hidden.push(revision);
        } else if is_bookkeeping(&recorded.event) {
            shown.bookkeeping.push(revision);
        }
    }

    /// The public revision of what a merchant reads at a revision of their stream; `None` if that
    /// has not been folded yet, or nothing is shown.
    pub fn public(&self, merchant: MerchantId, at: Revision) -> Option<u64> {
        let shown = self.merchants.get(&merchant)?;
        if at.0 > shown.last { None } else { shown.count(at.0).checked_sub(1) }
    }

    /// Up to where the stream holds nothing that a reader of that public revision has not seen. A
    /// public revision that does not exist yet is nobody's: it gives the end of all revisions.
    pub fn seen(&self, merchant: MerchantId, public: u64) -> Revision {
        let unknown = Revision(u64::MAX);
        let Some(shown) = self.merchants.get(&merchant) else { return unknown };
        let Some(revision) = shown.revision(public) else { return unknown };
        Revision(shown.news(revision + 1).map_or(shown.last, |news| news - 1))
    }

    /// The revision of the event with that public revision.
    pub fn revision(&self, merchant: MerchantId, public: u64) -> Option<Revision> {
        self.merchants.get(&merchant)?.revision(public).map(Revision)
    }

    /// The last revision of a merchant's stream that was folded, shown or not.
    pub fn last(&self, merchant: MerchantId) -> Option<Revision> {
        self.merchants.get(&merchant).map(|shown| Revision(shown.last))
    }

    pub fn of(&self, merchant: MerchantId) -> Option<Shown> {
        self.merchants.get(&merchant).map(|shown| shown.clone())
    }

    /// Every merchant there is, in no order.
    pub fn merchants(&self) -> impl Iterator<Item = MerchantId> {
        self.merchants.iter().map(|entry| *entry.key())
    }

    pub fn len(&self) -> usize {
        self.merchants.len()
    }

    pub fn is_empty(&self) -> bool {
        self.merchants.is_empty()
    }

    pub fn restore(&self, rows: impl IntoIterator<Item = (MerchantId, Shown)>) {
        for (merchant, shown) in rows {
            self.merchants.insert(merchant, shown);
        }
    }
}

fn is_bookkeeping(event: &Event) -> bool {
    <Merchant as Aggregate>::is_bookkeeping(event)
}
