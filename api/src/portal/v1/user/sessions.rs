//! Sessions: signing in, where else somebody is signed in, signing out.

use crate::app::App;
use crate::auth::sessions::Audience;
use crate::http::sessions::{cookie, device_cookie, ended_cookie};
use crate::http::{At, Door, Json, List, PortalUser, Problem, Segment};
use crate::use_cases::{Call, user};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::SessionId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router(door: &Door) -> OpenApiRouter<App> {
    let signing_in = OpenApiRouter::new().routes(routes!(sign_in));
    let signed_in =
        OpenApiRouter::new().routes(routes!(list_sessions)).routes(routes!(end_session));
    door.guessable().proving().before(signing_in).merge(door.before(signed_in))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    #[schema(example = "marie@example.com")]
    email: String,
    #[schema(example = "cheval pile agrafe correct")]
    password: String,
}

#[derive(Serialize, ToSchema)]
struct NewSession {
    /// Always `session`.
    object: &'static str,
    user: String,
    /// Send it as `Authorization: Bearer …`. A browser also gets it as a cookie.
    token: String,
}

/// Sign in
///
/// After five wrong passwords the account is closed for fifteen minutes to whoever sent them from
/// there; after twenty from anywhere to everybody but devices from which somebody has signed in.
#[utoipa::path(post, path = "/sessions", tag = "user", request_body = Credentials,
    responses((status = 201, body = NewSession)))]
async fn sign_in(
    State(app): State<App>,
    call: Call,
    Json(body): Json<Credentials>,
) -> Result<Response, Problem> {
    let signed_in = user::sign_in(&app, &call, &body.email, &body.password).await?;
    let cookies = AppendHeaders([
        (header::SET_COOKIE, cookie(Audience::Portal, &signed_in.token)),
        (header::SET_COOKIE, device_cookie(&signed_in.device)),
    ]);
    let session =
        NewSession { object: "session", user: signed_in.user.to_string(), token: signed_in.token };
    Ok((StatusCode::CREATED, cookies, axum::Json(session)).into_response())
}

#[derive(Serialize, ToSchema)]
struct SessionView {
    /// Always `session`.
    object: &'static str,
    id: String,
    is_current: bool,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    /// The browser, as it named itself.
    device: String,
}

/// List your sessions
#[utoipa::path(get, path = "/sessions", tag = "user",
    responses((status = 200, body = List<SessionView>)))]
async fn list_sessions(
    State(app): State<App>,
    user: PortalUser,
) -> Result<axum::Json<List<SessionView>>, Problem> {
    let sessions = app.store.vault.sessions_of(user.id.into())?;
    let views = sessions
        .into_iter()
        .map(|session| SessionView {
            object: "session",
            is_current: session.id == user.session.id,
            id: session.id.to_string(),
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            device: session.device,
        })
        .collect();
    Ok(axum::Json(List::whole(views)))
}

/// The session at an address.
enum Which {
    Current,
    One(SessionId),
}

impl Segment for Which {
    fn read(text: &str) -> Option<Self> {
        if text == "current" { Some(Self::Current) } else { SessionId::read(text).map(Self::One) }
    }
}

/// End a session: sign out here or elsewhere
#[utoipa::path(delete, path = "/sessions/{session}", tag = "user",
    responses((status = 204)))]
async fn end_session(
    State(app): State<App>,
    user: PortalUser,
    At(which): At<Which>,
) -> Result<Response, Problem> {
    let session = match which {
        Which::Current => user.session.id,
        Which::One(session) => session,
    };
    if !app.store.vault.end_session(user.id.into(), session).await? {
        return Err(Problem::not_found());
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if session == user.session.id
        && let Ok(cookie) = header::HeaderValue::try_from(ended_cookie(Audience::Portal))
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
