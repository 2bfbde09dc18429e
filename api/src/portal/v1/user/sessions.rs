//! Sessions: signing in, where else somebody is signed in, signing out.

use crate::app::App;
use crate::auth::sessions::Audience;
use crate::http::sessions::{cookie, device_cookie, ended_cookie};
use crate::http::{At, Door, Json, List, PortalUser, Problem, Segment};
use crate::use_cases::{Call, user};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use domain::SessionId;
use projections::views::ids;
use projections::views::portal::user::SessionView;
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
    /// Your login.
    #[schema(example = "marie@example.com")]
    email: String,
    /// Yours.
    #[schema(example = "cheval pile agrafe correct")]
    password: String,
}

#[derive(Serialize, ToSchema)]
struct NewSession {
    /// Always `session`.
    object: &'static str,
    user: ids::UserId,
    /// Send it as `Authorization: Bearer …`. A browser also gets it as a cookie.
    #[schema(example = "Jr0Q7mVwSx2cZk5tNf8bHd1yLp4gUa6o")]
    token: String,
}

/// Sign in
///
/// After five wrong passwords the account is closed for fifteen minutes to whoever sent them from
/// there; after twenty from anywhere to everybody but devices from which somebody has signed in.
#[utoipa::path(post, operation_id = "sign_in", path = "/sessions", tag = "user", request_body = Credentials,
    responses((status = 201, body = NewSession)), security(()))]
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
        NewSession { object: "session", user: signed_in.user.into(), token: signed_in.token };
    Ok((StatusCode::CREATED, cookies, axum::Json(session)).into_response())
}

/// List your sessions
#[utoipa::path(get, operation_id = "list_sessions", path = "/sessions", tag = "user",
    responses((status = 200, body = List<SessionView>)))]
async fn list_sessions(
    State(app): State<App>,
    user: PortalUser,
) -> Result<List<SessionView>, Problem> {
    let sessions = app.store.vault.sessions_of(user.id.into())?;
    let current = user.session()?.id;
    let view = |session| SessionView::of(session, current);
    let views = sessions.into_iter().map(view).collect();
    Ok(List::whole(views))
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
#[utoipa::path(delete, operation_id = "end_session", path = "/sessions/{session}", tag = "user",
    responses((status = 204)))]
async fn end_session(
    State(app): State<App>,
    user: PortalUser,
    At(which): At<Which>,
) -> Result<Response, Problem> {
    let session = match which {
        Which::Current => user.session()?.id,
        Which::One(session) => session,
    };
    if !app.store.vault.end_session(user.id.into(), session).await? {
        return Err(Problem::not_found());
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if session == user.session()?.id
        && let Ok(cookie) = header::HeaderValue::try_from(ended_cookie(Audience::Portal))
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
