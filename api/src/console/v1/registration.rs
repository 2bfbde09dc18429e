//! What staff do to an account: send its activation link again, suspend it.

use super::{act, card_after, load, require};
use crate::app::App;
use crate::http::upload::Upload;
use crate::http::{At, Fields, Json, Problem, StaffMember, Versioned};
use crate::use_cases::{Call, client_file, user};
use axum::extract::State;
use axum::http::StatusCode;
use domain::registration::Command;
use domain::restriction::InternalReason;
use domain::staff::Role;
use domain::values::FreeText;
use domain::{Channel, Id, MerchantId, Occasion};
use projections::views::card::Card;
use serde::Deserialize;
use store::AsOf;
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
    reason: String,
}

/// Suspend an account; lifting it takes two officers
#[utoipa::path(post, path = "/merchants/{merchant}/suspension", tag = "registration",
    request_body = Suspension, responses((status = 200, body = Object)))]
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
    At(merchant): At<MerchantId>,
    upload: Upload,
) -> Result<Versioned<Card>, Problem> {
    require(&staff, &call, &[Role::Support, Role::Analyst, Role::Officer])?;
    load(&app, merchant, AsOf::Now).await?;
    let received = upload.read(&app, staff.id.uuid(), &mut call).await?;
    let by = Occasion { channel: Channel::SupportEmail, ..call.by_staff(&staff) };
    let (handed, behalf) = (received.document, Some(merchant.uuid()));
    let done = client_file::submit_document(&app, &call, &by, merchant, handed, behalf).await?;
    Ok(card_after(merchant, &done, &call))
}
