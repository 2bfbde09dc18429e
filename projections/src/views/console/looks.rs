//! Who looked at what, when and why, to auditors.

use super::lists::{LookedAt, Purpose};
use crate::models::staff::StaffList;
use crate::views::ids::{EventId, MerchantId, StaffId};
use chrono::{DateTime, Utc};
use domain::looks::{Look, Looker, Statement, Thing};
use serde::Serialize;
use store::Recorded;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub struct LookView {
    /// Always `look`.
    pub object: &'static str,
    pub event: EventId,
    /// Its place in the ledger, from 0.
    #[schema(example = 4711)]
    pub position: u64,
    /// When they began to look; whoever looks at the same again within the hour goes on.
    pub at: DateTime<Utc>,
    /// Who, if they are staff.
    pub staff: Option<StaffId>,
    /// Their name, or that of their account on the server.
    #[schema(example = "Clara Exemple")]
    pub name: Option<String>,
    /// Whose data; `null` for everybody's.
    pub merchant: Option<MerchantId>,
    pub thing: LookedAt,
    /// Which document, or which change of the bank account.
    #[schema(example = "doc_01934a5c7b2e7d0fa1b2c3d4e5f60718")]
    pub thing_id: Option<String>,
    pub purpose: Purpose,
    /// The case, the letter or the ticket that asked for it.
    #[schema(example = "Letter of 3 May")]
    pub reference: String,
}

impl LookView {
    pub fn of(recorded: &Recorded, look: &Look, known: &StaffList) -> Self {
        let (staff, name) = match &look.looker {
            Looker::Staff(staff) => {
                (Some(*staff), known.member(*staff).and_then(|member| member.name()))
            }
            Looker::Account(name) => (None, Some(name.as_str().to_owned())),
        };
        let thing_id = match look.thing {
            Thing::Document(document) => Some(document.to_string()),
            Thing::Rib(change) => Some(change.to_string()),
            Thing::Card | Thing::Contract | Thing::Replay => None,
        };
        Self {
            object: "look",
            event: recorded.metadata.event_id.into(),
            position: recorded.position.0,
            at: look.at,
            staff: staff.map(Into::into),
            name,
            merchant: look.merchant.map(Into::into),
            thing: look.thing.kind().into(),
            thing_id,
            purpose: look.purpose.into(),
            reference: look.reference.as_str().to_owned(),
        }
    }
}

/// The purpose that was stated for a merchant's data, as long as the session lasts.
#[derive(Serialize, ToSchema)]
pub struct PurposeView {
    /// Always `purpose`.
    pub object: &'static str,
    pub merchant: MerchantId,
    pub purpose: Purpose,
    /// The case, the letter or the ticket that asks for it.
    #[schema(example = "Letter of 3 May")]
    pub reference: String,
}

impl PurposeView {
    pub fn of(statement: &Statement) -> Self {
        Self {
            object: "purpose",
            merchant: statement.merchant.into(),
            purpose: statement.purpose.into(),
            reference: statement.reference.as_str().to_owned(),
        }
    }
}
