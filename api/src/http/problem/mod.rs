//! What goes wrong, as HTTP says it: RFC 9457 problems. `errors` says which status an error has.

mod errors;
mod fields;
mod rendering;

pub use fields::Fields;
pub use rendering::{Form, Words};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::values::Invalid;
use domain::{Coded, Worded};
use serde::Serialize;
use utoipa::ToSchema;

/// A problem on its way out; `Words` gives it its words and its body.
#[derive(Clone, Debug)]
pub struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    pub english: String,
    pub french: String,
    pub errors: Vec<FieldProblem>,
    pub retry_after_seconds: Option<i64>,
}

/// What is wrong with one field.
#[derive(Clone, Debug)]
pub struct FieldProblem {
    /// RFC 6901.
    pub pointer: String,
    pub code: &'static str,
    pub english: String,
    pub french: String,
}

impl FieldProblem {
    pub fn of(pointer: impl Into<String>, invalid: Invalid) -> Self {
        Self::new(pointer, invalid.code(), invalid.english(), invalid.french())
    }

    pub fn new(
        pointer: impl Into<String>,
        code: &'static str,
        english: impl Into<String>,
        french: impl Into<String>,
    ) -> Self {
        let pointer = pointer.into();
        Self { pointer, code, english: english.into(), french: french.into() }
    }
}

/// The body of every problem (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Where this kind of problem is described.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    pub instance: String,
    /// Stable; decide by this.
    pub code: String,
    pub request_id: String,
    pub errors: Vec<FieldErrorBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldError)]
pub struct FieldErrorBody {
    /// JSON pointer into the request body.
    pub pointer: String,
    pub code: String,
    pub detail: String,
}

impl Problem {
    pub fn new(
        status: StatusCode,
        code: &'static str,
        english: impl Into<String>,
        french: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            english: english.into(),
            french: french.into(),
            errors: vec![],
            retry_after_seconds: None,
        }
    }

    /// Something that is not there, or that the caller must not know of.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing here for you.",
            "Il n'y a rien ici pour vous.",
        )
    }

    pub fn not_signed_in() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "not_signed_in",
            "Sign in first; the session may have ended.",
            "Connectez-vous d'abord ; la session a peut-être pris fin.",
        )
    }

    pub fn malformed(english: impl Into<String>, french: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_request", english, french)
    }

    /// Everything that was wrong with the fields of a body.
    pub fn invalid_fields(errors: Vec<FieldProblem>) -> Self {
        Self {
            errors,
            ..Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_fields",
                "Some fields need correcting; see `errors`.",
                "Certains champs sont à corriger ; voir `errors`.",
            )
        }
    }

    /// The same where it is one.
    pub fn invalid_field(pointer: &str, invalid: Invalid) -> Self {
        Self::invalid_fields(vec![FieldProblem::of(pointer, invalid)])
    }

    pub fn too_large(english: &str, french: &str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", english, french)
    }

    pub fn too_many_requests(retry_after_seconds: u64) -> Self {
        Self {
            retry_after_seconds: i64::try_from(retry_after_seconds).ok(),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "Too many requests; wait a little and try again.",
                "Trop de requêtes ; patientez un peu puis réessayez.",
            )
        }
    }

    /// Our fault. The cause goes to the log, not to the caller.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "Something failed on our side. Nothing was lost; try again.",
            "Une erreur s'est produite de notre côté. Rien n'est perdu ; réessayez.",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
