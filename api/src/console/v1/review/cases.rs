//! Cases: who works on which, until when it is put aside, what they note.

use super::text;
use crate::app::App;
use crate::console::act;
use crate::http::{At, Fields, Json, Problem, StaffMember, Versioned};
use crate::use_cases::Call;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::review::Command;
use domain::values::Invalid;
use domain::{Id, MerchantId, StaffId};
use projections::views::console::card::Card;
use projections::views::ids;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(take_case))
        .routes(routes!(assign_case))
        .routes(routes!(snooze_case))
        .routes(routes!(escalate_case))
        .routes(routes!(add_note))
}

/// Take a case
#[utoipa::path(post, operation_id = "take_case", path = "/merchants/{merchant}/case/take", tag = "review",
    responses((status = 200, body = Card)))]
async fn take_case(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
) -> Result<Versioned<Card>, Problem> {
    act(&app, &staff, &call, merchant, Command::Take).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Assignment {
    /// To whom.
    #[schema(value_type = ids::StaffId)]
    staff: String,
}

/// Assign a case to a colleague
#[utoipa::path(post, operation_id = "assign_case", path = "/merchants/{merchant}/case/assign", tag = "review",
    request_body = Assignment, responses((status = 200, body = Card)))]
async fn assign_case(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<Assignment>,
) -> Result<Versioned<Card>, Problem> {
    let mut fields = Fields::default();
    let to = StaffId::parse(&body.staff)
        .filter(|to| {
            let member = app.projections.models().staff.member(*to);
            member.is_some_and(|member| member.can_hold_cases())
        })
        .ok_or(Invalid::Id);
    let to = fields.take("/staff", to);
    let command = Command::Assign { to: fields.finish(to)? };
    act(&app, &staff, &call, merchant, command).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Snooze {
    /// At most 30 days ahead.
    until: DateTime<Utc>,
}

/// Put a case aside
#[utoipa::path(post, operation_id = "snooze_case", path = "/merchants/{merchant}/case/snooze", tag = "review",
    request_body = Snooze, responses((status = 200, body = Card)))]
async fn snooze_case(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<Snooze>,
) -> Result<Versioned<Card>, Problem> {
    let command = Command::Snooze { until: body.until };
    act(&app, &staff, &call, merchant, command).await
}

/// Escalate a case
#[utoipa::path(post, operation_id = "escalate_case", path = "/merchants/{merchant}/case/escalate", tag = "review",
    responses((status = 200, body = Card)))]
async fn escalate_case(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
) -> Result<Versioned<Card>, Problem> {
    act(&app, &staff, &call, merchant, Command::Escalate).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    /// For staff only.
    #[schema(example = "Called the merchant; the extract is on its way.")]
    note: String,
}

/// Add a note, which never reaches the merchant
#[utoipa::path(post, operation_id = "add_note", path = "/merchants/{merchant}/case/notes", tag = "review",
    request_body = NoteBody, responses((status = 200, body = Card)))]
async fn add_note(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<NoteBody>,
) -> Result<Versioned<Card>, Problem> {
    let command = Command::AddNote { note: text("/note", &body.note)? };
    act(&app, &staff, &call, merchant, command).await
}
