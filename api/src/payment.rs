//! The payment API: whose key it is that asks.

use crate::app::App;
use crate::http::sessions::authorization;
use crate::http::{Declared, Door, Problem};
use crate::use_cases::api_keys::find;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::api_keys::Mode;
use serde::Serialize;

pub fn router(app: &App) -> Router<App> {
    let routes = Router::new().route("/v2/ping", get(ping));
    Door::new(app, Declared::PUBLIC).before_plain(routes)
}

#[derive(Serialize)]
struct Ping {
    company: Option<String>,
    merchant: String,
    live_mode: bool,
}

/// The payment API's own way of saying no.
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
