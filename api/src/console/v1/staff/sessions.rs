//! Sessions: signing in with a second factor, signing out.

use crate::app::App;
use crate::auth::sessions::Audience;
use crate::http::sessions::{cookie, device_cookie, ended_cookie};
use crate::http::{Door, Json, Problem, StaffMember};
use crate::use_cases::{Call, staff as use_case};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use projections::views::console::lists::StaffRole;
use projections::views::ids::StaffId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router(door: &Door) -> OpenApiRouter<App> {
    let signing_in = OpenApiRouter::new().routes(routes!(sign_in));
    let signed_in = OpenApiRouter::new().routes(routes!(sign_out));
    door.guessable().proving().before(signing_in).merge(door.before(signed_in))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    /// Your login.
    #[schema(example = "clara@example.com")]
    email: String,
    /// Yours.
    #[schema(example = "cheval pile agrafe correct")]
    password: String,
    /// The six digits that the authenticator shows; each works once.
    #[schema(example = "123456")]
    totp_code: String,
}

#[derive(Serialize, ToSchema)]
struct NewSession {
    /// Always `session`.
    object: &'static str,
    staff: StaffId,
    /// What you may do.
    roles: Vec<StaffRole>,
    /// Send it as `Authorization: Bearer …`. A browser also gets it as a cookie.
    #[schema(example = "Jr0Q7mVwSx2cZk5tNf8bHd1yLp4gUa6o")]
    token: String,
}

/// Sign in with password and second factor
#[utoipa::path(post, operation_id = "sign_in", path = "/sessions", tag = "staff", request_body = Credentials,
    responses((status = 201, body = NewSession)), security(()))]
async fn sign_in(
    State(app): State<App>,
    call: Call,
    Json(body): Json<Credentials>,
) -> Result<Response, Problem> {
    let given = use_case::Credentials {
        email: &body.email,
        password: &body.password,
        totp_code: &body.totp_code,
    };
    let signed_in = use_case::sign_in(&app, &call, given).await?;
    let cookies = AppendHeaders([
        (header::SET_COOKIE, cookie(Audience::Console, &signed_in.token)),
        (header::SET_COOKIE, device_cookie(&signed_in.device)),
    ]);
    let session = NewSession {
        object: "session",
        staff: signed_in.staff.into(),
        roles: signed_in.roles.iter().map(Into::into).collect(),
        token: signed_in.token,
    };
    Ok((StatusCode::CREATED, cookies, axum::Json(session)).into_response())
}

/// Sign out
#[utoipa::path(delete, operation_id = "sign_out", path = "/sessions/current", tag = "staff", responses((status = 204)))]
async fn sign_out(State(app): State<App>, staff: StaffMember) -> Result<Response, Problem> {
    app.store.vault.end_session(staff.id.into(), staff.session.id).await?;
    let cookie = ended_cookie(Audience::Console);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
