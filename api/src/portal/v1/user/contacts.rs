//! My contacts: another login e-mail, another mobile.

use super::me::{CodeBody, view};
use crate::app::App;
use crate::http::{At, Fields, Json, PortalUser, Problem};
use crate::use_cases::{Call, user as use_case};
use axum::extract::State;
use axum::http::StatusCode;
use domain::ContactChangeId;
use domain::user::{CodePurpose, Command, State as UserState};
use domain::values::{Email, Mobile};
use projections::views::portal::user::{ContactChangeView, Me};
use serde::Deserialize;
use store::User;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(request_email_change))
        .routes(routes!(request_mobile_change))
        .routes(routes!(send_new_mobile_code))
        .routes(routes!(confirm_mobile_change))
        .routes(routes!(cancel_contact_change))
}

type Created = (StatusCode, axum::Json<ContactChangeView>);

fn created(state: &UserState, call: &Call) -> Result<Created, Problem> {
    let view = ContactChangeView::newest(state, call.at).ok_or_else(Problem::not_found)?;
    Ok((StatusCode::CREATED, axum::Json(view)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewEmail {
    /// It becomes your login.
    #[schema(example = "marie@example.org")]
    email: String,
}

/// Ask for another login e-mail
///
/// Needs a strong authentication for `change_contact`. A link goes to the new address; every contact
/// there is gets one that cancels.
#[utoipa::path(post, operation_id = "request_email_change", path = "/me/email-changes", tag = "user", request_body = NewEmail,
    responses((status = 201, body = ContactChangeView)))]
async fn request_email_change(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Json(body): Json<NewEmail>,
) -> Result<Created, Problem> {
    let mut fields = Fields::default();
    let email = fields.take("/email", Email::parse(&body.email));
    let email = fields.finish(email)?;
    let by = call.by(&user);
    let done = use_case::request_email_change(&app, &call, &by, user.id, email).await?;
    created(&done.state, &call)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMobile {
    /// One-time codes will be sent to it.
    #[schema(example = "+33698765432")]
    mobile: String,
}

/// Ask for another mobile
///
/// Needs a strong authentication for `change_contact`. A code goes to the new number; every contact there
/// is gets a link that cancels.
#[utoipa::path(post, operation_id = "request_mobile_change", path = "/me/mobile-changes", tag = "user", request_body = NewMobile,
    responses((status = 201, body = ContactChangeView)))]
async fn request_mobile_change(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Json(body): Json<NewMobile>,
) -> Result<Created, Problem> {
    let mut fields = Fields::default();
    let mobile = fields.take("/mobile", Mobile::parse(&body.mobile));
    let mobile = fields.finish(mobile)?;
    let by = call.by(&user);
    let done = use_case::request_mobile_change(&app, &call, &by, user.id, mobile).await?;
    created(&done.state, &call)
}

/// Send another code to the new mobile
#[utoipa::path(post, operation_id = "send_new_mobile_code", path = "/me/mobile-changes/codes", tag = "user",
    responses((status = 201, body = ContactChangeView)))]
async fn send_new_mobile_code(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
) -> Result<Created, Problem> {
    let (by, purpose) = (call.by(&user), CodePurpose::NewMobile);
    let done = use_case::send_code(&app, &call, &by, user.id, purpose).await?;
    created(&done.state, &call)
}

/// Prove the new mobile by the code sent to it
#[utoipa::path(post, operation_id = "confirm_mobile_change", path = "/me/mobile-changes/confirmation", tag = "user",
    request_body = CodeBody, responses((status = 200, body = Me)))]
async fn confirm_mobile_change(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Json(body): Json<CodeBody>,
) -> Result<axum::Json<Me>, Problem> {
    let by = call.by(&user);
    let state = use_case::change_mobile(&app, &call, &by, user.id, &body.code).await?;
    Ok(axum::Json(view(&app, &user, &state, call.at).await?))
}

/// Cancel the change of a contact
#[utoipa::path(delete, operation_id = "cancel_contact_change", path = "/me/contact-changes/{change}", tag = "user",
    responses((status = 200, body = Me)))]
async fn cancel_contact_change(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(change): At<ContactChangeId>,
) -> Result<axum::Json<Me>, Problem> {
    let command = Command::CancelContactChange { change };
    let done = app.execute::<User>(user.id, command, &call.by(&user), &call.request()).await?;
    Ok(axum::Json(view(&app, &user, &done.state, call.at).await?))
}
