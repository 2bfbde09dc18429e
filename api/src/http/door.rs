//! What every request passes on its way in and on its way out, in this order: its id, the log, the
//! figures, headers that are always there, the words for what went wrong, the limit on how often
//! one may ask, who asks, which revision they mean, and once only.
//!
//! A surface declares where its routes are what they have to pass. One layer for all: each layer of
//! the framework would cost another allocation and another copy of everything inside it.

use super::problem::{Form, Problem, Words};
use super::sessions::{Caller, Tokens};
use super::{compression, idempotency, language, limits, revisions, sessions, trace};
use crate::app::App;
use crate::auth::sessions::Audience;
use crate::client::{Client, ClientAddress};
use crate::limits::{Allowance, Limit};
use crate::metrics::Asked;
use axum::extract::{ConnectInfo, OriginalUri, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{RequestExt, Router};
use domain::Coded;
use domain::values::Language;
use futures::FutureExt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::time::Instant;
use tracing::Instrument;
use utoipa_axum::router::OpenApiRouter;

/// What a surface says of its routes.
#[derive(Clone, Copy, Debug)]
pub struct Declared {
    /// Whose sessions count; `None`: nobody signs in here.
    pub audience: Option<Audience>,
    pub limit: Limit,
    /// How failures are told.
    pub errors: Form,
    pub repeats: Repeats,
    pub revisions: Revisions,
    pub tokens: Tokens,
    /// The longest body, but for an upload.
    pub body_bytes_max: usize,
}

/// What the same POST is that comes again with its Idempotency-Key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// The same command.
    Same,
    /// A new one: proving who one is happens anew each time, or an earlier proof would stand in for
    /// a password.
    New,
}

/// Of what ETags and If-Match speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revisions {
    /// The stream.
    OfStream,
    /// What of a merchant's stream the merchant may read.
    Shown,
}

/// Stands before some routes.
#[derive(Clone)]
pub struct Door {
    app: App,
    declared: Declared,
}

impl Declared {
    /// What visitors reach, and nobody signs in for.
    pub const PUBLIC: Self = Self {
        audience: None,
        limit: Limit::Usual,
        errors: Form::Problem,
        repeats: Repeats::Same,
        revisions: Revisions::OfStream,
        tokens: Tokens::Refused,
        body_bytes_max: 256 * 1024,
    };

    /// What those reach who have signed in.
    pub const fn of(audience: Audience) -> Self {
        Self { audience: Some(audience), ..Self::PUBLIC }
    }
}

impl Door {
    pub fn new(app: &App, declared: Declared) -> Self {
        Self { app: app.clone(), declared }
    }

    /// For what is open to guessing: signing up and in, links, codes, passwords.
    pub fn guessable(&self) -> Self {
        let declared = Declared { limit: Limit::Guessable, ..self.declared };
        Self { declared, ..self.clone() }
    }

    /// For what programs may do in somebody's place.
    pub fn taking(&self, tokens: Tokens) -> Self {
        let declared = Declared { tokens, ..self.declared };
        Self { declared, ..self.clone() }
    }

    /// For what proves who one is.
    pub fn proving(&self) -> Self {
        let declared = Declared { repeats: Repeats::New, ..self.declared };
        Self { declared, ..self.clone() }
    }

    /// Stands before routes with documentation.
    pub fn before(&self, routes: OpenApiRouter<App>) -> OpenApiRouter<App> {
        routes.layer(from_fn_with_state(self.clone(), pass))
    }

    /// Stands before routes without.
    pub fn before_plain(&self, routes: Router<App>) -> Router<App> {
        routes.layer(from_fn_with_state(self.clone(), pass))
    }
}

async fn pass(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    // A nest of routes sees the end of the address only.
    if let Some(OriginalUri(whole)) = request.extensions().get().cloned() {
        *request.uri_mut() = whole;
    }
    let trace = trace::begin(&door.app, &mut request);
    let client = locate(&door.app, &mut request);
    let span = trace.span(&request);
    let id = trace.request_id.clone();
    let mut response = logged(&door, request, next, id, client).instrument(span).await;
    trace.tell(response.headers_mut());
    response
}

/// Finds out where a request comes from, for the limits and for the evidence.
fn locate(app: &App, request: &mut Request) -> ClientAddress {
    let sender = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let sender = sender.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
    let proxies = &app.config.trusted_proxies;
    let address = ClientAddress {
        ip: proxies.client_of(sender, request.headers()),
        is_direct: !proxies.contains(sender),
    };
    request.extensions_mut().insert(address);
    address
}

async fn logged(
    door: &Door,
    request: Request,
    next: Next,
    request_id: HeaderValue,
    client: ClientAddress,
) -> Response {
    let Door { app, declared } = door;
    let started = Instant::now();
    let asked = Asked::of(&request);
    let words = Words::of(&request, request_id);
    let is_compressed = compression::is_wanted(request.method(), request.headers());
    let mut language = language::preferred(request.headers());
    let allowance = app.limits.take(Client::at(client.ip), declared.limit);
    let answering = answer(door, request, next, allowance.as_ref(), &mut language);
    let answering = app.metrics.watch("requests", answering);
    let answered = AssertUnwindSafe(answering).catch_unwind().await;
    let response = answered
        .unwrap_or_else(|_| Err(Problem::internal("a handler panicked")))
        .unwrap_or_else(IntoResponse::into_response);
    let mut response = words.render(declared.errors, language, response);
    tell_language(language, response.headers_mut());
    if let Some(link) = response.extensions().get().and_then(|next| words.link_to(next)) {
        response.headers_mut().insert(header::LINK, link);
    }
    if is_compressed {
        response = compression::compress(response).await;
    }
    if let Some(allowance) = &allowance {
        limits::tell(allowance, client.is_direct, response.headers_mut());
    }
    secure(&mut response);
    let (status, took) = (response.status(), started.elapsed());
    if status.is_server_error() {
        tracing::error!(status = status.as_u16(), milliseconds = took.as_millis(), "it failed");
    } else {
        tracing::info!(status = status.as_u16(), milliseconds = took.as_millis(), "answered");
    }
    app.metrics.request(&asked, status, took);
    response
}

async fn answer(
    Door { app, declared }: &Door,
    mut request: Request,
    next: Next,
    allowance: Option<&Allowance>,
    language: &mut Language,
) -> Result<Response, Problem> {
    allowance.map_or(Ok(()), limits::check)?;
    if let Some(audience) = declared.audience {
        sessions::authenticate(app, audience, &mut request).await?;
        let of_account = request.extensions().get().and_then(Caller::language);
        *language = language::accepted(request.headers()).or(of_account).unwrap_or(*language);
    }
    request.extensions_mut().insert(*language);
    request.extensions_mut().insert(declared.tokens);
    let merchant = match declared.revisions {
        Revisions::OfStream => None,
        Revisions::Shown => {
            let parameters = request.extract_parts::<RawPathParams>().await.ok();
            revisions::translate_request(app, parameters, &mut request)
        }
    };
    let mut response = idempotency::once(app, declared, request, next).await?;
    if let Some(merchant) = merchant {
        revisions::translate_response(app, merchant, &mut response).await?;
    }
    Ok(response)
}

/// In which language the words are that people read, and on what it depends.
fn tell_language(language: Language, headers: &mut HeaderMap) {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let is_read = kind.ends_with(b"json") || kind.starts_with(b"text/html");
    if is_read {
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    }
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Language, Accept-Encoding"));
}

/// Headers that every answer carries.
fn secure(response: &mut Response) {
    let headers = response.headers_mut();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
