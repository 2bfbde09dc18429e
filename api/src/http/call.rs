//! The call that a request makes: read from its headers, and from what the door has found out.

use super::etag::{self, Seen};
use super::problem::{Kind, Problem};
use super::sessions::{self, Access, PortalUser, StaffMember};
use super::trace::Trace;
use crate::app::App;
use crate::client::ClientAddress;
use crate::use_cases::{Call, Evidence};
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::values::Language;
use domain::{Actor, Channel, CommandId, Id, Occasion};
use std::net::{IpAddr, Ipv4Addr};
use store::chance;

/// What a browser says of itself is kept up to here.
const USER_AGENT_LENGTH_MAX: usize = 200;

/// Put into the request at the door, by its Idempotency-Key.
#[derive(Clone, Copy, Debug)]
pub struct CommandOf(pub CommandId);

impl FromRequestParts<App> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let (at, seen) = (app.clock.now(), seen(parts).await?);
        let command_id = parts
            .extensions
            .get::<CommandOf>()
            .map_or_else(|| chance::id(app.store.chance.as_ref(), at), |known| known.0);
        let trace = parts.extensions.get::<Trace>();
        let client = parts.extensions.get::<ClientAddress>();
        Ok(Self {
            command_id,
            correlation_id: trace.map_or(command_id.uuid(), |trace| trace.correlation_id),
            at,
            language: parts.extensions.get().copied().unwrap_or(Language::French),
            seen: match seen {
                Some(Seen::OneOf(revisions)) => Some(revisions.as_slice().into()),
                Some(Seen::Any) | None => None,
            },
            evidence: Evidence {
                ip_address: client.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |client| client.ip),
                user_agent: user_agent(&parts.headers),
                device: sessions::device_token(&parts.headers),
            },
        })
    }
}

/// What a caller says to have seen: of a merchant. Nothing else has a tag, and whoever could make one up
/// would learn by it whether somebody is there.
async fn seen(parts: &mut Parts) -> Result<Option<Seen>, Problem> {
    let Some(value) = parts.headers.get(header::IF_MATCH).cloned() else { return Ok(None) };
    let parameters = RawPathParams::from_request_parts(parts, &()).await;
    let is_of_merchant = parameters.is_ok_and(|all| all.iter().any(|(name, _)| name == "merchant"));
    if is_of_merchant { etag::parse(&value).map(Some) } else { Ok(None) }
}

/// What a browser says that it is.
fn user_agent(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    text.unwrap_or_default().chars().take(USER_AGENT_LENGTH_MAX).collect()
}

impl Call {
    /// Refuses a request without an ETag in `If-Match`: what is decided is what was seen.
    pub fn requires_what_was_seen(&self) -> Result<(), Problem> {
        if self.seen.is_some() {
            return Ok(());
        }
        Err(Problem::of(Kind::IfMatchRequired))
    }

    pub fn by(&self, user: &PortalUser) -> Occasion {
        let (channel, proof) = match &user.access {
            Access::Session(session) => (Channel::Portal, session.proof),
            // A program proves nothing about a person.
            Access::Token(..) => (Channel::Api, None),
        };
        Occasion { proof, ..Occasion::new(Actor::User(user.id), channel, self.at) }
    }

    pub fn by_staff(&self, staff: &StaffMember) -> Occasion {
        Occasion::by_staff(staff.id, staff.roles, self.at)
    }
}
