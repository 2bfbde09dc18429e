//! Who I am: name, mobile, one-time codes.

use crate::app::App;
use crate::auth::sessions::PortalUser;
use crate::call::{Call, Json};
use crate::error::{Fields, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::user::{CodePurpose, Command, Event, Profile, State as UserState};
use domain::values::{Mobile, PersonName};
use domain::{Coded, Id, MerchantId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{AsOf, Executed, User};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_me))
        .routes(routes!(record_profile))
        .routes(routes!(send_mobile_code))
        .routes(routes!(verify_mobile))
        .routes(routes!(start_strong_authentication))
        .routes(routes!(confirm_strong_authentication))
}

#[derive(Serialize, ToSchema)]
struct Me {
    /// Always `user`.
    object: &'static str,
    id: String,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    mobile: Option<String>,
    is_mobile_verified: bool,
    language: Option<&'static str>,
    merchants: Vec<Membership>,
}

#[derive(Serialize, ToSchema)]
struct Membership {
    merchant: String,
    role: String,
}

fn view(app: &App, user: &PortalUser, state: &UserState) -> Me {
    let profile = state.profile.as_ref().and_then(|profile| profile.known());
    let email = state.email.as_ref().and_then(|email| email.known());
    let memberships = app.projections.models().sign_in.of(user.id);
    Me {
        object: "user",
        id: user.id.to_string(),
        email: email.map(|email| email.as_str().to_owned()),
        first_name: profile.map(|profile| profile.first_name.as_str().to_owned()),
        last_name: profile.map(|profile| profile.last_name.as_str().to_owned()),
        mobile: profile.map(|profile| profile.mobile.as_str().to_owned()),
        is_mobile_verified: state.is_mobile_verified,
        language: state.language.map(Coded::code),
        merchants: memberships
            .iter()
            .map(|membership| Membership {
                merchant: MerchantId::from_uuid(membership.merchant).to_string(),
                role: membership.role.clone(),
            })
            .collect(),
    }
}

/// Read who you are and for whom you act
#[utoipa::path(get, path = "/me", tag = "user", responses((status = 200, body = Me)))]
async fn read_me(State(app): State<App>, user: PortalUser) -> Result<axum::Json<Me>, Problem> {
    let state = app.store.load::<User>(user.id, AsOf::Now).await?.state;
    Ok(axum::Json(view(&app, &user, &state)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfileBody {
    /// Empty for whoever has one name only.
    #[schema(example = "Marie")]
    #[serde(default)]
    first_name: String,
    #[schema(example = "Exemple")]
    last_name: String,
    /// One-time codes are sent to it.
    #[schema(example = "+33612345678")]
    mobile: String,
}

/// Give your name and mobile number
#[utoipa::path(put, path = "/me/profile", tag = "user", request_body = ProfileBody,
    responses((status = 200, body = Me)))]
async fn record_profile(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Json(body): Json<ProfileBody>,
) -> Result<axum::Json<Me>, Problem> {
    let mut fields = Fields::default();
    let first_name = fields.take("/first_name", PersonName::parse_first(&body.first_name));
    let last_name = fields.take("/last_name", PersonName::parse(&body.last_name));
    let mobile = fields.take("/mobile", Mobile::parse(&body.mobile));
    let profile =
        (|| Some(Profile { first_name: first_name?, last_name: last_name?, mobile: mobile? }))();
    let command = Command::RecordProfile { profile: fields.finish(profile)? };
    let done = app.execute::<User>(user.id, command, &call.by(&user), &call.request()).await?;
    Ok(axum::Json(view(&app, &user, &done.state)))
}

#[derive(Serialize, ToSchema)]
struct CodeSent {
    /// Always `code_sent`.
    object: &'static str,
    /// The number, masked.
    mobile: String,
    expires_at: DateTime<Utc>,
}

async fn send_code(
    app: &App,
    user: &PortalUser,
    call: &Call,
    purpose: CodePurpose,
) -> Result<(StatusCode, axum::Json<CodeSent>), Problem> {
    if !app.config.has_sms() {
        return Err(Problem::no_sms());
    }
    let command = Command::SendCode { challenge: call.derive("code"), purpose };
    if app.store.done::<User>(user.id, call.command_id).await?.is_none() {
        let known = app.store.load::<User>(user.id, AsOf::Now).await?.state;
        // Only what will be sent is counted.
        domain::user::decide(command.clone(), &known, &call.by(user))?;
        let profile = known.profile.as_ref().and_then(|profile| profile.known());
        let unproved = profile.filter(|_| !known.is_mobile_verified);
        app.take_code(unproved.map(|profile| &profile.mobile))?;
    }
    let done = app.execute::<User>(user.id, command, &call.by(user), &call.request()).await?;
    let mobile = done.state.profile.as_ref().and_then(|profile| profile.known());
    let sent = CodeSent {
        object: "code_sent",
        mobile: mobile.map(|profile| profile.mobile.masked()).unwrap_or_default(),
        expires_at: done.state.challenge.map_or(call.at, |challenge| challenge.expires_at),
    };
    Ok((StatusCode::CREATED, axum::Json(sent)))
}

/// Send a code to your mobile
#[utoipa::path(post, path = "/me/mobile-codes", tag = "user",
    responses((status = 201, body = CodeSent)))]
async fn send_mobile_code(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
) -> Result<(StatusCode, axum::Json<CodeSent>), Problem> {
    send_code(&app, &user, &call, CodePurpose::MobileVerification).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CodeBody {
    /// The six digits of the SMS.
    #[schema(example = "123456")]
    pub code: String,
}

pub(super) fn wrong_code() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "wrong_code",
        "This is not the code that was sent. After five wrong ones it no longer works.",
        "Ce n'est pas le code envoyé. Après cinq erreurs, il ne fonctionne plus.",
    )
}

async fn enter_code(
    app: &App,
    user: &PortalUser,
    call: &Call,
    code: &str,
    purpose: CodePurpose,
) -> Result<Arc<UserState>, Problem> {
    if let Some(done) = app.store.done::<User>(user.id, call.command_id).await? {
        return accepted(done);
    }
    let known = app.store.load::<User>(user.id, AsOf::Now).await?.state;
    let challenge = known
        .challenge
        .filter(|challenge| challenge.purpose == purpose)
        .ok_or_else(|| Problem::from(domain::user::Refusal::NoCodeSent))?;
    let is_code_right = app.codes.is_right(challenge.id, code);
    let command = Command::EnterCode { challenge: challenge.id, is_code_right };
    accepted(app.execute::<User>(user.id, command, &call.by(user), &call.request()).await?)
}

fn accepted(done: Executed<UserState>) -> Result<Arc<UserState>, Problem> {
    match done.events.first() {
        Some(domain::Event::User(Event::CodeRefused { .. })) => Err(wrong_code()),
        _ => Ok(done.state),
    }
}

/// Verify your mobile with the code
#[utoipa::path(post, path = "/me/mobile-verification", tag = "user", request_body = CodeBody,
    responses((status = 200, body = Me)))]
async fn verify_mobile(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Json(body): Json<CodeBody>,
) -> Result<axum::Json<Me>, Problem> {
    let purpose = CodePurpose::MobileVerification;
    let state = enter_code(&app, &user, &call, &body.code, purpose).await?;
    Ok(axum::Json(view(&app, &user, &state)))
}

/// Start a strong authentication
///
/// Sensitive requests need one at most five minutes old. A code is sent to your mobile.
#[utoipa::path(post, path = "/strong-authentications", tag = "user",
    responses((status = 201, body = CodeSent)))]
async fn start_strong_authentication(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
) -> Result<(StatusCode, axum::Json<CodeSent>), Problem> {
    send_code(&app, &user, &call, CodePurpose::StrongAuthentication).await
}

/// Complete a strong authentication with the code
#[utoipa::path(post, path = "/strong-authentications/confirmation", tag = "user",
    request_body = CodeBody, responses((status = 204)))]
async fn confirm_strong_authentication(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Json(body): Json<CodeBody>,
) -> Result<StatusCode, Problem> {
    enter_code(&app, &user, &call, &body.code, CodePurpose::StrongAuthentication).await?;
    app.store.vault.touch_session(user.session.id, call.at, Some(call.at)).await?;
    Ok(StatusCode::NO_CONTENT)
}
