//! The same POST twice is one: the Idempotency-Key becomes the command's id, and the first answer
//! is given again.

use crate::app::App;
use crate::auth::sessions::Caller;
use crate::call::CommandOf;
use crate::error::Problem;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dashmap::DashSet;
use domain::{CommandId, Id};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::vault::{Answer, mac};
use uuid::Uuid;

const HEADER: &str = "idempotency-key";
const KEY_LENGTH_MAX: usize = 255;
/// The largest body of a JSON request, and of an upload with its fields.
const BODY_BYTES_MAX: usize = 256 * 1024;
const UPLOAD_BYTES_MAX: usize = 10 * 1024 * 1024 + 64 * 1024;

/// Commands that are being carried out now.
#[derive(Clone, Default)]
pub struct InFlight(Arc<DashSet<Uuid>>);

struct Flight(Arc<DashSet<Uuid>>, Uuid);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.remove(&self.1);
    }
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    content_type: Option<String>,
    etag: Option<String>,
    body: Vec<u8>,
}

pub async fn once(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let limit = if is_upload(&parts.headers) { UPLOAD_BYTES_MAX } else { BODY_BYTES_MAX };
    let is_visitor = matches!(parts.extensions.get(), None | Some(Caller::Visitor));
    if is_upload(&parts.headers) && is_visitor {
        return Err(Problem::not_signed_in());
    }
    let _upload = match is_upload(&parts.headers) {
        true => Some(Arc::clone(&app.uploads).acquire_owned().await.map_err(Problem::internal)?),
        false => None,
    };
    let body = to_bytes(body, limit).await.map_err(|_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The request is larger than 256 KB, or the document larger than 10 MB.",
            "La requête dépasse 256 Ko, ou le document 10 Mo.",
        )
    })?;
    let key = match parts.headers.get(HEADER) {
        Some(key) if parts.method == Method::POST && !is_proof(parts.uri.path()) => key_of(key)?,
        Some(_) | None => return Ok(next.run(Request::from_parts(parts, Body::from(body))).await),
    };
    let caller = parts.extensions.get::<Caller>().map_or(Uuid::nil(), |c| c.subject().uuid());
    let command = Uuid::new_v5(&Uuid::new_v5(&caller, b"idempotency"), key.as_bytes());
    let Some(_flight) = app.in_flight.enter(command) else {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "idempotency_key_in_flight",
            "A request with this Idempotency-Key is being carried out; wait for its answer.",
            "Une requête portant cette Idempotency-Key est en cours ; attendez sa réponse.",
        ));
    };
    let fingerprint = fingerprint(&app, &parts, &body)?;
    if let Some(known) = app.store.vault.answer(command)? {
        return given_before(&known, &fingerprint);
    }
    // The body is part of the command's id: another request with the same key, once the first
    // answer is forgotten, is another command and never the old one's echo.
    let id = Uuid::new_v5(&command, &fingerprint);
    parts.extensions.insert(CommandOf(CommandId::from_uuid(id)));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep(&app, command, fingerprint, response).await
}

impl InFlight {
    fn enter(&self, command: Uuid) -> Option<Flight> {
        self.0.insert(command).then(|| Flight(Arc::clone(&self.0), command))
    }
}

/// Proving who one is happens anew each time: a kept answer would stand in for a password.
fn is_proof(path: &str) -> bool {
    path.ends_with("/sessions") || path.ends_with("/strong-authentications/confirmation")
}

fn is_upload(headers: &header::HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"))
}

fn key_of(value: &HeaderValue) -> Result<String, Problem> {
    let key = value.to_str().ok().filter(|key| (1..=KEY_LENGTH_MAX).contains(&key.len()));
    key.map(str::to_owned).ok_or_else(|| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid_idempotency_key",
            "An Idempotency-Key has 1 to 255 visible ASCII characters.",
            "Une Idempotency-Key comporte de 1 à 255 caractères ASCII visibles.",
        )
    })
}

/// What the request says. Keyed, because a body holds personal data. The boundary of an upload is
/// left out: clients make a new one each time.
fn fingerprint(
    app: &App,
    parts: &axum::http::request::Parts,
    body: &Bytes,
) -> Result<Vec<u8>, Problem> {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let boundary = kind.and_then(|kind| kind.split_once("boundary=")).map(|(_, boundary)| {
        boundary.split(';').next().unwrap_or_default().trim_matches('"').to_owned()
    });
    let body = match boundary.filter(|boundary| !boundary.is_empty()) {
        Some(boundary) => without(body, boundary.as_bytes()),
        None => body.to_vec(),
    };
    let secret = app.store.vault.secret("fingerprints")?;
    let target = parts.uri.to_string();
    Ok(mac(&secret, &[parts.method.as_str().as_bytes(), target.as_bytes(), &body]).to_vec())
}

fn without(body: &[u8], boundary: &[u8]) -> Vec<u8> {
    let mut rest = Vec::with_capacity(body.len());
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        if body.get(at..).is_some_and(|tail| tail.starts_with(boundary)) {
            at += boundary.len();
        } else {
            rest.push(byte);
            at += 1;
        }
    }
    rest
}

fn given_before(known: &Answer, fingerprint: &[u8]) -> Result<Response, Problem> {
    if known.fingerprint != fingerprint {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request; take a new one.",
            "Cette Idempotency-Key a servi à une autre requête ; prenez-en une nouvelle.",
        ));
    }
    let kept: Kept = serde_json::from_slice(&known.body).map_err(Problem::internal)?;
    let status = StatusCode::from_u16(kept.status).map_err(Problem::internal)?;
    let mut response = (status, kept.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    let texts = [(header::CONTENT_TYPE, kept.content_type), (header::ETAG, kept.etag)];
    for (name, text) in texts {
        if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    Ok(response)
}

/// Only success is kept: what was refused left nothing behind and may be asked again.
async fn keep(
    app: &App,
    command: Uuid,
    fingerprint: Vec<u8>,
    response: Response,
) -> Result<Response, Problem> {
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(Problem::internal)?;
    let text = |name| parts.headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let kept = Kept {
        status: parts.status.as_u16(),
        content_type: text(header::CONTENT_TYPE),
        etag: text(header::ETAG),
        body: body.to_vec(),
    };
    let answer =
        Answer { fingerprint, body: serde_json::to_vec(&kept).map_err(Problem::internal)? };
    // The command is carried out; if this fails, the same key finds its events in the ledger.
    if let Err(error) = app.store.vault.put_answer(command, &answer, app.clock.now()) {
        tracing::warn!(%error, "an answer could not be kept");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}
