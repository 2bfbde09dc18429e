//! Services asked for after approval: decided one by one.

use super::act;
use crate::app::App;
use crate::http::{Fields, Json, Named, Problem, StaffMember, Versioned, Within};
use crate::use_cases::Call;
use axum::extract::State;
use domain::MerchantId;
use domain::services::{Command, Service};
use projections::views::console::card::Card;
use projections::views::console::lists::ServiceRefusal;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(activate_service)).routes(routes!(refuse_service))
}

/// Activate a service that was asked for
#[utoipa::path(post, operation_id = "activate_service", path = "/merchants/{merchant}/services/{service}/activate", tag = "services",
    responses((status = 200, body = Card)))]
async fn activate_service(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Within(merchant, service): Within<MerchantId, Named<Service>>,
) -> Result<Versioned<Card>, Problem> {
    act(&app, &staff, &call, merchant, Command::Activate { service: service.0 }).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ServiceRefusalBody {
    /// Why.
    #[schema(value_type = ServiceRefusal)]
    reason: String,
}

/// Refuse a service that was asked for
#[utoipa::path(post, operation_id = "refuse_service", path = "/merchants/{merchant}/services/{service}/refuse", tag = "services",
    request_body = ServiceRefusalBody, responses((status = 200, body = Card)))]
async fn refuse_service(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Within(merchant, service): Within<MerchantId, Named<Service>>,
    Json(body): Json<ServiceRefusalBody>,
) -> Result<Versioned<Card>, Problem> {
    let mut fields = Fields::default();
    let reason = fields.code("/reason", &body.reason);
    let command = Command::Refuse { service: service.0, reason: fields.finish(reason)? };
    act(&app, &staff, &call, merchant, command).await
}
