//! Sessions: opaque tokens stored as hashes, with an idle and an absolute end.

use crate::app::App;
use crate::error::Problem;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use domain::staff::Roles;
use domain::{Id, SessionId, StaffId, SubjectId, UserId};
use store::vault::{Session, new_token};
use store::{AsOf, Staff, User, chance};

pub const PORTAL: &str = "portal";
pub const CONSOLE: &str = "console";
pub const PORTAL_COOKIE: &str = "__Host-greffe_portal";
pub const CONSOLE_COOKIE: &str = "__Host-greffe_console";

/// A clock that is set right by less than this was never wrong.
pub const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);

/// How long a session may lie idle, and how long it may last.
fn limits(audience: &str) -> (TimeDelta, TimeDelta) {
    if audience == CONSOLE {
        (TimeDelta::minutes(30), TimeDelta::hours(8))
    } else {
        (TimeDelta::hours(1), TimeDelta::hours(12))
    }
}

/// When the last sighting is older than this, it is written down again.
const SIGHTING_SECONDS: i64 = 60;

/// Whoever sent the request, as far as their token tells.
#[derive(Clone, Debug)]
pub enum Caller {
    Visitor,
    User { id: UserId, session: Session },
    Staff { id: StaffId, roles: Roles, session: Session },
}

impl Caller {
    pub fn subject(&self) -> SubjectId {
        match self {
            Self::Visitor => SubjectId::from_uuid(uuid::Uuid::nil()),
            Self::User { id, .. } => (*id).into(),
            Self::Staff { id, .. } => (*id).into(),
        }
    }
}

/// Somebody with a portal session.
#[derive(Clone, Debug)]
pub struct PortalUser {
    pub id: UserId,
    pub session: Session,
}

/// A member of staff with a console session, which only a second factor opens.
#[derive(Clone, Debug)]
pub struct StaffMember {
    pub id: StaffId,
    pub roles: Roles,
    pub session: Session,
}

impl FromRequestParts<App> for PortalUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        match parts.extensions.get::<Caller>() {
            Some(Caller::User { id, session }) => Ok(Self { id: *id, session: session.clone() }),
            Some(Caller::Visitor | Caller::Staff { .. }) | None => Err(Problem::not_signed_in()),
        }
    }
}

impl FromRequestParts<App> for StaffMember {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        match parts.extensions.get::<Caller>() {
            Some(Caller::Staff { id, roles, session }) => {
                Ok(Self { id: *id, roles: *roles, session: session.clone() })
            }
            Some(Caller::Visitor | Caller::User { .. }) | None => Err(Problem::not_signed_in()),
        }
    }
}

/// Opens a session and answers its token, which is shown nowhere else.
pub async fn open(
    app: &App,
    subject: SubjectId,
    audience: &str,
    generation: u32,
    headers: &HeaderMap,
    has_second_factor: bool,
) -> Result<String, Problem> {
    let now = app.clock.now();
    let token = new_token(app.store.chance.as_ref());
    let device = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let session = Session {
        id: chance::id::<SessionId>(app.store.chance.as_ref(), now),
        subject,
        audience: audience.to_owned(),
        generation,
        created_at: now,
        last_seen_at: now,
        strong_at: has_second_factor.then_some(now),
        device: device.unwrap_or_default().chars().take(200).collect(),
    };
    app.store.vault.put_session(&token, &session).await?;
    Ok(token)
}

/// The cookie that carries a token.
pub fn cookie(audience: &str, token: &str) -> String {
    let name = if audience == CONSOLE { CONSOLE_COOKIE } else { PORTAL_COOKIE };
    format!("{name}={token}; Path=/; Secure; HttpOnly; SameSite=Lax")
}

/// The cookie that takes it away again.
pub fn ended_cookie(audience: &str) -> String {
    format!("{}; Max-Age=0", cookie(audience, ""))
}

/// Finds out who sent the request, before anything else looks at it.
pub async fn authenticate(app: &App, request: &mut Request) -> Result<(), Problem> {
    let audience = if request.uri().path().starts_with("/console") { CONSOLE } else { PORTAL };
    let caller = match presented(request.headers(), audience) {
        None => Caller::Visitor,
        Some((_, true)) if !is_same_origin(app, request) => {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "cross_site",
                "This request came from another site.",
                "Cette requête vient d'un autre site.",
            ));
        }
        Some((token, _)) => caller_of(app, &token, audience).await?,
    };
    request.extensions_mut().insert(caller);
    Ok(())
}

/// The token that a request presents, and whether the browser sent it by itself.
fn presented(headers: &HeaderMap, audience: &str) -> Option<(String, bool)> {
    if let Some(token) = authorization(headers, "Bearer") {
        return Some((token.to_owned(), false));
    }
    let name = if audience == CONSOLE { CONSOLE_COOKIE } else { PORTAL_COOKIE };
    cookie_named(headers, name).map(|token| (token, true))
}

/// What stands behind a scheme, which is written in any case (RFC 9110, 11.1).
pub fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    let (given, rest) = value.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

pub(super) fn cookie_named(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// What changes something must come from our own pages (Fetch Metadata, then Origin).
fn is_same_origin(app: &App, request: &Request) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin == app.public_url,
        // Neither: not a browser of this decade, and no cookie of ours without one.
        (None, None) => false,
    }
}

/// A token that is unknown, ended or out of date is nobody's.
async fn caller_of(app: &App, token: &str, audience: &str) -> Result<Caller, Problem> {
    let Some(mut session) = app.store.vault.session(token)? else { return Ok(Caller::Visitor) };
    let now = app.clock.now();
    let (idle, absolute) = limits(audience);
    // Begun or seen in the future, it would outlive its limits: a clock was wrong then.
    let is_of_future = session.last_seen_at.max(session.created_at) - now > CLOCKS_DIFFER;
    if is_of_future {
        app.store.vault.end_session(session.subject, session.id).await?;
    }
    let is_over = now - session.last_seen_at > idle || now - session.created_at > absolute;
    if session.audience != audience || is_over || is_of_future {
        return Ok(Caller::Visitor);
    }
    let subject = session.subject.uuid();
    let caller = if audience == CONSOLE {
        let id = StaffId::from_uuid(subject);
        let state = app.store.load::<Staff>(id, AsOf::Now).await?.state;
        if state.is_disabled || state.session_generation != session.generation {
            return Ok(Caller::Visitor);
        }
        session = seen(app, session, now);
        Caller::Staff { id, roles: state.roles, session }
    } else {
        let id = UserId::from_uuid(subject);
        let state = app.store.load::<User>(id, AsOf::Now).await?.state;
        if state.is_lapsed || state.session_generation != session.generation {
            return Ok(Caller::Visitor);
        }
        session = seen(app, session, now);
        Caller::User { id, session }
    };
    Ok(caller)
}

fn seen(app: &App, mut session: Session, now: DateTime<Utc>) -> Session {
    if (now - session.last_seen_at).num_seconds() >= SIGHTING_SECONDS {
        session.last_seen_at = now;
        app.store.vault.saw_session(&session, now);
    }
    session
}
