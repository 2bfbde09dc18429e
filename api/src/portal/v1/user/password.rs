//! Forgotten passwords: a link, and a new password by it.

use super::{Accepted, Address, accepted, check_address};
use crate::app::App;
use crate::http::{Json, Problem};
use crate::use_cases::{Call, user};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(request_password_reset)).routes(routes!(change_password))
}

/// Ask for a link to set a new password
///
/// The same answer whether or not the address is known.
#[utoipa::path(post, operation_id = "request_password_reset", path = "/password-resets", tag = "user", request_body = Address,
    responses((status = 202, body = Accepted)), security(()))]
async fn request_password_reset(
    State(app): State<App>,
    call: Call,
    Json(body): Json<Address>,
) -> Result<Response, Problem> {
    check_address(&body.email)?;
    user::request_password_reset(&app, &call, &body.email).await?;
    Ok(accepted(
        &call,
        "If the address is known, a link to set a new password is on its way. It works for an hour.",
        "Si l'adresse est connue, un lien de réinitialisation est en route. Il est valable une heure.",
    ))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// What stands after `token=` in the link.
    #[schema(example = "AZNKXHsufQ-hssPU5fYHGAGTSlx7Ln0PobLD1OX2BxgJd0Z4bXVkcQ")]
    token: String,
    /// At least 12 characters.
    #[schema(example = "cheval pile agrafe correct")]
    password: String,
}

/// Set a new password with the link's token
///
/// Every session of the user ends.
#[utoipa::path(post, operation_id = "change_password", path = "/password-changes", tag = "user", request_body = NewPassword,
    responses((status = 204)), security(()))]
async fn change_password(
    State(app): State<App>,
    call: Call,
    Json(body): Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    user::change_password(&app, &call, &body.token, &body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
