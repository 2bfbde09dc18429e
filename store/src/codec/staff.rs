//! The shapes of a staff member's events.

use super::DecodeError;
use super::room;
use super::wire::{Code, Id, Text, Time, Wire, group};
use domain::Coded;
use domain::staff::{Event, Profile, Role, Roles};
use serde::{Deserialize, Serialize};

group! { Profile1 of Profile { email: Text, first_name: Text, last_name: Text } }

/// Roles by their written names.
#[derive(Serialize, Deserialize)]
pub struct Roles1(Vec<String>);

impl Wire<Roles> for Roles1 {
    fn of(roles: &Roles) -> Self {
        Self(roles.iter().map(|role| role.code().to_owned()).collect())
    }
    fn read(self) -> Result<Roles, DecodeError> {
        let role = |code: String| Role::from_code(&code).ok_or(DecodeError::UnknownCode(code));
        self.0.into_iter().map(role).collect()
    }
}

room! { Event {
    "staff.invited" 1 Invited {
        language: Code, roles: Roles1, link: Id, expires_at: Time, by: Option<Id>,
    } sealed { profile: Profile1 => owner }
    "staff.joined" 1 Joined { credential: Id }
    "staff.roles_changed" 1 RolesChanged { roles: Roles1, by: Id }
    "staff.disabled" 1 Disabled { by: Id }
    "staff.signed_in" 1 SignedIn {}
    "staff.sign_in_refused" 1 SignInRefused { failure: Code }
    "staff.locked" 1 Locked { until: Time }
    "staff.message_sent" 1 MessageSent { cause: Id, template: Code, medium: Code }
    "staff.message_delivered" 1 MessageDelivered { cause: Id, template: Code, medium: Code }
    "staff.message_failed" 1 MessageFailed {
        cause: Id, template: Code, medium: Code, failure: Code,
    }
} }
