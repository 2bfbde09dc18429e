//! What every request passes on its way in and on its way out, in this order: its id, the log, the
//! figures, headers that are always there, the words for what went wrong, the limit on how often
//! one may ask, who asks, which revision they mean, and once only.
//!
//! One layer for all: each layer of the framework would cost another allocation and another copy of
//! everything inside it.

use crate::app::App;
use crate::auth::sessions;
use crate::client::{self, ClientAddress};
use crate::error::{Problem, Words};
use crate::limits::Allowance;
use crate::metrics::Asked;
use crate::portal::revisions;
use crate::{idempotency, limits, trace};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::Instant;
use tracing::Instrument;

pub async fn pass(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let trace = trace::begin(&app, &mut request);
    let client = client::locate(&app, &mut request);
    let span = trace.span(&request);
    let id = trace.request_id.clone();
    let mut response = logged(&app, request, next, id, client).instrument(span).await;
    trace.tell(response.headers_mut());
    response
}

async fn logged(
    app: &App,
    request: Request,
    next: Next,
    request_id: HeaderValue,
    client: ClientAddress,
) -> Response {
    let started = Instant::now();
    let asked = Asked::of(&request);
    let words = Words::of(&request, request_id);
    let allowance = limits::take(app, &request, client);
    let answering = app.metrics.watch("requests", answer(app, request, next, allowance.as_ref()));
    let answered = AssertUnwindSafe(answering).catch_unwind().await;
    let response = answered
        .unwrap_or_else(|_| Err(Problem::internal("a handler panicked")))
        .unwrap_or_else(IntoResponse::into_response);
    let mut response = words.render(response);
    if let Some(allowance) = &allowance {
        allowance.tell(response.headers_mut());
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
    app: &App,
    mut request: Request,
    next: Next,
    allowance: Option<&Allowance>,
) -> Result<Response, Problem> {
    allowance.map_or(Ok(()), Allowance::check)?;
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
