//! The queue: every case that is with us, and how long it has waited.

use crate::app::App;
use crate::console::require;
use crate::http::{List, Problem, Query, StaffMember, parameter};
use crate::use_cases::Call;
use axum::extract::State;
use domain::review::Stage;
use domain::staff::Role;
use domain::values::Invalid;
use domain::{Coded, Id, StaffId};
use projections::models::queue::Case;
use projections::views::console::review::CaseView;
use projections::views::lists::ReviewStage;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_queue))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct QueueQuery {
    /// Only those that stand so.
    #[param(value_type = Option<ReviewStage>, inline)]
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
#[utoipa::path(get, operation_id = "read_queue", path = "/queue", tag = "review", params(QueueQuery),
    responses((status = 200, body = List<CaseView>)))]
async fn read_queue(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Query(query): Query<QueueQuery>,
) -> Result<List<CaseView>, Problem> {
    require(&staff, &call, &[Role::Analyst, Role::Officer, Role::Auditor])?;
    let wanted = match query.assigned_to.as_deref() {
        None | Some("nobody") => None,
        Some("me") => Some(staff.id),
        other => parameter("assigned_to", other, |text| StaffId::parse(text).ok_or(Invalid::Id))?,
    };
    let models = app.projections.models();
    let stage = parameter("stage", query.stage.as_deref(), |text| {
        Stage::from_code(text).ok_or(Invalid::Code)
    })?;
    let cases = match stage {
        Some(stage) => models.queue.of_stage(stage),
        None => models.queue.open(),
    };
    let is_put_aside = |case: &Case| {
        query.stage.is_none() && case.snoozed_until.is_some_and(|until| until > call.at)
    };
    let views = cases
        .iter()
        .filter(|case| !is_put_aside(case))
        .filter(|case| query.assigned_to.is_none() || case.assigned_to == wanted)
        .filter(|case| !query.is_proposed || case.proposal.is_some())
        .map(|case| CaseView::of(&models, case, call.at))
        .collect();
    Ok(List::whole(views))
}
