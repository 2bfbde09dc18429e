//! Who works here: names and roles, for lists and assignments.

use dashmap::DashMap;
use domain::staff::{Event, Roles};
use domain::values::PersonName;
use domain::{Coded, Id, StaffId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::Recorded;
use store::aggregate::{STAFF, id_of};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub id: Uuid,
    /// `None` once forgotten.
    pub name: Option<String>,
    pub email: Option<String>,
    pub roles: Vec<String>,
    pub has_joined: bool,
    pub is_disabled: bool,
}

#[derive(Default)]
pub struct StaffList {
    members: DashMap<Uuid, Arc<Member>>,
}

impl StaffList {
    pub fn apply(&self, recorded: &Recorded, event: &Event) {
        let Some(id) = id_of::<StaffId>(&recorded.stream, STAFF) else { return };
        let id = id.uuid();
        if let Event::Invited { profile, roles, .. } = event {
            let known = profile.known();
            let member = Member {
                id,
                name: known
                    .map(|profile| PersonName::full(&profile.first_name, &profile.last_name)),
                email: known.map(|profile| profile.email.as_str().to_owned()),
                roles: codes(*roles),
                has_joined: false,
                is_disabled: false,
            };
            self.members.insert(id, Arc::new(member));
            return;
        }
        let Some(mut known) = self.members.get_mut(&id) else { return };
        let member = Arc::make_mut(&mut known);
        match event {
            Event::Joined { .. } => member.has_joined = true,
            Event::RolesChanged { roles, .. } => member.roles = codes(*roles),
            Event::Disabled { .. } => member.is_disabled = true,
            Event::Invited { .. }
            | Event::SignedIn
            | Event::SignInRefused { .. }
            | Event::Locked { .. }
            | Event::MessageSent { .. }
            | Event::MessageDelivered { .. }
            | Event::MessageFailed { .. } => {}
        }
    }

    pub fn member(&self, id: StaffId) -> Option<Arc<Member>> {
        self.members.get(&id.uuid()).map(|member| Arc::clone(&member))
    }

    pub fn members(&self) -> Vec<Arc<Member>> {
        let mut members: Vec<_> = self.members.iter().map(|member| Arc::clone(&member)).collect();
        members.sort_by_key(|member| member.id);
        members
    }

    pub fn restore(&self, members: impl IntoIterator<Item = Arc<Member>>) {
        for member in members {
            self.members.insert(member.id, member);
        }
    }
}

fn codes(roles: Roles) -> Vec<String> {
    roles.iter().map(|role| role.code().to_owned()).collect()
}
