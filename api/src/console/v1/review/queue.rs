//! The queue: every case that is with us, and how long it has waited.

use crate::app::App;
use crate::console::require;
use crate::http::{List, Problem, Query, StaffMember};
use crate::use_cases::Call;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::review::Stage;
use domain::staff::Role;
use domain::{Coded, Id, StaffId};
use projections::ReadModels;
use projections::models::queue::Case;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_queue))
}

#[derive(Serialize, ToSchema)]
struct CaseView {
    /// Always `case`.
    object: &'static str,
    merchant: String,
    legal_name: Option<String>,
    stage: &'static str,
    submitted_at: DateTime<Utc>,
    answer_expected_by: DateTime<Utc>,
    is_late: bool,
    assigned_to: Option<String>,
    snoozed_until: Option<DateTime<Utc>>,
    is_escalated: bool,
    documents_deadline: Option<DateTime<Utc>>,
    proposal: Option<&'static str>,
    proposed_by: Option<String>,
    /// How many other merchants gave an IBAN that this one gave, too.
    same_iban: usize,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct QueueQuery {
    /// `waiting`, `in_review`, `awaiting_documents`, `expired`, `approved` or `rejected`.
    stage: Option<String>,
    /// A member of staff, or `me`, or `nobody`.
    assigned_to: Option<String>,
    /// Only those with a proposal that waits for a second person.
    #[serde(default)]
    is_proposed: bool,
}

/// Read the review queue, the longest waiting first
///
/// Decided cases and those put aside are left out unless asked for by their stage.
#[utoipa::path(get, path = "/queue", tag = "review", params(QueueQuery),
    responses((status = 200, body = List<CaseView>)))]
async fn read_queue(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Query(query): Query<QueueQuery>,
) -> Result<axum::Json<List<CaseView>>, Problem> {
    require(&staff, &call, &[Role::Analyst, Role::Officer, Role::Auditor])?;
    let wanted = match query.assigned_to.as_deref() {
        None | Some("nobody") => None,
        Some("me") => Some(staff.id),
        Some(other) => Some(StaffId::parse(other).ok_or_else(Problem::not_found)?),
    };
    let models = app.projections.models();
    let cases = match &query.stage {
        Some(stage) => Stage::from_code(stage).map(|stage| models.queue.of_stage(stage)),
        None => Some(models.queue.open()),
    };
    let is_put_aside = |case: &Case| {
        query.stage.is_none() && case.snoozed_until.is_some_and(|until| until > call.at)
    };
    let views = cases
        .unwrap_or_default()
        .iter()
        .filter(|case| !is_put_aside(case))
        .filter(|case| query.assigned_to.is_none() || case.assigned_to == wanted)
        .filter(|case| !query.is_proposed || case.proposal.is_some())
        .map(|case| view(&models, case, call.at))
        .collect();
    Ok(axum::Json(List::whole(views)))
}

fn view(models: &ReadModels, case: &Case, at: DateTime<Utc>) -> CaseView {
    let row = models.directory.row(case.merchant);
    let legal_name = row.and_then(|row| row.legal_name.clone());
    CaseView {
        object: "case",
        merchant: case.merchant.to_string(),
        legal_name: legal_name.map(|name| name.as_str().to_owned()),
        stage: case.stage.code(),
        submitted_at: case.submitted_at,
        answer_expected_by: case.answer_expected_by,
        is_late: case.is_open() && case.answer_expected_by < at,
        assigned_to: case.assigned_to.map(|id| id.to_string()),
        snoozed_until: case.snoozed_until,
        is_escalated: case.is_escalated,
        documents_deadline: case.documents_deadline,
        proposal: case.proposal.map(|open| open.proposal.code()),
        proposed_by: case.proposal.map(|open| open.by.to_string()),
        same_iban: models.bank_accounts.sharing_with(case.merchant).len(),
    }
}

#[cfg(test)]
mod tests {
    use domain::Coded;
    use domain::review::Stage;

    #[test]
    fn the_stages_of_the_queue_have_the_names_that_the_documentation_gives() {
        let names: Vec<&str> = Stage::ALL.iter().map(|stage| stage.code()).collect();
        assert_eq!(
            names,
            [
                "not_submitted",
                "waiting",
                "in_review",
                "awaiting_documents",
                "expired",
                "approved",
                "rejected"
            ]
        );
    }
}
