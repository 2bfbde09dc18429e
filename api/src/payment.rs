//! Keys at work: what a key is, whose it is, and whether it still works.

use crate::app::App;
use crate::auth::sessions::authorization;
use crate::call::Json;
use crate::error::Problem;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::access::{Access, Capability, access};
use domain::api_keys::{Mode, NewKey};
use domain::merchant::State as MerchantState;
use domain::{ApiKeyId, Coded, Id, MerchantId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::chance;
use store::vault::mac;
use store::{AsOf, Merchant};
use subtle::ConstantTimeEq;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// What the public SDKs check: 24 letters and digits after the prefix.
const SECRET_LENGTH: usize = 24;

pub fn router() -> Router<App> {
    Router::new()
        .route("/v2/ping", get(ping))
        .route("/internal/v1/keys/introspect", post(introspect))
}

fn prefix(mode: Mode) -> &'static str {
    match mode {
        Mode::Test => "stest_",
        Mode::Live => "sprod_",
    }
}

/// A test key follows from its id, so that the portal can show it at any time.
pub fn test_key_value(app: &App, id: ApiKeyId) -> String {
    let first = mac(&app.test_key_secret, &[b"1", id.uuid().as_bytes()]);
    let second = mac(&app.test_key_secret, &[b"2", id.uuid().as_bytes()]);
    format!("{}{}", prefix(Mode::Test), letters(first.into_iter().chain(second)))
}

/// A live key is random and known to nobody but whoever it is shown to.
pub fn key_value(app: &App, mode: Mode, id: ApiKeyId) -> String {
    match mode {
        Mode::Test => test_key_value(app, id),
        Mode::Live => {
            let random: [u8; 64] = chance::bytes(app.store.chance.as_ref());
            format!("{}{}", prefix(mode), letters(random.into_iter()))
        }
    }
}

/// 24 letters and digits, evenly drawn: bytes past the last whole multiple of 62 are skipped.
fn letters(bytes: impl Iterator<Item = u8>) -> String {
    bytes
        .filter(|byte| *byte < 248)
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 62)))
        .take(SECRET_LENGTH)
        .map(|letter| char::from(*letter))
        .collect()
}

pub fn hash(value: &str) -> [u8; 32] {
    Sha256::digest(value.as_bytes()).into()
}

/// What the ledger may know of a key.
pub fn new_key(id: ApiKeyId, value: &str) -> NewKey {
    let last_four = value.as_bytes().last_chunk().copied().unwrap_or(*b"????");
    NewKey { id, hash: hash(value), last_four }
}

struct Found {
    merchant: MerchantId,
    key: ApiKeyId,
    mode: Mode,
    is_active: bool,
    state: Arc<MerchantState>,
}

/// Whose key it is, if it ever was one, and whether it works now.
async fn find(app: &App, value: &str) -> Result<Option<Found>, Problem> {
    let Some((merchant, key)) = app.projections.models().keys.find(&hash(value)) else {
        return Ok(None);
    };
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let Some(known) = state.keys.keys.get(&key).copied() else { return Ok(None) };
    let is_open = state.account.status.is_some_and(|status| match known.mode {
        Mode::Test => access(status, Capability::TestKeys) == Access::Allowed,
        Mode::Live => {
            matches!(access(status, Capability::LiveServices), Access::Allowed | Access::NothingNew)
        }
    });
    let is_active = is_open && known.is_active(app.clock.now());
    Ok(Some(Found { merchant, key, mode: known.mode, is_active, state }))
}

#[derive(Serialize)]
struct Ping {
    company: Option<String>,
    merchant: String,
    live_mode: bool,
}

/// The payment API's own way of saying no (`reference/payment-api.md`, 1.5).
fn not_authorized() -> Response {
    let body = serde_json::json!({"error": {
        "type": "invalid_request_error",
        "message": "You are not authorized to access that resource",
    }});
    let mut response = (StatusCode::UNAUTHORIZED, axum::Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"api\""));
    response
}

/// Says whose key this is: HTTP Basic, the key as the user name, no password.
async fn ping(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(value) = basic_user(&headers) else { return Ok(not_authorized()) };
    let found = find(&app, &value).await?.filter(|found| found.is_active);
    let Some(found) = found else { return Ok(not_authorized()) };
    let basics = found.state.account.basics.as_ref();
    let identity = basics.and_then(|basics| basics.identity.known());
    let ping = Ping {
        company: identity.map(|identity| identity.legal_name.as_str().to_owned()),
        merchant: found.merchant.to_string(),
        live_mode: found.mode == Mode::Live,
    };
    Ok(axum::Json(ping).into_response())
}

fn basic_user(headers: &HeaderMap) -> Option<String> {
    let decoded = STANDARD.decode(authorization(headers, "Basic")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(user, _)| user.to_owned()).filter(|user| !user.is_empty())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Introspection {
    key: String,
}

#[derive(Serialize)]
struct Introspected {
    is_active: bool,
    merchant: Option<String>,
    key: Option<String>,
    mode: Option<&'static str>,
}

/// Tells the payment service whether a key works, for whom and in which mode.
async fn introspect(
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<Introspection>,
) -> Result<axum::Json<Introspected>, Problem> {
    let expected = app.config.internal_token.as_deref().ok_or_else(Problem::not_found)?;
    let given = authorization(&headers, "Bearer").unwrap_or_default();
    if !bool::from(given.as_bytes().ct_eq(expected.as_bytes())) {
        return Err(Problem::not_signed_in());
    }
    let found = find(&app, &body.key).await?;
    Ok(axum::Json(Introspected {
        is_active: found.as_ref().is_some_and(|found| found.is_active),
        merchant: found.as_ref().map(|found| found.merchant.to_string()),
        key: found.as_ref().map(|found| found.key.to_string()),
        mode: found.as_ref().map(|found| found.mode.code()),
    }))
}
