//! What every request passes on its way in and on its way out, in this order: its id, the log, the
//! figures, headers that are always there, the words for what went wrong, the limit on how often
//! one may ask, who asks, which revision they mean, and once only.
//!
//! One layer for all: each layer of the framework would cost another allocation and another copy of
//! everything inside it.

use crate::app::App;
use crate::auth::sessions;
use crate::error::{Problem, Words};
use crate::limits::Allowance;
use crate::operations::Asked;
use crate::portal::revisions;
use crate::{idempotency, limits};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Instant;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub async fn pass(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = identify(&app, &mut request);
    let span = span(&request, &id);
    let mut response = logged(&app, request, next, &id).instrument(span).await;
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// The caller's own id, or a new one.
fn identify(app: &App, request: &mut Request) -> HeaderValue {
    if let Some(id) = request.headers().get(REQUEST_ID) {
        return id.clone();
    }
    let chance = app.store.chance.as_ref();
    let id = store::chance::id::<domain::CommandId>(chance, app.clock.now());
    let mut text = [0; uuid::fmt::Simple::LENGTH];
    let text = domain::Id::uuid(id).simple().encode_lower(&mut text);
    let id = HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("none"));
    request.headers_mut().insert(REQUEST_ID, id.clone());
    id
}

/// What the log says of a request: never its query, its body or who sent it.
fn span(request: &Request, id: &HeaderValue) -> tracing::Span {
    tracing::info_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        request_id = id.to_str().unwrap_or_default(),
    )
}

async fn logged(app: &App, request: Request, next: Next, id: &HeaderValue) -> Response {
    let started = Instant::now();
    let asked = Asked::of(&request);
    let words = Words::of(&request, id.clone());
    let allowance = limits::take(app, &request);
    let answered = AssertUnwindSafe(answer(app, request, next, &allowance)).catch_unwind().await;
    let response = answered
        .unwrap_or_else(|_| Err(Problem::internal("a handler panicked")))
        .unwrap_or_else(IntoResponse::into_response);
    let mut response = words.render(response);
    allowance.tell(response.headers_mut());
    secure(&mut response);
    let (status, took) = (response.status(), started.elapsed());
    if status.is_server_error() {
        tracing::error!(status = status.as_u16(), milliseconds = took.as_millis(), "it failed");
    }
    app.metrics.request(&asked, status, took);
    response
}

async fn answer(
    app: &App,
    mut request: Request,
    next: Next,
    allowance: &Allowance,
) -> Result<Response, Problem> {
    allowance.check()?;
    sessions::authenticate(app, &mut request).await?;
    let merchant = revisions::translate_request(app, &mut request);
    let mut response = idempotency::once(app, request, next).await?;
    if let Some(merchant) = merchant {
        revisions::translate_response(app, merchant, &mut response).await?;
    }
    Ok(response)
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
