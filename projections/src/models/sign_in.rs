//! The sign-in index: from a person to the merchants they act for.

use crate::wire;
use dashmap::DashMap;
use domain::access::MemberRole;
use domain::{MerchantId, UserId, merchant, registration};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Membership {
    #[serde(with = "wire::id")]
    pub merchant: MerchantId,
    #[serde(with = "wire::code")]
    pub role: MemberRole,
}

/// A user and one of the merchants they act for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct MembershipEntry {
    #[serde(with = "wire::id")]
    user: UserId,
    membership: Membership,
}

/// The membership that an event adds.
pub fn added(merchant: MerchantId, event: &merchant::Event) -> Option<MembershipEntry> {
    let merchant::Event::Registration(registration::Event::AccountCreated { owner, .. }) = event
    else {
        return None;
    };
    let membership = Membership { merchant, role: MemberRole::Owner };
    Some(MembershipEntry { user: *owner, membership })
}

#[derive(Default)]
pub struct SignInIndex {
    memberships: DashMap<UserId, Arc<Vec<Membership>>>,
}

impl SignInIndex {
    pub fn apply(&self, merchant: MerchantId, event: &merchant::Event) {
        self.restore(added(merchant, event));
    }

    pub fn of(&self, user: UserId) -> Arc<Vec<Membership>> {
        self.memberships.get(&user).map(|found| Arc::clone(&found)).unwrap_or_default()
    }

    pub fn rows(&self) -> Vec<(UserId, Vec<Membership>)> {
        let mut rows: Vec<_> = self
            .memberships
            .iter()
            .map(|entry| (*entry.key(), entry.value().as_ref().clone()))
            .collect();
        rows.sort_by_key(|(user, _)| *user);
        rows
    }

    pub fn restore(&self, entries: impl IntoIterator<Item = MembershipEntry>) {
        for MembershipEntry { user, membership } in entries {
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
