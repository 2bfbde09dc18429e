//! The sign-in index: from a person to the merchants they act for.

use dashmap::DashMap;
use domain::access::MemberRole;
use domain::{Coded, Id, MerchantId, UserId, merchant, registration};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::Recorded;
use store::aggregate::{MERCHANT, id_of};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    pub merchant: Uuid,
    pub role: String,
}

#[derive(Default)]
pub struct SignInIndex {
    memberships: DashMap<Uuid, Arc<Vec<Membership>>>,
}

impl SignInIndex {
    pub fn apply(&self, recorded: &Recorded, event: &merchant::Event) {
        let Some(merchant) = id_of::<MerchantId>(&recorded.stream, MERCHANT) else { return };
        if let merchant::Event::Registration(registration::Event::AccountCreated {
            owner, ..
        }) = event
        {
            let membership =
                Membership { merchant: merchant.uuid(), role: MemberRole::Owner.code().to_owned() };
            let mut of_user = self.memberships.entry(owner.uuid()).or_default();
            Arc::make_mut(&mut of_user).push(membership);
        }
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

    pub fn restore(&self, rows: Vec<(Uuid, Vec<Membership>)>) {
        for (user, memberships) in rows {
            self.memberships.insert(user, Arc::new(memberships));
        }
    }
}
