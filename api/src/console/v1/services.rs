//! Services asked for after approval: decided one by one.

use super::merchants::card;
use crate::app::App;
use crate::auth::sessions::StaffMember;
use crate::call::{Call, Json, Versioned, id};
use crate::error::{Fields, Problem};
use axum::extract::{Path, State};
use domain::services::{Command, Service};
use domain::{Coded, MerchantId};
use projections::card::Card;
use serde::Deserialize;
use store::{Loaded, Merchant};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(activate_service)).routes(routes!(refuse_service))
}

async fn decide(
    app: &App,
    staff: &StaffMember,
    call: &Call,
    merchant: &str,
    command: Command,
) -> Result<Versioned<Card>, Problem> {
    let merchant: MerchantId = id(merchant)?;
    let occasion = call.by_staff(staff);
    let done =
        app.execute::<Merchant>(merchant, command.into(), &occasion, &call.request()).await?;
    let loaded = Loaded { state: done.state, revision: done.revision, recorded_at: None };
    Ok(card(merchant, &loaded, call.at))
}

fn service(code: &str) -> Result<Service, Problem> {
    Service::from_code(code).ok_or_else(Problem::not_found)
}

/// Activate a service that was asked for
#[utoipa::path(post, path = "/merchants/{merchant}/services/{service}/activate", tag = "services",
    responses((status = 200, body = Object)))]
async fn activate_service(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Path((merchant, wanted)): Path<(String, String)>,
) -> Result<Versioned<Card>, Problem> {
    let command = Command::Activate { service: service(&wanted)? };
    decide(&app, &staff, &call, &merchant, command).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ServiceRefusalBody {
    /// `activity_not_covered` or `not_available`.
    #[schema(example = "not_available")]
    reason: String,
}

/// Refuse a service that was asked for
#[utoipa::path(post, path = "/merchants/{merchant}/services/{service}/refuse", tag = "services",
    request_body = ServiceRefusalBody, responses((status = 200, body = Object)))]
async fn refuse_service(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Path((merchant, wanted)): Path<(String, String)>,
    Json(body): Json<ServiceRefusalBody>,
) -> Result<Versioned<Card>, Problem> {
    let service = service(&wanted)?;
    let mut fields = Fields::default();
    let reason = fields.code("/reason", &body.reason);
    let command = Command::Refuse { service, reason: fields.finish(reason)? };
    decide(&app, &staff, &call, &merchant, command).await
}
