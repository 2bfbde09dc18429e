//! Sign up, and activate by the link that is sent.

use super::{Accepted, Address, accepted, check_address};
use crate::app::App;
use crate::error::Error;
use crate::http::{Fields, Json, Problem};
use crate::use_cases::{Call, user};
use axum::extract::State;
use axum::response::Response;
use domain::values::Email;
use projections::views::{ids, lists};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(resend_activation))
        .routes(routes!(activate))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Registration {
    /// Your address is your login: choose one that is safe and valid.
    #[schema(example = "marie@example.com")]
    email: String,
    /// At least 12 characters.
    #[schema(example = "cheval pile agrafe correct")]
    password: String,
    /// In which we write to you: that of the request unless told.
    #[schema(value_type = Option<lists::Language>)]
    language: Option<String>,
}

/// Create an account
///
/// The same answer whether or not the address is known. An activation link is sent to it.
#[utoipa::path(post, operation_id = "register", path = "/registrations", tag = "user", request_body = Registration,
    responses((status = 202, body = Accepted)), security(()))]
async fn register(
    State(app): State<App>,
    call: Call,
    Json(body): Json<Registration>,
) -> Result<Response, Problem> {
    let password =
        app.passwords.parse(&body.password, &[&body.email]).await.map_err(Error::from)?;
    let mut fields = Fields::default();
    let email = fields.take("/email", Email::parse(&body.email));
    let password = fields.take("/password", password);
    let language = match &body.language {
        Some(code) => fields.code("/language", code),
        None => Some(call.language),
    };
    let (email, password, language) = fields.finish((|| Some((email?, password?, language?)))())?;
    let needs_smtputf8 = email.needs_smtputf8();
    user::register(&app, &call, email, &password, language).await?;
    if needs_smtputf8 {
        return Ok(accepted(
            &call,
            "We have sent you an e-mail with a link that activates your account. Few mail servers \
             take an address with such letters before the @: if nothing arrives, register with \
             another address.",
            "Nous vous avons envoyé un e-mail contenant un lien d'activation. Peu de serveurs \
             acceptent une adresse avec de telles lettres avant l'@ : si rien n'arrive, \
             inscrivez-vous avec une autre adresse.",
        ));
    }
    Ok(accepted(
        &call,
        "We have sent you an e-mail with a link that activates your account. Look in the spam \
         folder too.",
        "Nous vous avons envoyé un e-mail contenant un lien d'activation. Vérifiez aussi le \
         dossier « courrier indésirable ».",
    ))
}

/// Send the activation link again
#[utoipa::path(post, operation_id = "resend_activation", path = "/activation-links", tag = "user", request_body = Address,
    responses((status = 202, body = Accepted)), security(()))]
async fn resend_activation(
    State(app): State<App>,
    call: Call,
    Json(body): Json<Address>,
) -> Result<Response, Problem> {
    check_address(&body.email)?;
    user::resend_activation(&app, &call, &body.email).await?;
    Ok(accepted(
        &call,
        "If an account waits for activation, a new link is on its way. Only the newest link works.",
        "Si un compte attend son activation, un nouveau lien est en route. Seul le dernier lien \
         fonctionne.",
    ))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Token {
    /// What stands after `token=` in the link.
    #[schema(example = "AZNKXHsufQ-hssPU5fYHGAGTSlx7Ln0PobLD1OX2BxgJd0Z4bXVkcQ")]
    token: String,
}

#[derive(Serialize, ToSchema)]
struct Activation {
    /// Always `activation`.
    object: &'static str,
    user: ids::UserId,
    /// For whom you act now.
    merchants: Vec<ids::MerchantId>,
}

/// Activate an account with the link's token
#[utoipa::path(post, operation_id = "activate", path = "/activations", tag = "user", request_body = Token,
    responses((status = 200, body = Activation)), security(()))]
async fn activate(
    State(app): State<App>,
    call: Call,
    Json(body): Json<Token>,
) -> Result<axum::Json<Activation>, Problem> {
    let (user, merchants) = user::activate(&app, &call, &body.token).await?;
    Ok(axum::Json(Activation {
        object: "activation",
        user: user.into(),
        merchants: merchants.into_iter().map(Into::into).collect(),
    }))
}
