//! Cases, to staff.

use super::lists::ProposalKind;
use crate::models::ReadModels;
use crate::models::queue::Case;
use crate::views::ids::{MerchantId, StaffId};
use crate::views::lists::ReviewStage;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// A file that is with us.
#[derive(Serialize, ToSchema)]
#[schema(as = Case)]
pub struct CaseView {
    /// Always `case`.
    pub object: &'static str,
    pub merchant: MerchantId,
    /// The name of the company.
    #[schema(example = "Atelier du Lac")]
    pub legal_name: Option<String>,
    pub stage: ReviewStage,
    /// When it was submitted.
    pub submitted_at: DateTime<Utc>,
    /// When the merchant expects our answer.
    pub answer_expected_by: DateTime<Utc>,
    /// Whether that has passed.
    pub is_late: bool,
    /// Whose case it is.
    pub assigned_to: Option<StaffId>,
    /// Until when it is put aside.
    pub snoozed_until: Option<DateTime<Utc>>,
    /// Whether somebody asked for more eyes.
    pub is_escalated: bool,
    /// Until when additional documents must be here.
    pub documents_deadline: Option<DateTime<Utc>>,
    /// What one of us proposes and another has to confirm.
    pub proposal: Option<ProposalKind>,
    /// Who proposes it.
    pub proposed_by: Option<StaffId>,
    /// How many other merchants gave an IBAN that this one gave, too, as known now.
    #[schema(example = 0)]
    pub same_iban: usize,
}

impl CaseView {
    pub fn of(models: &ReadModels, case: &Case, same_iban: usize, at: DateTime<Utc>) -> Self {
        let row = models.directory.row(case.merchant);
        let legal_name = row.and_then(|row| row.legal_name.clone());
        Self {
            object: "case",
            merchant: case.merchant.into(),
            legal_name: legal_name.map(|name| name.as_str().to_owned()),
            stage: case.stage.into(),
            submitted_at: case.submitted_at,
            answer_expected_by: case.answer_expected_by,
            is_late: case.is_open() && case.answer_expected_by < at,
            assigned_to: case.assigned_to.map(Into::into),
            snoozed_until: case.snoozed_until,
            is_escalated: case.is_escalated,
            documents_deadline: case.documents_deadline,
            proposal: case.proposal.map(|open| open.proposal.kind().into()),
            proposed_by: case.proposal.map(|open| open.by.into()),
            same_iban,
        }
    }
}
