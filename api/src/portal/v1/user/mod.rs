//! Users: sign up, sign in, who I am, and the proofs of that.

mod contacts;
mod me;
mod password;
mod sessions;
mod sign_up;
mod tokens;

use crate::app::App;
use crate::http::{Door, Fields, Problem};
use crate::use_cases::Call;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::values::Email;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

pub fn router(door: &Door) -> OpenApiRouter<App> {
    door.guessable()
        .before(sign_up::router().merge(password::router()))
        .merge(sessions::router(door))
        .merge(me::router(door))
        .merge(door.before(contacts::router().merge(tokens::router())))
}

/// Something was accepted; what follows comes by mail.
#[derive(Serialize, ToSchema)]
struct Accepted {
    /// Always `accepted`.
    object: &'static str,
    /// What happens next, in the caller's language.
    #[schema(example = "We have sent you an e-mail with a link that activates your account.")]
    message: &'static str,
}

fn accepted(call: &Call, english: &'static str, french: &'static str) -> Response {
    let message = call.language.of(english, french);
    (StatusCode::ACCEPTED, axum::Json(Accepted { object: "accepted", message })).into_response()
}

#[derive(Deserialize, ToSchema)]
#[schema(as = EmailAddress)]
#[serde(deny_unknown_fields)]
struct Address {
    /// The login.
    #[schema(example = "marie@example.com")]
    email: String,
}

/// Refuses what nobody can have registered with, today or before.
fn check_address(entered: &str) -> Result<(), Problem> {
    let mut fields = Fields::default();
    let reading = match Email::parse(entered) {
        Err(_) if !Email::spellings(entered).is_empty() => Ok(()),
        reading => reading.map(|_| ()),
    };
    let known = fields.take("/email", reading);
    fields.finish(known)
}
