//! The audit trail, to staff: what was recorded, of whom and by whom. Nothing that is sealed is shown.

use super::lists::ActorKind;
use crate::views::ids::{EventId, MerchantId};
use chrono::{DateTime, Utc};
use serde::Serialize;
use store::Recorded;
use store::aggregate::{MERCHANT, id_of};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct AuditEntry {
    /// Always `audit_entry`.
    pub object: &'static str,
    pub event: EventId,
    /// Its place in the ledger, from 0.
    #[schema(example = 4711)]
    pub position: u64,
    /// Whose event it is, if it is a merchant's.
    pub merchant: Option<MerchantId>,
    /// The stream that it belongs to.
    #[schema(example = "merchant-01934a5c7b2e7d0fa1b2c3d4e5f60718")]
    pub stream: String,
    /// What kind of event it is.
    #[serde(rename = "type")]
    #[schema(example = "review.case_taken")]
    pub event_type: &'static str,
    pub actor: ActorKind,
    /// Who, if it is somebody in particular.
    #[schema(example = "stf_01934a5c7b2e7d0fa1b2c3d4e5f60718")]
    pub actor_id: Option<String>,
    /// When it was recorded.
    pub at: DateTime<Utc>,
}

impl AuditEntry {
    pub fn of(recorded: &Recorded) -> Self {
        let actor = recorded.metadata.actor;
        Self {
            object: "audit_entry",
            event: recorded.metadata.event_id.into(),
            position: recorded.position.0,
            merchant: id_of::<domain::MerchantId>(&recorded.stream, MERCHANT).map(Into::into),
            stream: recorded.stream.to_string(),
            event_type: recorded.event_type,
            actor: actor.kind().into(),
            actor_id: actor.id(),
            at: recorded.metadata.recorded_at,
        }
    }
}
