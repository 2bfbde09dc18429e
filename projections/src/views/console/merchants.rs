//! Merchants in lists, and what happened to one, to staff.

use super::lists::{ActorKind, Channel};
use crate::diff::Change;
use crate::models::directory::Row;
use crate::views::account_ledger::{Names, for_any};
use crate::views::ids::{EventId, MerchantId};
use crate::views::lists::AccountStatus;
use chrono::{DateTime, Utc};
use serde::Serialize;
use store::Recorded;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct MerchantRow {
    /// Always `merchant`.
    pub object: &'static str,
    pub id: MerchantId,
    /// None before it was told, and once it is forgotten.
    #[schema(example = "Atelier du Lac")]
    pub legal_name: Option<String>,
    pub status: AccountStatus,
    /// When the account was created.
    pub created_at: DateTime<Utc>,
    /// When something last happened to it.
    pub changed_at: DateTime<Utc>,
    /// Of its stream, from 0.
    #[schema(example = 42)]
    pub revision: u64,
}

/// What happened to a merchant.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantEvent)]
pub struct EventView {
    /// Always `event`.
    pub object: &'static str,
    pub id: EventId,
    /// Its place in the ledger, from 0.
    #[schema(example = 4711)]
    pub position: u64,
    /// Its place among those of the merchant, from 0.
    #[schema(example = 42)]
    pub revision: u64,
    /// What kind of event it is.
    #[serde(rename = "type")]
    #[schema(example = "review.case_taken")]
    pub event_type: &'static str,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    pub actor: ActorKind,
    /// Who, if it is somebody in particular.
    #[schema(example = "stf_01934a5c7b2e7d0fa1b2c3d4e5f60718")]
    pub actor_id: Option<String>,
    pub channel: Channel,
    /// What belongs to one request has the same.
    #[schema(example = "01934a5c7b2e7d0fa1b2c3d4e5f60718")]
    pub correlation_id: String,
    /// The event that it follows from, if it follows from one.
    pub causation_id: Option<EventId>,
    /// What happened, in French.
    #[schema(example = "Dossier Client à l'étude")]
    pub french: String,
    /// What happened, in English.
    #[schema(example = "Client file being examined")]
    pub english: String,
}

/// What differs between two moments of a merchant.
#[derive(Serialize, ToSchema)]
#[schema(as = Difference)]
pub struct ChangeView {
    /// JSON pointer into the merchant.
    #[schema(example = "/review/stage")]
    pub pointer: String,
    /// None where there was nothing.
    #[schema(example = "waiting")]
    pub before: Option<String>,
    /// None where there is nothing any more.
    #[schema(example = "in_review")]
    pub after: Option<String>,
}

impl MerchantRow {
    pub fn of(row: &Row) -> Self {
        Self {
            object: "merchant",
            id: row.merchant.into(),
            legal_name: row.legal_name.as_ref().map(|name| name.as_str().to_owned()),
            status: row.status.into(),
            created_at: row.created_at,
            changed_at: row.changed_at,
            revision: row.revision.0,
        }
    }
}

impl EventView {
    pub fn of(recorded: &Recorded, names: Names<'_>) -> Self {
        let (metadata, actor) = (&recorded.metadata, recorded.metadata.actor);
        let sentence = for_any(&recorded.event, names);
        Self {
            object: "event",
            id: metadata.event_id.into(),
            position: recorded.position.0,
            revision: recorded.revision.0,
            event_type: recorded.event_type,
            at: metadata.recorded_at,
            actor: actor.kind().into(),
            actor_id: actor.id(),
            channel: metadata.channel.into(),
            correlation_id: metadata.correlation_id.simple().to_string(),
            causation_id: metadata.causation_id.map(Into::into),
            french: sentence.french,
            english: sentence.english,
        }
    }
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        Self { pointer: change.pointer, before: change.before, after: change.after }
    }
}
