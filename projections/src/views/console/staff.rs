//! Staff, to staff.

use super::lists::StaffRole;
use crate::models::staff::Member;
use crate::views::ids::StaffId;
use serde::Serialize;
use utoipa::ToSchema;

/// A member of staff.
#[derive(Serialize, ToSchema)]
#[schema(as = StaffMember)]
pub struct StaffView {
    /// Always `staff`.
    pub object: &'static str,
    pub id: StaffId,
    /// First and last name.
    #[schema(example = "Clara Modèle")]
    pub name: Option<String>,
    /// With which they sign in.
    #[schema(example = "clara@example.com")]
    pub email: Option<String>,
    /// What they may do.
    pub roles: Vec<StaffRole>,
    /// Whether they accepted their invitation.
    pub has_joined: bool,
    /// Whether they can no longer sign in.
    pub is_disabled: bool,
}

impl StaffView {
    pub fn of(member: &Member) -> Self {
        Self {
            object: "staff",
            id: member.id.into(),
            name: member.name(),
            email: member.email.as_ref().map(|email| email.as_str().to_owned()),
            roles: member.roles.iter().map(Into::into).collect(),
            has_joined: member.has_joined,
            is_disabled: member.is_disabled,
        }
    }
}
