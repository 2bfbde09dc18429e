//! What goes wrong, as HTTP says it: RFC 9457 problems, and the one place that knows status codes.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use domain::merchant;
use domain::values::{Invalid, Language};
use domain::{Coded, Refuses, email_claim, staff, user};
use serde::Serialize;
use store::documents::DocumentError;
use store::vault::VaultError;
use store::{ExecuteError, ReadError};
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

    pub fn refused(status: StatusCode, refusal: impl Refuses) -> Self {
        Self::new(status, refusal.code(), refusal.english(), refusal.french())
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

    /// Nobody has told us how to reach mobiles.
    pub fn no_sms() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "sms_unavailable",
            "No code can be sent to mobiles at the moment; contact our support.",
            "Aucun code ne peut être envoyé par SMS pour le moment ; contactez notre support.",
        )
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

    fn key_lost(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a key is lost");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "key_lost",
            "The key of this person's data is missing on our side. Nothing was recorded; our \
             support knows what to do.",
            "La clé des données de cette personne manque de notre côté. Rien n'a été enregistré ; \
             notre support sait quoi faire.",
        )
    }

    fn unavailable(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "the store does not answer");
        Self {
            retry_after_seconds: Some(5),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "The service cannot answer for the moment. Try again with the same Idempotency-Key.",
                "Le service ne peut répondre pour le moment. Réessayez avec la même Idempotency-Key.",
            )
        }
    }
}

/// The only place where a domain's refusal becomes a status.
impl From<merchant::Refusal> for Problem {
    fn from(refusal: merchant::Refusal) -> Self {
        use domain::access::Refusal as Access;
        let status = match refusal {
            merchant::Refusal::Access(access) => match access {
                Access::UnknownMerchant => StatusCode::NOT_FOUND,
                Access::StatusForbids => StatusCode::CONFLICT,
                Access::StaffOnly
                | Access::StaffRoleForbids
                | Access::SystemOnly
                | Access::RoleForbids
                | Access::StrongAuthenticationNeeded => StatusCode::FORBIDDEN,
            },
            merchant::Refusal::Registration(_)
            | merchant::Refusal::ClientFile(_)
            | merchant::Refusal::Contract(_)
            | merchant::Refusal::Review(_)
            | merchant::Refusal::Services(_)
            | merchant::Refusal::ApiKeys(_) => StatusCode::CONFLICT,
        };
        let (code, english, french) = refusal.words();
        Self::new(status, code, english, french)
    }
}

impl From<user::Refusal> for Problem {
    fn from(refusal: user::Refusal) -> Self {
        use user::Refusal;
        let status = match refusal {
            Refusal::UnknownUser => StatusCode::NOT_FOUND,
            Refusal::WrongCredentials => StatusCode::UNAUTHORIZED,
            Refusal::NotActivated => StatusCode::FORBIDDEN,
            Refusal::LinkUsed | Refusal::LinkReplaced | Refusal::LinkExpired => StatusCode::GONE,
            Refusal::TooManyLinks | Refusal::TooManyCodes | Refusal::Locked => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Refusal::AlreadyRegistered
            | Refusal::AlreadyActivated
            | Refusal::NoMobile
            | Refusal::MobileNotVerified
            | Refusal::NoCodeSent
            | Refusal::CodeExpired
            | Refusal::NotDue
            | Refusal::MobileFixed => StatusCode::CONFLICT,
        };
        Self::refused(status, refusal)
    }
}

impl From<staff::Refusal> for Problem {
    fn from(refusal: staff::Refusal) -> Self {
        use staff::Refusal;
        let status = match refusal {
            Refusal::UnknownStaff => StatusCode::NOT_FOUND,
            Refusal::AdministratorOnly | Refusal::OwnAccount | Refusal::Disabled => {
                StatusCode::FORBIDDEN
            }
            Refusal::LinkUsed | Refusal::LinkExpired => StatusCode::GONE,
            Refusal::AlreadyInvited => StatusCode::CONFLICT,
            Refusal::NoRole | Refusal::WrongSecondFactor => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::refused(status, refusal)
    }
}

impl From<email_claim::Refusal> for Problem {
    fn from(refusal: email_claim::Refusal) -> Self {
        Self::refused(StatusCode::CONFLICT, refusal)
    }
}

impl<R: std::error::Error + Into<Problem>> From<ExecuteError<R>> for Problem {
    fn from(error: ExecuteError<R>) -> Self {
        match error {
            ExecuteError::Refused(refusal) => refusal.into(),
            ExecuteError::Stale { .. } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "stale",
                "It has changed since you looked. Read it again, then send the new ETag as If-Match.",
                "Cela a changé depuis votre lecture. Relisez, puis envoyez le nouvel ETag en If-Match.",
            ),
            ExecuteError::Contended => Self::too_many_requests(1),
            ExecuteError::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "The request is too large.",
                "La requête est trop volumineuse.",
            ),
            ExecuteError::Unavailable(cause) => Self::unavailable(cause),
            ExecuteError::Indeterminate(cause) => Self {
                code: "outcome_unknown",
                english: "It may or may not have happened. Send it again with the same \
                          Idempotency-Key to find out."
                    .to_owned(),
                french: "Cela a peut-être eu lieu. Renvoyez la requête avec la même \
                         Idempotency-Key pour le savoir."
                    .to_owned(),
                ..Self::unavailable(cause)
            },
            ExecuteError::Unreadable(..) => Self::internal(error),
            ExecuteError::KeyLost(_) => Self::key_lost(error),
            ExecuteError::Read(error) => error.into(),
            ExecuteError::Vault(error) => error.into(),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        Self::unavailable(error)
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        Self::unavailable(error)
    }
}

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Forgotten => Self::new(
                StatusCode::GONE,
                "document_erased",
                "This document was erased.",
                "Ce document a été effacé.",
            ),
            DocumentError::KeyLost => Self::key_lost(error),
            DocumentError::Taken => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "This Idempotency-Key was used for another document; take a new one.",
                "Cette Idempotency-Key a servi à un autre document ; prenez-en une nouvelle.",
            ),
            DocumentError::Unavailable(_)
            | DocumentError::Folder(_)
            | DocumentError::Vault(_)
            | DocumentError::Altered(_)
            | DocumentError::OtherHash => Self::unavailable(error),
        }
    }
}

/// Gathers what is wrong with a body, so that everything is said at once.
#[derive(Default)]
pub struct Fields(Vec<FieldProblem>);

impl Fields {
    /// The value, or a note about why it is none.
    pub fn take<T>(&mut self, pointer: impl Into<String>, parsed: Result<T, Invalid>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.0.push(FieldProblem {
                    pointer: pointer.into(),
                    code: invalid.code(),
                    english: invalid.english().to_owned(),
                    french: invalid.french().to_owned(),
                });
                None
            }
        }
    }

    /// The same for a value that may be absent.
    pub fn take_optional<T>(
        &mut self,
        pointer: impl Into<String>,
        text: Option<&String>,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        text.and_then(|text| self.take(pointer, parse(text)))
    }

    /// A member of a closed list, by its written name.
    pub fn code<T: Coded>(&mut self, pointer: impl Into<String>, code: &str) -> Option<T> {
        self.take(pointer, T::from_code(code).ok_or(Invalid::Code))
    }

    /// Everything that was wrong, as one problem.
    pub fn problem(self) -> Problem {
        Problem {
            errors: self.0,
            ..Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_fields",
                "Some fields need correcting; see `errors`.",
                "Certains champs sont à corriger ; voir `errors`.",
            )
        }
    }

    /// `value` if nothing was wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            Some(_) | None => Err(self.problem()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The language the caller prefers: French unless English comes first.
pub fn preferred_language(headers: &HeaderMap) -> Language {
    language_in(headers.get(header::ACCEPT_LANGUAGE))
}

fn language_in(accepted: Option<&HeaderValue>) -> Language {
    let wanted = accepted.and_then(|value| value.to_str().ok());
    let first = wanted.and_then(|list| {
        list.split(',').map(str::trim).find_map(|tag| {
            let primary = tag.split(['-', ';']).next().unwrap_or_default().to_ascii_lowercase();
            Language::from_code(&primary)
        })
    });
    first.unwrap_or(Language::French)
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
    pub fn render(&self, response: Response) -> Response {
        let status = response.status();
        let has_failed = status.is_client_error() || status.is_server_error();
        if !has_failed || !crate::app::is_api(self.uri.path()) {
            return response;
        }
        let known = response.extensions().get::<Problem>().cloned();
        if known.is_none() && has_its_own_body(&response) {
            return response;
        }
        let problem = known.unwrap_or_else(|| of_framework(status));
        let allow = response.headers().get(header::ALLOW).cloned();
        self.respond(&problem, allow)
    }

    fn respond(&self, problem: &Problem, allow: Option<HeaderValue>) -> Response {
        let language = language_in(self.accepted.as_ref());
        let instance = self.uri.path().to_owned();
        let request_id = self.request_id.to_str().unwrap_or_default().to_owned();
        respond(problem, language, instance, request_id, allow)
    }
}

/// The framework answers failures in plain text; what is JSON was made on purpose (the payment
/// API's own errors, readiness).
fn has_its_own_body(response: &Response) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    content_type.is_some_and(|kind| kind.as_bytes().starts_with(b"application/"))
}

fn respond(
    problem: &Problem,
    language: Language,
    instance: String,
    request_id: String,
    allow: Option<HeaderValue>,
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
