//! The body of every failed answer, in the caller's language.

use super::{FieldErrorBody, Problem, ProblemBody};
use crate::http::language;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use domain::Coded;
use domain::values::Language;

/// In which form a surface tells what went wrong.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// `application/problem+json` (RFC 9457), made here.
    Problem,
    /// A page: the surface's own, or the one that it makes of what went wrong before or around it.
    Page(fn(&Problem, Language) -> Response),
}

/// What the words for a failure depend on. Cheap to keep while the request is answered.
pub struct Words {
    uri: Uri,
    request_id: HeaderValue,
    accepted: Option<HeaderValue>,
}

impl Words {
    pub fn of(request: &Request, request_id: HeaderValue) -> Self {
        let accepted = request.headers().get(header::ACCEPT_LANGUAGE).cloned();
        Self { uri: request.uri().clone(), request_id, accepted }
    }

    /// Gives every failed answer the same body: those made here, and those of the framework.
    pub fn render(&self, form: Form, response: Response) -> Response {
        let status = response.status();
        let has_failed = status.is_client_error() || status.is_server_error();
        if !has_failed {
            return response;
        }
        let known = response.extensions().get::<Problem>().cloned();
        if known.is_none() && has_its_own_body(&response) {
            return response;
        }
        let problem = known.unwrap_or_else(|| of_framework(status));
        let allow = response.headers().get(header::ALLOW).cloned();
        let language = language::first_known(self.accepted.as_ref());
        let mut response = match form {
            Form::Problem => self.respond(&problem, language),
            Form::Page(page) => page(&problem, language),
        };
        add_headers(&mut response, &problem, language, allow);
        response
    }

    fn respond(&self, problem: &Problem, language: Language) -> Response {
        let instance = self.uri.path().to_owned();
        let request_id = self.request_id.to_str().unwrap_or_default().to_owned();
        respond(problem, language, instance, request_id)
    }
}

/// The framework answers failures in plain text; what is JSON (the payment API's own errors, readiness)
/// or a page was made on purpose.
fn has_its_own_body(response: &Response) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    content_type.is_some_and(|kind| {
        kind.as_bytes().starts_with(b"application/") || kind.as_bytes().starts_with(b"text/html")
    })
}

fn add_headers(
    response: &mut Response,
    problem: &Problem,
    language: Language,
    allow: Option<HeaderValue>,
) {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    if let Some(seconds) = problem.retry_after_seconds {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = allow {
        headers.insert(header::ALLOW, allow);
    }
    if problem.status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
}

fn respond(
    problem: &Problem,
    language: Language,
    instance: String,
    request_id: String,
) -> Response {
    let say = |english: &str, french: &str| match language {
        Language::French => french.to_owned(),
        Language::English => english.to_owned(),
    };
    let body = ProblemBody {
        kind: format!("/docs/problems#{}", problem.code),
        title: problem.status.canonical_reason().unwrap_or("Problem").to_owned(),
        status: problem.status.as_u16(),
        detail: say(&problem.english, &problem.french),
        instance,
        code: problem.code.to_owned(),
        request_id,
        errors: problem
            .errors
            .iter()
            .map(|error| FieldErrorBody {
                pointer: error.pointer.clone(),
                code: error.code.to_owned(),
                detail: say(&error.english, &error.french),
            })
            .collect(),
    };
    let json = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = problem.status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

/// What the framework refuses by itself.
fn of_framework(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            status,
            "method_not_allowed",
            "This address does not answer that method; see the Allow header.",
            "Cette adresse ne répond pas à cette méthode ; voir l'en-tête Allow.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            status,
            "too_large",
            "The request is too large.",
            "La requête est trop volumineuse.",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(
            status,
            "unsupported_media_type",
            "Send application/json, or multipart/form-data for a document.",
            "Envoyez du application/json, ou du multipart/form-data pour un document.",
        ),
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Problem::new(
            status,
            "timed_out",
            "The answer took too long. Try again with the same Idempotency-Key.",
            "La réponse a trop tardé. Réessayez avec la même Idempotency-Key.",
        ),
        status if status.is_server_error() => Problem::internal("the framework answered 5xx"),
        status => Problem::new(
            status,
            "malformed_request",
            "The request cannot be understood.",
            "La requête ne peut être comprise.",
        ),
    }
}
