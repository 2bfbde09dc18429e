//! The directory: one row per merchant, for lists and searches of staff.

use chrono::{DateTime, Utc};
use dashmap::DashMap;
use domain::registration::{Event, Status};
use domain::{Coded, MerchantId, merchant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};
use store::Recorded;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub merchant: Uuid,
    pub owner: Uuid,
    /// `None` before the company form, or once forgotten.
    pub legal_name: Option<String>,
    /// Written names, so that a snapshot of yesterday stays readable.
    pub status: String,
    pub suspended_from: Option<String>,
    pub deactivated_from: Option<String>,
    pub created_at: DateTime<Utc>,
    pub changed_at: DateTime<Utc>,
    pub revision: u64,
}

#[derive(Default)]
pub struct Directory {
    rows: DashMap<Uuid, Arc<Row>>,
    /// Every merchant, the oldest first.
    order: RwLock<BTreeSet<(DateTime<Utc>, Uuid)>>,
}

impl Directory {
    pub fn apply(&self, merchant: MerchantId, recorded: &Recorded, event: &merchant::Event) {
        let merchant = domain::Id::uuid(merchant);
        let at = recorded.metadata.recorded_at;
        if let merchant::Event::Registration(Event::AccountCreated { owner, .. }) = event {
            let row = Row {
                merchant,
                owner: domain::Id::uuid(*owner),
                legal_name: None,
                status: Status::Created.code().to_owned(),
                suspended_from: None,
                deactivated_from: None,
                created_at: at,
                changed_at: at,
                revision: recorded.revision.0,
            };
            self.restore([Arc::new(row)]);
            return;
        }
        if let Some(mut known) = self.rows.get_mut(&merchant) {
            let row = Arc::make_mut(&mut known);
            row.changed_at = at;
            row.revision = recorded.revision.0;
            if let merchant::Event::Registration(event) = event {
                change(row, event);
            }
        }
    }

    pub fn row(&self, merchant: Uuid) -> Option<Arc<Row>> {
        self.rows.get(&merchant).map(|row| Arc::clone(&row))
    }

    /// Every row, the oldest merchant first.
    pub fn rows(&self) -> Vec<Arc<Row>> {
        let mut rows: Vec<_> = self.rows.iter().map(|row| Arc::clone(&row)).collect();
        rows.sort_by_key(|row| (row.created_at, row.merchant));
        rows
    }

    /// Up to `limit` of those that are looked for after a merchant (from the beginning without one),
    /// the oldest first, and whether there are more. Nothing comes after somebody unknown.
    pub fn page(
        &self,
        after: Option<Uuid>,
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

fn change(row: &mut Row, event: &Event) {
    let mut become_ = |status: Status| std::mem::replace(&mut row.status, status.code().to_owned());
    match event {
        Event::AccountCreated { .. } | Event::PayoutsEnabled => {}
        Event::AccountActivated => drop(become_(Status::Activated)),
        Event::AccountLapsed => {
            become_(Status::Lapsed);
            row.legal_name = None;
        }
        Event::CompanyBasicsRecorded { identity, .. } => {
            row.legal_name =
                identity.known().map(|identity| identity.legal_name.as_str().to_owned());
        }
        Event::TestModeOpened => drop(become_(Status::Test)),
        Event::LiveModeOpened => drop(become_(Status::Live)),
        Event::AccountDeactivated { .. } => {
            row.deactivated_from = Some(become_(Status::Deactivated));
        }
        Event::AccountReactivated { .. } => {
            if let Some(before) = row.deactivated_from.take() {
                row.status = before;
            }
        }
        Event::AccountSuspended { .. } => row.suspended_from = Some(become_(Status::Suspended)),
        Event::SuspensionLifted { .. } => {
            if let Some(before) = row.suspended_from.take() {
                row.status = before;
            }
        }
        Event::AccountClosed { .. } => drop(become_(Status::Closed)),
    }
}
