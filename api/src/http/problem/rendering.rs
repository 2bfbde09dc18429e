//! The body of every failed answer, in the caller's language.

use super::{FieldErrorBody, Kind, PaymentError, Problem, ProblemBody};
use crate::http::answer::NextPage;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use domain::values::Language;

/// In which form a surface tells what went wrong.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// `application/problem+json` (RFC 9457), made here.
    Problem,
    /// The same, with the member that clients of the payment API read.
    Payment,
    /// A page: the surface's own, or the one that it makes of what went wrong before or around it.
    Page(fn(&Problem, Language) -> Response),
}

/// What the words for a failure depend on. Cheap to keep while the request is answered.
pub struct Words {
    uri: Uri,
    request_id: HeaderValue,
}

impl Words {
    pub fn of(request: &Request, request_id: HeaderValue) -> Self {
        Self { uri: request.uri().clone(), request_id }
    }

    /// The address of the page after this one, as `Link` writes it (RFC 8288).
    pub fn link_to(&self, next: &NextPage) -> Option<HeaderValue> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let asked = form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes());
        query.extend_pairs(asked.filter(|(name, _)| name != "starting_after"));
        query.append_pair("starting_after", &next.0);
        let link = format!("<{}?{}>; rel=\"next\"", self.uri.path(), query.finish());
        HeaderValue::try_from(link).ok()
    }

    /// Gives every failed answer the same body: those made here, and those of the framework.
    pub fn render(&self, form: Form, language: Language, response: Response) -> Response {
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
        let mut response = match form {
            Form::Problem => self.respond(&problem, language, None),
            Form::Payment => self.respond(&problem, language, Some(payment_error(&problem))),
            Form::Page(page) => page(&problem, language),
        };
        let scheme = if matches!(form, Form::Payment) { "Basic realm=\"api\"" } else { "Bearer" };
        add_headers(&mut response, &problem, allow, scheme);
        response
    }

    fn respond(
        &self,
        problem: &Problem,
        language: Language,
        error: Option<PaymentError>,
    ) -> Response {
        let instance = self.uri.path().to_owned();
        let request_id = self.request_id.to_str().unwrap_or_default().to_owned();
        let body = body(problem, language, instance, request_id, error);
        respond(problem.status, &body)
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
    allow: Option<HeaderValue>,
    scheme: &'static str,
) {
    let headers = response.headers_mut();
    if let Some(seconds) = problem.retry_after_seconds {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = allow {
        headers.insert(header::ALLOW, allow);
    }
    if problem.status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
    }
}

fn body(
    problem: &Problem,
    language: Language,
    instance: String,
    request_id: String,
    error: Option<PaymentError>,
) -> ProblemBody {
    let say = |english: &str, french: &str| language.of(english, french).to_owned();
    let errors = problem.errors.iter().map(|error| FieldErrorBody {
        pointer: error.pointer.clone(),
        code: error.code.to_owned(),
        detail: say(&error.english, &error.french),
    });
    ProblemBody {
        kind: format!("/docs/problems#{}", problem.code),
        title: problem.status.canonical_reason().unwrap_or("Problem").to_owned(),
        status: problem.status.as_u16(),
        detail: say(&problem.english, &problem.french),
        instance,
        code: problem.code.to_owned(),
        request_id,
        errors: errors.collect(),
        error,
    }
}

/// Clients of the payment API know these words in English.
fn payment_error(problem: &Problem) -> PaymentError {
    PaymentError { kind: "invalid_request_error", message: problem.english.to_string() }
}

fn respond(status: StatusCode, body: &ProblemBody) -> Response {
    let json = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}

/// What the framework refuses by itself.
fn of_framework(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => Problem::of(Kind::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::of(Kind::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::of(Kind::UnsupportedMediaType),
        StatusCode::REQUEST_TIMEOUT => Problem::of(Kind::RequestTimeout),
        status if status.is_server_error() => Problem::internal("the framework answered 5xx"),
        status => Problem { status, ..Problem::of(Kind::MalformedRequest) },
    }
}
