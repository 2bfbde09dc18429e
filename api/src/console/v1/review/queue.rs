//! The queue: every case that is with us, and how long it has waited.

use crate::app::App;
use crate::console::{MERCHANTS_AT_ONCE, ThenQuery, require};
use crate::http::{List, Problem, Query, StaffMember, parameter};
use crate::use_cases::Call;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::review::Stage;
use domain::staff::Role;
use domain::values::Invalid;
use domain::{Coded, Id, StaffId};
use projections::ReadModels;
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
    /// RFC 3339; the queue as it was then. A page then holds what there was among some merchants, the oldest
    /// first: it may be empty and not the last.
    as_of: Option<DateTime<Utc>>,
    /// With `as_of`, the `next_cursor` of the page before.
    starting_after: Option<String>,
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
    let stage = parameter("stage", query.stage.as_deref(), |text| {
        Stage::from_code(text).ok_or(Invalid::Code)
    })?;
    let now = app.projections.models();
    let views = |models: &ReadModels, at: DateTime<Utc>| {
        let cases = match stage {
            Some(stage) => models.queue.of_stage(stage),
            None => models.queue.open(),
        };
        let is_put_aside =
            |case: &Case| stage.is_none() && case.snoozed_until.is_some_and(|until| until > at);
        cases
            .iter()
            .filter(|case| !is_put_aside(case))
            .filter(|case| query.assigned_to.is_none() || case.assigned_to == wanted)
            .filter(|case| !query.is_proposed || case.proposal.is_some())
            .map(|case| {
                let same_iban = now.bank_accounts.sharing_with(case.merchant).len();
                CaseView::of(models, case, same_iban, at)
            })
            .collect()
    };
    let starting_after = query.starting_after.clone();
    let moment = ThenQuery { as_of: query.as_of, starting_after };
    Ok(match moment.then(&app, MERCHANTS_AT_ONCE).await? {
        Some(then) => List::until(views(&then.models, then.at), then.next_cursor),
        None => List::whole(views(&now, call.at)),
    })
}
