//! The sign-in index: from a person to the merchants they act for.

use dashmap::DashMap;
use domain::access::MemberRole;
use domain::{Coded, Id, MerchantId, UserId, merchant, registration};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Membership {
    pub merchant: Uuid,
    pub role: String,
}

/// A user and one of the merchants they act for.
pub type MembershipEntry = (Uuid, Membership);

/// The membership that an event adds.
pub fn added(merchant: MerchantId, event: &merchant::Event) -> Option<MembershipEntry> {
    let merchant::Event::Registration(registration::Event::AccountCreated { owner, .. }) = event
    else {
        return None;
    };
    let role = MemberRole::Owner.code().to_owned();
    Some((owner.uuid(), Membership { merchant: merchant.uuid(), role }))
}

#[derive(Default)]
pub struct SignInIndex {
    memberships: DashMap<Uuid, Arc<Vec<Membership>>>,
}

impl SignInIndex {
    pub fn apply(&self, merchant: MerchantId, event: &merchant::Event) {
        self.restore(added(merchant, event));
    }

    pub fn of(&self, user: UserId) -> Arc<Vec<Membership>> {
        self.memberships.get(&user.uuid()).map(|found| Arc::clone(&found)).unwrap_or_default()
    }

    pub fn rows(&self) -> Vec<(Uuid, Vec<Membership>)> {
        let mut rows: Vec<_> = self
            .memberships
            .iter()
            .map(|entry| (*entry.key(), entry.value().as_ref().clone()))
            .collect();
        rows.sort_by_key(|(user, _)| *user);
        rows
    }

    pub fn restore(&self, entries: impl IntoIterator<Item = MembershipEntry>) {
        for (user, membership) in entries {
            Arc::make_mut(&mut self.memberships.entry(user).or_default()).push(membership);
        }
    }

    pub fn has_all_of(&self, other: &Self) -> bool {
        other
            .memberships
            .iter()
            .all(|entry| self.memberships.get(entry.key()).as_deref() == Some(entry.value()))
    }

    pub fn len(&self) -> usize {
        self.memberships.len()
    }

    pub fn is_empty(&self) -> bool {
        self.memberships.is_empty()
    }
}
