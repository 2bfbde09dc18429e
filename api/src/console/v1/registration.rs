//! What staff do to an account: send its activation link again, suspend it.

use super::{act, load, require};
use crate::app::App;
use crate::http::{At, Fields, Json, Problem, StaffMember, Versioned};
use crate::use_cases::{Call, user};
use axum::extract::State;
use axum::http::StatusCode;
use domain::MerchantId;
use domain::registration::Command;
use domain::restriction::InternalReason;
use domain::staff::Role;
use domain::values::FreeText;
use projections::views::console::card::Card;
use serde::Deserialize;
use store::AsOf;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(resend_activation)).routes(routes!(suspend_account))
}

/// Send the activation link of an account's owner again
///
/// Support may resend, and can never activate in the merchant's place.
#[utoipa::path(post, operation_id = "resend_activation", path = "/merchants/{merchant}/activation-links", tag = "registration",
    responses((status = 204)))]
async fn resend_activation(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
) -> Result<StatusCode, Problem> {
    require(&staff, &call, &[Role::Support, Role::Officer])?;
    let state = load(&app, merchant, AsOf::Now).await?.state;
    let owner = state.account.owner.ok_or_else(Problem::not_found)?;
    user::resend_activation_for(&app, &call, &call.by_staff(&staff), owner).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Suspension {
    /// For staff only. The merchant reads a neutral sentence.
    #[schema(example = "Payments do not fit the declared activity.")]
    reason: String,
}

/// Suspend an account; lifting it takes two officers
#[utoipa::path(post, operation_id = "suspend_account", path = "/merchants/{merchant}/suspension", tag = "registration",
    request_body = Suspension, responses((status = 200, body = Card)))]
async fn suspend_account(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<Suspension>,
) -> Result<Versioned<Card>, Problem> {
    let mut fields = Fields::default();
    let reason = fields.take("/reason", FreeText::parse(&body.reason));
    let command = Command::Suspend { reason: InternalReason::new(fields.finish(reason)?) };
    act(&app, &staff, &call, merchant, command).await
}
