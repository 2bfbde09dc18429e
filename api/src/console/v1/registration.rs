//! What staff do to an account: send its activation link again, suspend it.

use super::merchants::{card, load, require};
use crate::app::App;
use crate::auth::sessions::StaffMember;
use crate::call::{Call, Json, Versioned, id};
use crate::documents::upload::{self, Upload};
use crate::error::{Fields, Problem};
use crate::processes::registration as flow;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::registration::Command;
use domain::restriction::InternalReason;
use domain::staff::Role;
use domain::values::FreeText;
use domain::{Channel, Id, MerchantId, Occasion};
use projections::card::Card;
use serde::Deserialize;
use store::{AsOf, Loaded, Merchant};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(resend_activation))
        .routes(routes!(suspend_account))
        .routes(routes!(submit_document))
}

/// Send the activation link of an account's owner again
///
/// Support may resend, and can never activate in the merchant's place.
#[utoipa::path(post, path = "/merchants/{merchant}/activation-links", tag = "registration",
    responses((status = 204)))]
async fn resend_activation(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Path(merchant): Path<String>,
) -> Result<StatusCode, Problem> {
    require(&staff, &call, &[Role::Support, Role::Officer])?;
    let state = load(&app, id(&merchant)?, AsOf::Now).await?.state;
    let owner = state.account.owner.ok_or_else(Problem::not_found)?;
    flow::resend_activation_for(&app, &call, &staff, owner).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Suspension {
    /// For staff only. The merchant reads a neutral sentence.
    reason: String,
}

/// Suspend an account; lifting it takes two officers
#[utoipa::path(post, path = "/merchants/{merchant}/suspension", tag = "registration",
    request_body = Suspension, responses((status = 200, body = Object)))]
async fn suspend_account(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Path(merchant): Path<String>,
    Json(body): Json<Suspension>,
) -> Result<Versioned<Card>, Problem> {
    let merchant: MerchantId = id(&merchant)?;
    let mut fields = Fields::default();
    let reason = fields.take("/reason", FreeText::parse(&body.reason));
    let command = Command::Suspend { reason: InternalReason::new(fields.finish(reason)?) };
    let occasion = call.by_staff(&staff);
    let done =
        app.execute::<Merchant>(merchant, command.into(), &occasion, &call.request()).await?;
    let loaded = Loaded { state: done.state, revision: done.revision, recorded_at: None };
    Ok(card(merchant, &loaded, call.at))
}

/// The form of an upload.
#[derive(ToSchema)]
#[schema(as = DocumentOnBehalfForm)]
#[expect(dead_code, reason = "it only describes the form; the fields are read one by one")]
struct DocumentForm {
    kind: String,
    person: Option<String>,
    issued_on: Option<chrono::NaiveDate>,
    expires_on: Option<chrono::NaiveDate>,
    answers: Option<String>,
    replaces: Option<String>,
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// Hand in a document that the merchant sent by mail, on their behalf
#[utoipa::path(post, path = "/merchants/{merchant}/documents", tag = "registration",
    request_body(content = DocumentForm, content_type = "multipart/form-data"),
    responses((status = 200, body = Object)))]
async fn submit_document(
    State(app): State<App>,
    staff: StaffMember,
    mut call: Call,
    Path(merchant): Path<String>,
    upload: Upload,
) -> Result<Versioned<Card>, Problem> {
    require(&staff, &call, &[Role::Support, Role::Analyst, Role::Officer])?;
    let merchant: MerchantId = id(&merchant)?;
    load(&app, merchant, AsOf::Now).await?;
    let form = upload.read(&app, staff.id.uuid(), &mut call).await?;
    let occasion = Occasion { channel: Channel::SupportEmail, ..call.by_staff(&staff) };
    let behalf = Some(merchant.uuid());
    let done = upload::submit(&app, &call, &occasion, merchant, form, behalf).await?;
    let loaded = Loaded { state: done.state, revision: done.revision, recorded_at: None };
    Ok(card(merchant, &loaded, call.at))
}
