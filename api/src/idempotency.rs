//! The same POST twice is one: the Idempotency-Key becomes the command's id. Whatever changes
//! something runs to its end, even when its caller leaves.

use crate::app::App;
use crate::auth::sessions::Caller;
use crate::call::CommandOf;
use crate::error::Problem;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use dashmap::DashSet;
use domain::{CommandId, Id};
use std::sync::Arc;
use store::vault::mac;
use tracing::Instrument;
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

pub async fn once(app: &App, request: Request, next: Next) -> Result<Response, Problem> {
    if *request.method() == Method::GET {
        return Ok(next.run(request).await);
    }
    let (mut parts, body) = request.into_parts();
    let limit = if is_upload(&parts.headers) { UPLOAD_BYTES_MAX } else { BODY_BYTES_MAX };
    let is_visitor = matches!(parts.extensions.get(), None | Some(Caller::Visitor));
    if is_upload(&parts.headers) && is_visitor {
        return Err(Problem::not_signed_in());
    }
    let upload = match is_upload(&parts.headers) {
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
        Some(_) | None => {
            let request = Request::from_parts(parts, Body::from(body));
            return finished(app, upload, next.run(request)).await;
        }
    };
    let caller = parts.extensions.get::<Caller>().map_or(Uuid::nil(), |c| c.subject().uuid());
    let command = Uuid::new_v5(&Uuid::new_v5(&caller, b"idempotency"), key.as_bytes());
    let Some(flight) = app.in_flight.enter(command) else {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "idempotency_key_in_flight",
            "A request with this Idempotency-Key is being carried out; wait for its answer.",
            "Une requête portant cette Idempotency-Key est en cours ; attendez sa réponse.",
        ));
    };
    let fingerprint = fingerprint(app, &parts, &body)?;
    let known = app.store.vault.request(command)?;
    if known.is_some_and(|known| known != fingerprint) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request; take a new one.",
            "Cette Idempotency-Key a servi à une autre requête ; prenez-en une nouvelle.",
        ));
    }
    // The body is part of the command's id: another request with the same key, once the first is
    // forgotten, is another command and never the old one's echo.
    let id = Uuid::new_v5(&command, &fingerprint);
    parts.extensions.insert(CommandOf(CommandId::from_uuid(id)));
    let answer = next.run(Request::from_parts(parts, Body::from(body)));
    let vault = Arc::clone(&app.store.vault);
    let at = app.clock.now();
    // The same request again runs again: who may see the answer is asked anew, and the command's
    // id finds in the ledger what was done.
    let remembered = async move {
        let mut response = answer.await;
        if response.status().is_success() {
            vault.remember_request(command, fingerprint, at);
            if known.is_some() {
                response
                    .headers_mut()
                    .insert("idempotent-replayed", HeaderValue::from_static("true"));
            }
        }
        response
    };
    finished(app, (upload, flight), remembered).await
}

/// Runs to its end in a task of its own, whether or not the caller stays: nothing is left half
/// done by a connection that breaks. `held` is held as long.
async fn finished(
    app: &App,
    held: impl Send + 'static,
    work: impl Future<Output = Response> + Send + 'static,
) -> Result<Response, Problem> {
    let work = async move {
        let response = work.await;
        drop(held);
        response
    };
    app.running.spawn(work.in_current_span()).await.map_err(Problem::internal)
}

impl InFlight {
    fn enter(&self, command: Uuid) -> Option<Flight> {
        self.0.insert(command).then(|| Flight(Arc::clone(&self.0), command))
    }
}

/// Proving who one is happens anew each time: an earlier proof would stand in for a password.
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
) -> Result<[u8; 32], Problem> {
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
    Ok(mac(&secret, &[parts.method.as_str().as_bytes(), target.as_bytes(), &body]))
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
