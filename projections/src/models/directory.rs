//! The directory: one row per merchant, for lists and searches of staff.

use crate::wire;
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use domain::merchant::State;
use domain::registration::{self, Status};
use domain::values::LegalName;
use domain::{MerchantId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};
use store::{Recorded, Revision};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    #[serde(with = "wire::id")]
    pub merchant: MerchantId,
    #[serde(with = "wire::id")]
    pub owner: UserId,
    /// `None` before the company form, or once forgotten.
    #[serde(with = "wire::optional_text")]
    pub legal_name: Option<LegalName>,
    #[serde(with = "wire::code")]
    pub status: Status,
    #[serde(with = "wire::optional_code")]
    pub(crate) suspended_from: Option<Status>,
    #[serde(with = "wire::optional_code")]
    pub(crate) deactivated_from: Option<Status>,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
    pub revision: Revision,
}

domain::hidden!(Row);

impl Row {
    /// What the rules know of the account, as far as a row follows from it.
    pub(super) fn account(&self) -> registration::State {
        registration::State {
            status: Some(self.status),
            suspended_from: self.suspended_from,
            deactivated_from: self.deactivated_from,
            owner: Some(self.owner),
            ..registration::State::default()
        }
    }

    /// The row of an account as the rules know it after an event; `None` before there is one.
    fn after(
        before: Option<&Self>,
        merchant: MerchantId,
        state: &State,
        at: &Recorded,
    ) -> Option<Self> {
        let account = &state.account;
        let status = account.status?;
        let basics = account.basics.as_ref();
        let named =
            basics.map(|basics| basics.identity.known().map(|known| known.legal_name.clone()));
        let legal_name = match named {
            Some(legal_name) => legal_name,
            None => before.and_then(|row| row.legal_name.clone()),
        };
        let recorded_at = at.metadata.recorded_at;
        Some(Self {
            merchant,
            owner: account.owner?,
            legal_name: legal_name.filter(|_| status != Status::Lapsed),
            status,
            suspended_from: account.suspended_from,
            deactivated_from: account.deactivated_from,
            created_at: before.map_or(recorded_at, |row| row.created_at),
            changed_at: recorded_at,
            revision: at.revision,
        })
    }
}

#[derive(Default)]
pub struct Directory {
    rows: DashMap<MerchantId, Arc<Row>>,
    /// Every merchant, the oldest first.
    order: RwLock<BTreeSet<(DateTime<Utc>, MerchantId)>>,
}

impl Directory {
    /// Takes the account as it is after an event.
    pub(super) fn take(&self, merchant: MerchantId, state: &State, recorded: &Recorded) {
        let before = self.row(merchant);
        let is_new = before.is_none();
        let Some(row) = Row::after(before.as_deref(), merchant, state, recorded) else { return };
        if is_new {
            self.restore([Arc::new(row)]);
        } else {
            self.rows.insert(merchant, Arc::new(row));
        }
    }

    pub fn row(&self, merchant: MerchantId) -> Option<Arc<Row>> {
        self.rows.get(&merchant).map(|row| Arc::clone(&row))
    }

    /// Every row, the oldest merchant first.
    pub fn rows(&self) -> Vec<Arc<Row>> {
        let order = self.order.read().unwrap_or_else(PoisonError::into_inner);
        order.iter().filter_map(|(_, merchant)| self.row(*merchant)).collect()
    }

    /// Up to `limit` of those that are looked for after a merchant (from the beginning without one),
    /// the oldest first, and whether there are more. Nothing comes after somebody unknown.
    pub fn page(
        &self,
        after: Option<MerchantId>,
        limit: usize,
        is_looked_for: impl Fn(&Row) -> bool,
    ) -> (Vec<Arc<Row>>, bool) {
        let start = match after.map(|after| self.row(after)) {
            None => Bound::Unbounded,
            Some(Some(row)) => Bound::Excluded((row.created_at, row.merchant)),
            Some(None) => return (vec![], false),
        };
        let order = self.order.read().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<_> = order
            .range((start, Bound::Unbounded))
            .filter_map(|(_, merchant)| self.row(*merchant))
            .filter(|row| is_looked_for(row))
            .take(limit + 1)
            .collect();
        let has_more = found.len() > limit;
        found.truncate(limit);
        (found, has_more)
    }

    pub fn restore(&self, rows: impl IntoIterator<Item = Arc<Row>>) {
        let mut order = self.order.write().unwrap_or_else(PoisonError::into_inner);
        for row in rows {
            order.insert((row.created_at, row.merchant));
            self.rows.insert(row.merchant, row);
        }
    }
}
