//! A JSON body, and what is wrong with one.

use super::faults;
use super::problem::{Kind, Problem};
use crate::app::App;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

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
        // The parser would take a list for an object, field by field.
        if bytes.trim_ascii_start().starts_with(b"[") {
            return Err(Problem::invalid_fields(vec![faults::not_an_object()]));
        }
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(json_problem)?;
        reader.end().map_err(|error| malformed_json(&error))?;
        Ok(Self(value))
    }
}

fn from_status(status: StatusCode) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::of(Kind::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::saying(
            Kind::UnsupportedMediaType,
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
    // It names fields and types, never values.
    let text = inner.to_string();
    let text = text.split(" at line").next().unwrap_or_default();
    Problem::invalid_fields(vec![faults::found(error.path(), text)])
}
