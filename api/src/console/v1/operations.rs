//! Operations: what is due, how far the read models are, and folding them anew.

use super::require;
use crate::app::App;
use crate::http::{List, Problem, StaffMember};
use crate::use_cases::Call;
use axum::extract::State;
use domain::staff::Role;
use projections::runner::Progress;
use projections::views::console::operations::{ReadModelsView, RebuildView, TimerView};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_timers))
        .routes(routes!(read_read_models))
        .routes(routes!(rebuild_read_models))
}

const OPERATORS: &[Role] = &[Role::Engineer, Role::Officer, Role::Auditor];

/// List what is due and when, the soonest first
#[utoipa::path(get, operation_id = "list_timers", path = "/timers", tag = "operations",
    responses((status = 200, body = List<TimerView>)))]
async fn list_timers(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
) -> Result<List<TimerView>, Problem> {
    require(&staff, &call, OPERATORS)?;
    let timers = app.projections.models().deadlines.all();
    let views = timers.into_iter().map(TimerView::from);
    Ok(List::whole(views.collect()))
}

/// Read how far the read models are
#[utoipa::path(get, operation_id = "read_read_models", path = "/read-models", tag = "operations",
    responses((status = 200, body = ReadModelsView)))]
async fn read_read_models(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
) -> Result<axum::Json<ReadModelsView>, Problem> {
    require(&staff, &call, OPERATORS)?;
    let head = app.store.ledger.head().await?.map(|position| position.0);
    let (reached, stopped) = match app.projections.progress() {
        Progress::Reached(reached) => (reached.map(|position| position.0), None),
        Progress::Stopped(reason) => (None, Some(reason)),
    };
    Ok(axum::Json(ReadModelsView { object: "read_models", head, reached, stopped }))
}

/// Fold the read models anew beside the live ones, compare, and swap
#[utoipa::path(post, operation_id = "rebuild_read_models", path = "/read-models/rebuild", tag = "operations",
    responses((status = 200, body = RebuildView)))]
async fn rebuild_read_models(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
) -> Result<axum::Json<RebuildView>, Problem> {
    require(&staff, &call, &[Role::Engineer])?;
    let rebuilt = app.projections.rebuild().await.map_err(Problem::internal)?;
    Ok(axum::Json(rebuilt.into()))
}
