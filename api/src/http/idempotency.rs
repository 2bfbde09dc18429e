//! The same POST twice is one: the Idempotency-Key becomes the command's id. Whatever changes
//! something runs to its end, even when its caller leaves.

use super::body::{self, What};
use super::call::CommandOf;
use super::door::{Declared, Repeats};
use super::problem::{Kind, Problem};
use super::sessions::Caller;
use crate::app::App;
use crate::in_flight::InFlight;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::{CommandId, Id};
use std::sync::{Arc, OnceLock};
use store::vault::mac;
use tracing::Instrument;
use uuid::Uuid;

const HEADER: &str = "idempotency-key";
const KEY_LENGTH_MAX: usize = 255;
const FORM: &[u8; 19] = b"multipart/form-data";
/// The largest body of an upload with its fields.
const UPLOAD_BYTES_MAX: usize = 10 * 1024 * 1024 + 64 * 1024;

pub async fn once(
    app: &App,
    declared: &Declared,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(next.run(request).await);
    }
    let (mut parts, body) = request.into_parts();
    let is_upload = is_upload(&parts.headers);
    // Where nobody signs in, nothing is uploaded: what is there says so without looking at it.
    let may_upload = is_upload && declared.audience.is_some();
    if may_upload && matches!(parts.extensions.get(), None | Some(Caller::Visitor)) {
        return Err(Problem::not_signed_in());
    }
    let bytes_max = if may_upload { UPLOAD_BYTES_MAX } else { declared.body_bytes_max };
    let (patience, stopping) = (app.config.patience, app.stopping.subscribe());
    let mut body = body::bounded(body, body::Bounds { bytes_max, patience, stopping });
    let keyed = match parts.headers.get(HEADER) {
        Some(key) if parts.method == Method::POST && declared.repeats == Repeats::Same => {
            Some(Keyed::enter(app, &parts, key)?)
        }
        Some(_) | None => None,
    };
    // An upload is read by its handler, once it is known that its sender may send it.
    if !is_upload {
        let bytes = to_bytes(body, bytes_max)
            .await
            .map_err(|error| body::problem(&error, What::Request))?;
        if let Some(keyed) = &keyed {
            parts.extensions.insert(CommandOf(keyed.says(app, &[&bytes])?));
        }
        body = Body::from(bytes);
    }
    if let Some(keyed) = &keyed {
        parts.extensions.insert(keyed.clone());
    }
    let (answer, app_of_answer) = (next.run(Request::from_parts(parts, body)), app.clone());
    finished(app, async move {
        let mut response = answer.await;
        if let Some(keyed) = keyed
            && response.status().is_success()
        {
            keyed.remember(&app_of_answer, &mut response);
        }
        response
    })
    .await
}

/// A request with an Idempotency-Key, as long as it is carried out.
///
/// The same request again runs again: who may see the answer is asked anew, and the command's id
/// finds in the ledger what was done.
#[derive(Clone)]
pub struct Keyed(Arc<Flight>);

struct Flight {
    in_flight: InFlight,
    /// Of the key and of whose it is.
    scope: Uuid,
    is_visitors: bool,
    /// Method and address.
    target: [String; 2],
    /// What is being carried out: known from the key alone, or once it was read what is asked.
    command: OnceLock<Uuid>,
    /// What the request says, once that was read, and whether it was said before.
    said: OnceLock<([u8; 32], bool)>,
}

impl Flight {
    fn take_off(&self, command: Uuid) -> Result<(), Problem> {
        if !self.in_flight.begin(command) {
            return Err(Problem::of(Kind::IdempotencyKeyInFlight));
        }
        let _ = self.command.set(command);
        Ok(())
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(command) = self.command.get() {
            self.in_flight.end(*command);
        }
    }
}

impl Keyed {
    fn enter(app: &App, parts: &Parts, key: &HeaderValue) -> Result<Self, Problem> {
        let key = key_of(key)?;
        let caller = parts.extensions.get::<Caller>().map_or(Uuid::nil(), |c| c.subject().uuid());
        let flight = Flight {
            in_flight: app.in_flight.clone(),
            scope: Uuid::new_v5(&Uuid::new_v5(&caller, b"idempotency"), key.as_bytes()),
            is_visitors: caller.is_nil(),
            target: [parts.method.to_string(), parts.uri.to_string()],
            command: OnceLock::new(),
            said: OnceLock::new(),
        };
        if !flight.is_visitors {
            flight.take_off(flight.scope)?;
        }
        Ok(Self(Arc::new(flight)))
    }

    /// The id of the command, now that it is known what the request says. The fingerprint is keyed,
    /// because a body holds personal data.
    ///
    /// Visitors do not know each other's keys, and two may choose the same: each of their requests is
    /// its own.
    pub fn says(&self, app: &App, what: &[&[u8]]) -> Result<CommandId, Problem> {
        let vault = &app.store.vault;
        let [method, address] = &self.0.target;
        let what = [&[method.as_bytes(), address.as_bytes()], what].concat();
        let fingerprint = mac(&vault.secret("fingerprints")?, &what);
        // The body is part of the command's id: another request with the same key, once the first
        // is forgotten, is another command and never the old one's echo.
        let id = Uuid::new_v5(&self.0.scope, &fingerprint);
        if self.0.is_visitors {
            self.0.take_off(id)?;
        }
        let known = vault.request(self.0.command.get().copied().unwrap_or(id))?;
        if known.is_some_and(|known| known != fingerprint) {
            return Err(Problem::of(Kind::IdempotencyKeyReused));
        }
        let _ = self.0.said.set((fingerprint, known.is_some()));
        Ok(CommandId::from_uuid(id))
    }

    fn remember(&self, app: &App, response: &mut Response) {
        let (Some((fingerprint, was_said_before)), Some(command)) =
            (self.0.said.get(), self.0.command.get())
        else {
            return;
        };
        app.store.vault.remember_request(*command, *fingerprint, app.clock.now());
        if *was_said_before {
            let name = HeaderName::from_static("idempotent-replayed");
            response.headers_mut().insert(name, HeaderValue::from_static("true"));
        }
    }
}

/// Runs to its end in a task of its own, whether or not the caller stays: nothing is left half
/// done by a connection that breaks.
async fn finished(
    app: &App,
    work: impl Future<Output = Response> + Send + 'static,
) -> Result<Response, Problem> {
    let of_work = app.clone();
    let watched = async move { of_work.metrics.watch("requests", work).await };
    app.running.spawn(watched.in_current_span()).await.map_err(Problem::internal)
}

fn is_upload(headers: &header::HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.as_bytes().first_chunk())
        .is_some_and(|kind: &[u8; FORM.len()]| kind.eq_ignore_ascii_case(FORM))
}

fn key_of(value: &HeaderValue) -> Result<String, Problem> {
    let key = value.to_str().ok().filter(|key| (1..=KEY_LENGTH_MAX).contains(&key.len()));
    key.map(str::to_owned).ok_or_else(|| Problem::of(Kind::InvalidIdempotencyKey))
}
