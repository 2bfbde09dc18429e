//! What goes wrong, as HTTP says it: RFC 9457 problems. `errors` says which status an error has.

mod errors;
mod fields;
mod kinds;
mod rendering;

pub use fields::Fields;
pub use kinds::{Explained, Kind, catalogue};
pub use rendering::{Form, Words};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::values::Invalid;
use domain::{Coded, Worded};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// A problem on its way out; `Words` gives it its words and its body.
#[derive(Clone, Debug)]
pub struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    pub english: Cow<'static, str>,
    pub french: Cow<'static, str>,
    pub errors: Vec<FieldProblem>,
    pub retry_after_seconds: Option<i64>,
}

/// What is wrong with one field.
#[derive(Clone, Debug)]
pub struct FieldProblem {
    /// RFC 6901.
    pub pointer: String,
    pub code: &'static str,
    pub english: Cow<'static, str>,
    pub french: Cow<'static, str>,
}

impl FieldProblem {
    pub fn of(pointer: impl Into<String>, invalid: Invalid) -> Self {
        Self::new(pointer, invalid)
    }

    /// In the words of what is wrong.
    pub fn new(pointer: impl Into<String>, fault: impl Worded) -> Self {
        Self {
            pointer: pointer.into(),
            code: fault.code(),
            english: fault.english().into(),
            french: fault.french().into(),
        }
    }
}

/// The body of every problem (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Where this kind of problem is explained.
    #[serde(rename = "type")]
    #[schema(example = "/docs/problems#stale")]
    pub kind: String,
    /// The name of the status.
    #[schema(example = "Precondition Failed")]
    pub title: String,
    /// The same as that of the answer.
    #[schema(example = 412)]
    pub status: u16,
    /// What happened and what to do, in the caller's language.
    #[schema(example = "It has changed since you looked.")]
    pub detail: String,
    /// The address that was asked.
    #[schema(example = "/portal/v1/merchants/mer_01934a5c7b2e7d0fa1b2c3d4e5f60718/ownership")]
    pub instance: String,
    /// Stable; decide by this. `/docs/problems` explains each.
    #[schema(example = "stale")]
    pub code: String,
    /// Tell it to our support.
    #[schema(example = "01934a5c7b2e7d0fa1b2c3d4e5f60718")]
    pub request_id: String,
    /// What is wrong with which field; empty where it is about no field.
    pub errors: Vec<FieldErrorBody>,
    /// Of the payment API alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<PaymentError>,
}

/// A problem as clients of the payment API know it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentError {
    /// Always `invalid_request_error`.
    #[serde(rename = "type")]
    #[schema(example = "invalid_request_error")]
    pub kind: &'static str,
    /// What happened, in English.
    #[schema(example = "You are not authorized to access that resource")]
    pub message: String,
}

/// What is wrong with one field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldError)]
pub struct FieldErrorBody {
    /// JSON pointer into the body of the request; `?name` for a parameter of the address.
    #[schema(example = "/holdings/0/capital")]
    pub pointer: String,
    /// Stable.
    #[schema(example = "share")]
    pub code: String,
    /// What is wrong, in the caller's language.
    #[schema(example = "A share is a number from 0 to 100 with at most four decimals.")]
    pub detail: String,
}

impl Problem {
    pub fn new(
        status: StatusCode,
        code: &'static str,
        english: impl Into<Cow<'static, str>>,
        french: impl Into<Cow<'static, str>>,
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

    /// In the words of its kind.
    pub fn of(kind: Kind) -> Self {
        Self::saying(kind, kind.english(), kind.french())
    }

    /// In words that say more.
    pub fn saying(
        kind: Kind,
        english: impl Into<Cow<'static, str>>,
        french: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(kind.status(), kind.code(), english, french)
    }

    /// The same, with when to try again.
    pub fn after(self, seconds: u64) -> Self {
        Self { retry_after_seconds: i64::try_from(seconds).ok(), ..self }
    }

    /// Something that is not there, or that the caller must not know of.
    pub fn not_found() -> Self {
        Self::of(Kind::NotFound)
    }

    pub fn not_signed_in() -> Self {
        Self::of(Kind::NotSignedIn)
    }

    pub fn malformed(
        english: impl Into<Cow<'static, str>>,
        french: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::saying(Kind::MalformedRequest, english, french)
    }

    /// A cursor that nothing has.
    pub fn unknown_cursor() -> Self {
        Self::malformed(
            "There is no event with this cursor; begin without one.",
            "Aucun événement ne porte ce curseur ; recommencez sans curseur.",
        )
    }

    /// Everything that was wrong with the fields of a body.
    pub fn invalid_fields(errors: Vec<FieldProblem>) -> Self {
        Self { errors, ..Self::of(Kind::InvalidFields) }
    }

    /// The same where it is one.
    pub fn invalid_field(pointer: &str, invalid: Invalid) -> Self {
        Self::invalid_fields(vec![FieldProblem::of(pointer, invalid)])
    }

    pub fn too_many_requests(retry_after_seconds: u64) -> Self {
        Self::of(Kind::TooManyRequests).after(retry_after_seconds)
    }

    /// Our fault. The cause goes to the log, not to the caller.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::of(Kind::InternalError)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
