//! Who works here: names and roles, for lists and assignments.

use crate::wire;
use domain::review::can_hold_cases;
use domain::staff::{Event, Role, Roles};
use domain::values::{Email, PersonName};
use domain::{Coded, StaffId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use store::Recorded;
use store::aggregate::{STAFF, id_of};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    #[serde(with = "wire::id")]
    pub id: StaffId,
    /// These three are `None` once forgotten.
    #[serde(with = "wire::optional_text")]
    pub email: Option<Email>,
    #[serde(with = "wire::optional_text")]
    first_name: Option<PersonName>,
    #[serde(with = "wire::optional_text")]
    last_name: Option<PersonName>,
    #[serde(with = "roles")]
    pub roles: Roles,
    pub has_joined: bool,
    pub is_disabled: bool,
}

mod roles {
    //! Roles by their written names.
    use super::*;
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(roles: &Roles, to: S) -> Result<S::Ok, S::Error> {
        roles.iter().map(Coded::code).collect::<Vec<_>>().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Roles, D::Error> {
        let codes = Vec::<String>::deserialize(from)?;
        codes.iter().map(|code| wire::read_code::<Role, D::Error>(code)).collect()
    }
}

domain::hidden!(Member);

impl Member {
    pub fn name(&self) -> Option<String> {
        let (first, last) = (self.first_name.as_ref()?, self.last_name.as_ref()?);
        Some(PersonName::full(first, last))
    }

    /// Whether a case can be given to them.
    pub fn can_hold_cases(&self) -> bool {
        can_hold_cases(self.roles, self.has_joined, self.is_disabled)
    }
}

#[derive(Default)]
pub struct StaffList {
    members: RwLock<BTreeMap<StaffId, Arc<Member>>>,
}

impl StaffList {
    pub fn apply(&self, recorded: &Recorded, event: &Event) {
        let Some(id) = id_of::<StaffId>(&recorded.stream, STAFF) else { return };
        let mut members = self.members.write().unwrap_or_else(PoisonError::into_inner);
        if let Event::Invited { profile, roles, .. } = event {
            let known = profile.known();
            let member = Member {
                id,
                email: known.map(|profile| profile.email.clone()),
                first_name: known.map(|profile| profile.first_name.clone()),
                last_name: known.map(|profile| profile.last_name.clone()),
                roles: *roles,
                has_joined: false,
                is_disabled: false,
            };
            members.insert(id, Arc::new(member));
            return;
        }
        let Some(known) = members.get_mut(&id) else { return };
        let member = Arc::make_mut(known);
        match event {
            Event::Joined { .. } => member.has_joined = true,
            Event::RolesChanged { roles, .. } => member.roles = *roles,
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
        let members = self.members.read().unwrap_or_else(PoisonError::into_inner);
        members.get(&id).map(Arc::clone)
    }

    /// By their ids.
    pub fn members(&self) -> Vec<Arc<Member>> {
        let members = self.members.read().unwrap_or_else(PoisonError::into_inner);
        members.values().map(Arc::clone).collect()
    }

    pub fn restore(&self, rows: impl IntoIterator<Item = Arc<Member>>) {
        let mut members = self.members.write().unwrap_or_else(PoisonError::into_inner);
        members.extend(rows.into_iter().map(|member| (member.id, member)));
    }
}
