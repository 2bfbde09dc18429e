//! What is due and how far the read models are, to those who operate.

use super::lists::TimerKind;
use crate::models::deadlines::Due;
use crate::rebuild::Rebuilt;
use crate::views::ids::MerchantId;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that is due at a time.
#[derive(Serialize, ToSchema)]
#[schema(as = Timer)]
pub struct TimerView {
    /// Always `timer`.
    pub object: &'static str,
    pub timer: TimerKind,
    pub merchant: MerchantId,
    /// When it is due.
    pub due_at: DateTime<Utc>,
}

/// How far the read models are.
#[derive(Serialize, ToSchema)]
#[schema(as = ReadModels)]
pub struct ReadModelsView {
    /// Always `read_models`.
    pub object: &'static str,
    /// The last position of the ledger; none while it is empty.
    #[schema(example = 4711)]
    pub head: Option<u64>,
    /// The last position that they have seen.
    #[schema(example = 4711)]
    pub reached: Option<u64>,
    /// Why they have stopped, if they have.
    #[schema(example = "record 4711 is damaged")]
    pub stopped: Option<String>,
}

/// What came of folding them anew.
#[derive(Serialize, ToSchema)]
#[schema(as = Rebuild)]
pub struct RebuildView {
    /// Always `rebuild`.
    pub object: &'static str,
    /// How many events were folded.
    #[schema(example = 4712)]
    pub events: u64,
    /// True if the live read models said something else than the ledger.
    pub has_drifted: bool,
}

impl From<Due> for TimerView {
    fn from((due_at, merchant, timer): Due) -> Self {
        Self { object: "timer", timer: timer.kind().into(), merchant: merchant.into(), due_at }
    }
}

impl From<Rebuilt> for RebuildView {
    fn from(rebuilt: Rebuilt) -> Self {
        Self { object: "rebuild", events: rebuilt.events, has_drifted: rebuilt.has_drifted }
    }
}
