//! What every handler wants to know about a request: its command id, its time, its conditions.

use crate::app::App;
use crate::client::ClientAddress;
use crate::error::{Problem, preferred_language};
use crate::etags::{self, Seen};
use crate::trace::Trace;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::values::Language;
use domain::{Actor, Channel, CommandId, Id, Occasion};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use store::{AsOf, Request as StoreRequest, Revision};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::auth::sessions::{PortalUser, StaffMember};

/// The circumstances of one request.
#[derive(Clone, Debug)]
pub struct Call {
    pub command_id: CommandId,
    /// What everything that follows from the request carries.
    pub correlation_id: Uuid,
    pub at: DateTime<Utc>,
    pub language: Language,
    /// What the caller has seen.
    pub seen: Option<Seen>,
    pub ip_address: String,
    pub user_agent: String,
}

/// Put into the request by the idempotency layer.
#[derive(Clone, Copy, Debug)]
pub struct CommandOf(pub CommandId);

impl FromRequestParts<App> for Call {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let at = app.clock.now();
        let command_id = parts
            .extensions
            .get::<CommandOf>()
            .map_or_else(|| store::chance::id(app.store.chance.as_ref(), at), |known| known.0);
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let trace = parts.extensions.get::<Trace>();
        Ok(Self {
            command_id,
            correlation_id: trace.map_or(command_id.uuid(), |trace| trace.correlation_id),
            at,
            language: preferred_language(&parts.headers),
            seen: parts.headers.get(header::IF_MATCH).map(etags::parse).transpose()?,
            ip_address: parts
                .extensions
                .get::<ClientAddress>()
                .map_or_else(String::new, |client| client.ip.to_string()),
            user_agent: text(header::USER_AGENT).unwrap_or_default().chars().take(200).collect(),
        })
    }
}

impl Call {
    /// An id that a repeated request makes again.
    pub fn derive<I: Id>(&self, what: &str) -> I {
        I::from_uuid(Uuid::new_v5(&self.command_id.uuid(), what.as_bytes()))
    }

    pub fn request(&self) -> StoreRequest {
        let seen = match &self.seen {
            Some(Seen::OneOf(revisions)) => Some(revisions.as_slice().into()),
            Some(Seen::Any) | None => None,
        };
        StoreRequest {
            seen,
            correlation_id: self.correlation_id,
            ..StoreRequest::new(self.command_id)
        }
    }

    /// The same, refused without an ETag in `If-Match`: what is decided is what was seen.
    pub fn conditional_request(&self) -> Result<StoreRequest, Problem> {
        if !matches!(self.seen, Some(Seen::OneOf(_))) {
            return Err(Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "if_match_required",
                "Send the ETag of what you have read as If-Match.",
                "Envoyez en If-Match l'ETag de ce que vous avez lu.",
            ));
        }
        Ok(self.request())
    }

    pub fn by_visitor(&self) -> Occasion {
        Occasion::new(Actor::Visitor, Channel::Portal, self.at)
    }

    pub fn by(&self, user: &PortalUser) -> Occasion {
        Occasion {
            strongly_authenticated_at: user.session.strong_at,
            ..Occasion::new(Actor::User(user.id), Channel::Portal, self.at)
        }
    }

    pub fn by_staff(&self, staff: &StaffMember) -> Occasion {
        Occasion {
            strongly_authenticated_at: staff.session.strong_at,
            ..Occasion::by_staff(staff.id, staff.roles, self.at)
        }
    }
}

/// A moment to look at instead of now.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MomentQuery {
    /// RFC 3339; the state as it was then.
    pub as_of: Option<DateTime<Utc>>,
    /// The state as of that revision.
    #[param(minimum = 0)]
    pub at_revision: Option<u64>,
}

impl MomentQuery {
    pub fn moment(&self) -> Result<AsOf, Problem> {
        match (self.as_of, self.at_revision) {
            (None, None) => Ok(AsOf::Now),
            (Some(time), None) => Ok(AsOf::Time(time)),
            (None, Some(revision)) => Ok(AsOf::Revision(Revision(revision))),
            (Some(_), Some(_)) => Err(Problem::malformed(
                "Give as_of or at_revision, not both.",
                "Donnez as_of ou at_revision, pas les deux.",
            )),
        }
    }

    /// The time by which requirements and deadlines are judged.
    pub fn time(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.as_of.unwrap_or(now)
    }
}

/// Query parameters; what cannot be read is a problem like any other.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri)
            .map(|query| Self(query.0))
            .map_err(|error| unreadable_query(&error, parts.uri.query().unwrap_or_default()))
    }
}

/// A plus in a query is a space (the URL standard, 5.1), which a time with an offset cannot have.
fn unreadable_query(error: &impl std::fmt::Display, query: &str) -> Problem {
    let (english, french) = if query.contains('+') {
        (
            " In a query a plus is written %2B, as in 2026-11-25T10:00:00%2B01:00.",
            " Dans une adresse, un plus s'écrit %2B : 2026-11-25T10:00:00%2B01:00.",
        )
    } else {
        ("", "")
    };
    Problem::malformed(
        format!("The query cannot be read: {error}.{english}"),
        format!("Les paramètres ne peuvent être lus : {error}.{french}"),
    )
}

/// A JSON body; unknown fields and wrong types are named by their place.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| {
                kind.split(';')
                    .next()
                    .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
            });
        if !is_json {
            return Err(from_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let bytes = axum::body::Bytes::from_request(request, app)
            .await
            .map_err(|rejection| from_status(rejection.into_response().status()))?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(json_problem)?;
        reader.end().map_err(|error| malformed_json(&error))?;
        Ok(Self(value))
    }
}

fn from_status(status: StatusCode) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            status,
            "too_large",
            "The request is too large.",
            "La requête est trop volumineuse.",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(
            status,
            "unsupported_media_type",
            "Send application/json.",
            "Envoyez du application/json.",
        ),
        _ => Problem::malformed("The body cannot be read.", "Le corps ne peut être lu."),
    }
}

fn malformed_json(error: &serde_json::Error) -> Problem {
    Problem::malformed(
        format!("The body is not valid JSON (line {}, column {}).", error.line(), error.column()),
        format!(
            "Le corps n'est pas du JSON valide (ligne {}, colonne {}).",
            error.line(),
            error.column()
        ),
    )
}

/// Syntax is 400; a field that is unknown, missing or of another type is 422 with its pointer.
fn json_problem(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if !inner.is_data() {
        return malformed_json(inner);
    }
    let mut pointer = String::new();
    for segment in error.path().iter() {
        use serde_path_to_error::Segment;
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Segment::Enum { variant } => pointer.push_str(&format!("/{variant}")),
            Segment::Unknown => {}
        }
    }
    // The message names fields and types, never values.
    let text = inner.to_string();
    let what = text.split(" at line").next().unwrap_or("wrong type");
    let what = if what.starts_with("invalid value") || what.starts_with("invalid type") {
        what.rsplit_once("expected")
            .map_or("wrong type".to_owned(), |(_, expected)| format!("expected{expected}"))
    } else {
        what.to_owned()
    };
    Problem {
        errors: vec![crate::error::FieldProblem {
            pointer,
            code: "invalid_field",
            english: what.clone(),
            french: what,
        }],
        ..crate::error::Fields::default().problem()
    }
}

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct List<T> {
    /// Always `list`.
    pub object: &'static str,
    pub data: Vec<T>,
    pub has_more: bool,
    /// Send it as `starting_after` for the next page.
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    pub fn whole(data: Vec<T>) -> Self {
        Self { object: "list", data, has_more: false, next_cursor: None }
    }

    pub fn page(data: Vec<T>, has_more: bool, cursor: impl Fn(&T) -> String) -> Self {
        let next_cursor = data.last().filter(|_| has_more).map(cursor);
        Self { object: "list", data, has_more, next_cursor }
    }
}

/// How much of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// 1 to 100, 20 unless told.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub starting_after: Option<String>,
}

impl PageQuery {
    pub fn limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(20) {
            limit @ 1..=100 => Ok(limit as usize),
            _ => Err(Problem::malformed("limit is 1 to 100.", "limit va de 1 à 100.")),
        }
    }

    /// Cursors are opaque to callers; here they are numbers.
    pub fn after(&self) -> Result<Option<u64>, Problem> {
        let wrong = |_| {
            Problem::malformed(
                "starting_after takes the next_cursor of an earlier page.",
                "starting_after attend le next_cursor d'une page précédente.",
            )
        };
        self.starting_after.as_deref().map(str::parse).transpose().map_err(wrong)
    }
}

/// An answer with the revision it shows.
pub struct Versioned<T> {
    pub status: StatusCode,
    pub revision: Option<Revision>,
    pub body: T,
}

impl<T> Versioned<T> {
    pub fn ok(revision: Option<Revision>, body: T) -> Self {
        Self { status: StatusCode::OK, revision, body }
    }

    pub fn created(revision: Option<Revision>, body: T) -> Self {
        Self { status: StatusCode::CREATED, revision, body }
    }
}

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(self.body)).into_response();
        if let Some(etag) = self.revision.and_then(|revision| etags::of(revision.0)) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}

/// An id in a path or a body. Something that is no id is simply not there.
pub fn id<I: Id>(text: &str) -> Result<I, Problem> {
    I::parse(text).ok_or_else(Problem::not_found)
}
