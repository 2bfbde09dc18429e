//! Invitations: looked into and accepted, by whoever has the link.

use crate::app::App;
use crate::http::{Json, Problem};
use crate::use_cases::{Call, staff as use_case};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(open_invitation)).routes(routes!(accept_invitation))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Token {
    /// What stands after `token=` in the link.
    #[schema(example = "AZNKXHsufQ-hssPU5fYHGAGTSlx7Ln0PobLD1OX2BxgJd0Z4bXVkcQ")]
    token: String,
}

#[derive(Serialize, ToSchema)]
struct Invitation {
    /// Always `invitation`.
    object: &'static str,
    /// With which they will sign in.
    #[schema(example = "clara@example.com")]
    email: Option<String>,
    /// For the authenticator, as a link.
    #[schema(example = "otpauth://totp/Greffe:clara@example.com?secret=JBSWY3DPEHPK3PXP")]
    totp_url: String,
    /// For the authenticator, as text.
    #[schema(example = "JBSWY3DPEHPK3PXP")]
    totp_secret: String,
}

/// Look into an invitation: what to enrol as the second factor
#[utoipa::path(post, operation_id = "open_invitation", path = "/invitations/open", tag = "staff", request_body = Token,
    responses((status = 200, body = Invitation)), security(()))]
async fn open_invitation(
    State(app): State<App>,
    Json(body): Json<Token>,
) -> Result<axum::Json<Invitation>, Problem> {
    let found = use_case::look_into(&app, &body.token).await?;
    Ok(axum::Json(Invitation {
        object: "invitation",
        email: found.email,
        totp_url: found.totp_url,
        totp_secret: found.totp_secret,
    }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    /// What stands after `token=` in the link.
    #[schema(example = "AZNKXHsufQ-hssPU5fYHGAGTSlx7Ln0PobLD1OX2BxgJd0Z4bXVkcQ")]
    token: String,
    /// At least 12 characters.
    #[schema(example = "cheval pile agrafe correct")]
    password: String,
    /// The six digits that the authenticator shows.
    #[schema(example = "123456")]
    totp_code: String,
}

/// Accept an invitation with a password and a second factor
#[utoipa::path(post, operation_id = "accept_invitation", path = "/invitations/accept", tag = "staff", request_body = Acceptance,
    responses((status = 204)), security(()))]
async fn accept_invitation(
    State(app): State<App>,
    call: Call,
    Json(body): Json<Acceptance>,
) -> Result<StatusCode, Problem> {
    use_case::accept(&app, &call, &body.token, &body.password, &body.totp_code).await?;
    Ok(StatusCode::NO_CONTENT)
}
