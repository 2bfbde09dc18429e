//! Who sent a request: the session that its token opens, and the cookies that carry tokens.

use super::problem::{Kind, Problem};
use crate::app::App;
use crate::auth::sessions::{Audience, Standing, standing};
use crate::auth::tokens;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use chrono::{DateTime, Utc};
use domain::staff::Roles;
use domain::user::Scope;
use domain::values::Language;
use domain::{Id, StaffId, SubjectId, TokenId, UserId};
use std::collections::BTreeSet;
use store::vault::Session;
use store::{AsOf, Staff, User};
use uuid::Uuid;

const DEVICE_COOKIE: &str = "__Host-greffe_device";
const DEVICE_COOKIE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// When the last sighting is older than this, it is written down again.
const SIGHTING_SECONDS: i64 = 60;

/// Whoever sent the request, as far as their token tells.
#[derive(Clone, Debug)]
pub enum Caller {
    Visitor,
    User(PortalUser),
    Staff(StaffMember),
}

/// Somebody of the portal.
#[derive(Clone, Debug)]
pub struct PortalUser {
    pub id: UserId,
    pub access: Access,
    /// In which their account is kept.
    pub language: Option<Language>,
}

/// What shows that it is them.
#[derive(Clone, Debug)]
pub enum Access {
    Session(Session),
    /// A program that acts for them.
    Token(TokenId, BTreeSet<Scope>),
}

/// What routes take a personal access token for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// For nothing: they take a session.
    Refused,
    /// To read.
    Read,
    /// To read, and with this scope to change something.
    Write(Scope),
}

impl PortalUser {
    /// The session; a token is not enough.
    pub fn session(&self) -> Result<&Session, Problem> {
        match &self.access {
            Access::Session(session) => Ok(session),
            Access::Token(..) => Err(Problem::of(Kind::SessionNeeded)),
        }
    }

    fn check(&self, tokens: Tokens, method: &Method) -> Result<(), Problem> {
        let Access::Token(_, scopes) = &self.access else { return Ok(()) };
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let needed = match (tokens, reads) {
            (Tokens::Refused, _) | (Tokens::Read, false) => {
                return Err(Problem::of(Kind::SessionNeeded));
            }
            (Tokens::Read | Tokens::Write(_), true) => Scope::Read,
            (Tokens::Write(scope), false) => scope,
        };
        if scopes.contains(&needed) { Ok(()) } else { Err(Problem::of(Kind::ScopeMissing)) }
    }
}

/// A member of staff with a console session, which only a second factor opens.
#[derive(Clone, Debug)]
pub struct StaffMember {
    pub id: StaffId,
    pub roles: Roles,
    pub session: Session,
    /// In which their account is kept.
    pub language: Option<Language>,
}

impl Caller {
    pub fn subject(&self) -> SubjectId {
        match self {
            Self::Visitor => SubjectId::from_uuid(Uuid::nil()),
            Self::User(user) => user.id.into(),
            Self::Staff(staff) => staff.id.into(),
        }
    }

    /// In which their account is kept, if it says so.
    pub fn language(&self) -> Option<Language> {
        match self {
            Self::Visitor => None,
            Self::User(user) => user.language,
            Self::Staff(staff) => staff.language,
        }
    }
}

impl FromRequestParts<App> for PortalUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        match parts.extensions.get::<Caller>() {
            Some(Caller::User(user)) => {
                let tokens = parts.extensions.get().copied().unwrap_or(Tokens::Refused);
                user.check(tokens, &parts.method)?;
                Ok(user.clone())
            }
            Some(Caller::Visitor | Caller::Staff(_)) | None => Err(Problem::not_signed_in()),
        }
    }
}

impl FromRequestParts<App> for StaffMember {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        match parts.extensions.get::<Caller>() {
            Some(Caller::Staff(staff)) => Ok(staff.clone()),
            Some(Caller::Visitor | Caller::User(_)) | None => Err(Problem::not_signed_in()),
        }
    }
}

/// The name of the cookie that carries an audience's token.
pub fn cookie_name(audience: Audience) -> &'static str {
    match audience {
        Audience::Portal => "__Host-greffe_portal",
        Audience::Console => "__Host-greffe_console",
    }
}

/// The cookie that carries a token.
pub fn cookie(audience: Audience, token: &str) -> String {
    format!("{}={token}; Path=/; Secure; HttpOnly; SameSite=Lax", cookie_name(audience))
}

/// The cookie that takes it away again.
pub fn ended_cookie(audience: Audience) -> String {
    format!("{}; Max-Age=0", cookie(audience, ""))
}

/// The cookie by which a device is known from which somebody has signed in.
pub fn device_cookie(token: &str) -> String {
    format!(
        "{DEVICE_COOKIE}={token}; Path=/; Max-Age={DEVICE_COOKIE_SECONDS}; Secure; HttpOnly; \
         SameSite=Lax"
    )
}

/// The token by which a device is known.
pub fn device_token(headers: &HeaderMap) -> Option<String> {
    cookie_named(headers, DEVICE_COOKIE)
}

/// Finds out who sent the request, before any handler looks at it.
pub async fn authenticate(
    app: &App,
    audience: Audience,
    request: &mut Request,
) -> Result<(), Problem> {
    let caller = match presented(request.headers(), audience) {
        None => Caller::Visitor,
        Some((_, true)) if !is_same_origin(app, request) => {
            return Err(Problem::of(Kind::CrossSite));
        }
        Some((token, false)) if audience == Audience::Portal => match tokens::owner(&token) {
            Some(user) => program_of(app, user, &token).await?,
            None => caller_of(app, &token, audience).await?,
        },
        Some((token, _)) => caller_of(app, &token, audience).await?,
    };
    request.extensions_mut().insert(caller);
    Ok(())
}

/// The token that a request presents, and whether the browser sent it by itself.
fn presented(headers: &HeaderMap, audience: Audience) -> Option<(String, bool)> {
    if let Some(token) = authorization(headers, "Bearer") {
        return Some((token.to_owned(), false));
    }
    cookie_named(headers, cookie_name(audience)).map(|token| (token, true))
}

/// What stands behind a scheme, which is written in any case (RFC 9110, 11.1).
pub fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    let (given, rest) = value.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

fn cookie_named(headers: &HeaderMap, name: &str) -> Option<String> {
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

/// A program that acts for a user, as long as its token works.
async fn program_of(app: &App, id: UserId, value: &str) -> Result<Caller, Problem> {
    let (state, now) = (app.store.load::<User>(id, AsOf::Now).await?.state, app.clock.now());
    let hash = tokens::hash(value);
    let mut all = state.tokens.iter();
    let Some((token, known)) = all.find(|(_, known)| known.hash == hash && known.works(now)) else {
        return Ok(Caller::Visitor);
    };
    if state.is_lapsed {
        return Ok(Caller::Visitor);
    }
    app.store.vault.saw_use(*token, now);
    let (access, language) = (Access::Token(*token, known.scopes.clone()), state.language);
    Ok(Caller::User(PortalUser { id, access, language }))
}

/// Whether somebody who was let in a while ago still would be.
pub async fn check_still(app: &App, user: &PortalUser) -> Result<(), Problem> {
    let (state, now) = (app.store.load::<User>(user.id, AsOf::Now).await?.state, app.clock.now());
    let is_still = match &user.access {
        Access::Token(token, _) => state.tokens.get(token).is_some_and(|known| known.works(now)),
        // It may have been used meanwhile, or ended.
        Access::Session(session) => {
            app.store.vault.session_by_id(session.id)?.is_some_and(|session| {
                state.session_generation == session.generation
                    && matches!(standing(&session, Audience::Portal, now), Standing::Counts)
            })
        }
    };
    if is_still && !state.is_lapsed { Ok(()) } else { Err(Problem::not_signed_in()) }
}

/// A token that is unknown, ended or out of date is nobody's.
async fn caller_of(app: &App, token: &str, audience: Audience) -> Result<Caller, Problem> {
    let Some(session) = app.store.vault.session(token)? else { return Ok(Caller::Visitor) };
    let now = app.clock.now();
    match standing(&session, audience, now) {
        Standing::Counts => {}
        Standing::Over => return Ok(Caller::Visitor),
        Standing::OfFuture => {
            app.store.vault.end_session(session.subject, session.id).await?;
            return Ok(Caller::Visitor);
        }
    }
    let subject = session.subject.uuid();
    match audience {
        Audience::Console => {
            let id = StaffId::from_uuid(subject);
            let state = app.store.load::<Staff>(id, AsOf::Now).await?.state;
            if state.is_disabled || state.session_generation != session.generation {
                return Ok(Caller::Visitor);
            }
            let (session, language) = (seen(app, session, now), state.language);
            Ok(Caller::Staff(StaffMember { id, roles: state.roles, session, language }))
        }
        Audience::Portal => {
            let id = UserId::from_uuid(subject);
            let state = app.store.load::<User>(id, AsOf::Now).await?.state;
            if state.is_lapsed || state.session_generation != session.generation {
                return Ok(Caller::Visitor);
            }
            let (session, language) = (seen(app, session, now), state.language);
            Ok(Caller::User(PortalUser { id, access: Access::Session(session), language }))
        }
    }
}

fn seen(app: &App, mut session: Session, now: DateTime<Utc>) -> Session {
    if (now - session.last_seen_at).num_seconds() >= SIGHTING_SECONDS {
        session.last_seen_at = now;
        app.store.vault.saw_session(&session, now);
    }
    session
}
