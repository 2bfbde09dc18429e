//! Sign up, activate, sign in, forgotten password.

use crate::app::App;
use crate::auth::guard;
use crate::auth::links::Purpose;
use crate::auth::passwords::{self, Verdict};
use crate::auth::sessions::{self, PORTAL, PortalUser};
use crate::call::{Call, Json, List, id};
use crate::client::ClientAddress;
use crate::error::{Fields, Problem};
use crate::processes::registration as flow;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use chrono::{DateTime, Utc};
use domain::user::{Command, Event};
use domain::values::{Email, Language};
use domain::{LinkId, SessionId, UserId};
use serde::{Deserialize, Serialize};
use store::User;
use store::vault::CredentialKind;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(resend_activation))
        .routes(routes!(activate))
        .routes(routes!(request_password_reset))
        .routes(routes!(change_password))
        .routes(routes!(sign_in, list_sessions))
        .routes(routes!(end_session))
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
    /// `fr` or `en`; French unless told.
    language: Option<String>,
}

/// Something was accepted; what follows comes by mail.
#[derive(Serialize, ToSchema)]
struct Accepted {
    /// Always `accepted`.
    object: &'static str,
    /// What happens next, in the caller's language.
    message: &'static str,
}

fn accepted(call: &Call, english: &'static str, french: &'static str) -> Response {
    let message = match call.language {
        Language::French => french,
        Language::English => english,
    };
    (StatusCode::ACCEPTED, axum::Json(Accepted { object: "accepted", message })).into_response()
}

/// Create an account
///
/// The same answer whether or not the address is known. An activation link is sent to it.
#[utoipa::path(post, path = "/registrations", tag = "registration", request_body = Registration,
    responses((status = 202, body = Accepted)))]
async fn register(
    State(app): State<App>,
    call: Call,
    Json(body): Json<Registration>,
) -> Result<Response, Problem> {
    let password = app.passwords.parse(&body.password, &[&body.email]).await;
    let mut fields = Fields::default();
    let email = fields.take("/email", Email::parse(&body.email));
    let password = fields.take("/password", password.map_err(Problem::internal)?);
    let language = match &body.language {
        Some(code) => fields.code("/language", code),
        None => Some(call.language),
    };
    let (email, password, language) = fields.finish((|| Some((email?, password?, language?)))())?;
    let needs_smtputf8 = email.needs_smtputf8();
    flow::register(&app, &call, email, &password, language).await?;
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

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Address {
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

/// Send the activation link again
#[utoipa::path(post, path = "/activation-links", tag = "registration", request_body = Address,
    responses((status = 202, body = Accepted)))]
async fn resend_activation(
    State(app): State<App>,
    call: Call,
    Json(body): Json<Address>,
) -> Result<Response, Problem> {
    check_address(&body.email)?;
    flow::resend_activation(&app, &call, &body.email).await?;
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
    token: String,
}

#[derive(Serialize, ToSchema)]
struct Activation {
    /// Always `activation`.
    object: &'static str,
    user: String,
    merchants: Vec<String>,
}

/// Activate an account with the link's token
#[utoipa::path(post, path = "/activations", tag = "registration", request_body = Token,
    responses((status = 200, body = Activation)))]
async fn activate(
    State(app): State<App>,
    call: Call,
    Json(body): Json<Token>,
) -> Result<axum::Json<Activation>, Problem> {
    let (user, link) = read_link(&app, Purpose::Activation, &body.token)?;
    let merchants = flow::activate(&app, &call, user, link).await?;
    Ok(axum::Json(Activation {
        object: "activation",
        user: user.to_string(),
        merchants: merchants.iter().map(ToString::to_string).collect(),
    }))
}

pub(crate) fn read_link(
    app: &App,
    purpose: Purpose,
    token: &str,
) -> Result<(UserId, LinkId), Problem> {
    app.links.read_user(purpose, token).ok_or_else(unknown_link)
}

pub(crate) fn unknown_link() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown_link",
        "This link is not one of ours; copy it again from the e-mail.",
        "Ce lien n'est pas l'un des nôtres ; recopiez-le depuis l'e-mail.",
    )
}

/// Ask for a link to set a new password
///
/// The same answer whether or not the address is known.
#[utoipa::path(post, path = "/password-resets", tag = "registration", request_body = Address,
    responses((status = 202, body = Accepted)))]
async fn request_password_reset(
    State(app): State<App>,
    call: Call,
    Json(body): Json<Address>,
) -> Result<Response, Problem> {
    check_address(&body.email)?;
    if let Some((user, _)) = flow::user_of(&app, &body.email).await? {
        let reset = Command::RequestPasswordReset { link: call.derive("reset") };
        let outcome = app.carry_out::<User>(user, reset, &call.by_visitor(), &call.request()).await;
        match outcome {
            // A visitor must not learn from the limit that the address is known.
            Ok(_) | Err(store::ExecuteError::Refused(domain::user::Refusal::TooManyLinks)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(accepted(
        &call,
        "If the address is known, a link to set a new password is on its way. It works for an hour.",
        "Si l'adresse est connue, un lien de réinitialisation est en route. Il est valable une heure.",
    ))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// What stands after `token=` in the link.
    token: String,
    /// At least 12 characters.
    password: String,
}

/// Set a new password with the link's token
///
/// Every session of the user ends.
#[utoipa::path(post, path = "/password-changes", tag = "registration", request_body = NewPassword,
    responses((status = 204)))]
async fn change_password(
    State(app): State<App>,
    call: Call,
    Json(body): Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    set_password(&app, &call, &body.token, &body.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn set_password(
    app: &App,
    call: &Call,
    token: &str,
    password: &str,
) -> Result<(), Problem> {
    let (user, link) = read_link(app, Purpose::PasswordReset, token)?;
    if app.store.done::<User>(user, call.command_id).await?.is_some() {
        forget_superseded(app, user).await?;
        return flow::activate_waiting(app, call, user).await;
    }
    let state = app.store.load::<User>(user, store::AsOf::Now).await?.state;
    let email = state.email.as_ref().and_then(|email| email.known());
    let context: Vec<&str> = email.iter().map(|email| email.as_str()).collect();
    let password = app.passwords.parse(password, &context).await.map_err(Problem::internal)?;
    let mut fields = Fields::default();
    let password = fields.take("/password", password);
    let password = fields.finish(password)?;
    let change = Command::ChangePassword { credential: link };
    // A used link is the id of the password that counts: refused before that is touched.
    domain::user::decide(change.clone(), &state, &call.by_visitor())?;
    let hash = app.passwords.hash(password.as_str()).await.map_err(Problem::internal)?;
    // Under the link's id, it counts for nothing until the event says so.
    let vault = &app.store.vault;
    vault.put_credential(user.into(), link, CredentialKind::Password, hash.as_bytes()).await?;
    let done = app.step::<User>(user, change, &call.by_visitor(), &call.request()).await?;
    forget_superseded(app, user).await?;
    flow::activate_waiting(app, call, user).await?;
    match done.position {
        Some(position) => app.see(position).await,
        None => Ok(()),
    }
}

/// Deletes every password but the one that counts, and what was guessed of them.
async fn forget_superseded(app: &App, user: UserId) -> Result<(), Problem> {
    let vault = &app.store.vault;
    let state = app.store.load::<User>(user, store::AsOf::Now).await?.state;
    if let Some(current) = state.credential {
        vault.forget_superseded(user.into(), current).await?;
    }
    Ok(vault.forget_attempts(user.into())?)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    #[schema(example = "marie@example.com")]
    email: String,
    #[schema(example = "cheval pile agrafe correct")]
    password: String,
}

#[derive(Serialize, ToSchema)]
struct NewSession {
    /// Always `session`.
    object: &'static str,
    user: String,
    /// Send it as `Authorization: Bearer …`. A browser also gets it as a cookie.
    token: String,
}

/// Who is meant, and whether the password is theirs. Of two accounts of one address the one is meant
/// whose password it is; if it is nobody's, it counts as a guess at the other one, too.
async fn user_with(
    app: &App,
    given: &Credentials,
    headers: &HeaderMap,
    address: ClientAddress,
) -> Result<(Option<flow::Known>, Verdict), Problem> {
    let users = flow::users_of(app, &given.email).await?;
    let judge = async |stored| {
        app.passwords.judge(&given.password, stored).await.map_err(Problem::internal)
    };
    let mut tried = vec![];
    for (user, state) in users {
        let read = |id| app.store.vault.credential(user.into(), id, CredentialKind::Password);
        let stored = state.credential.map(read).transpose()?.flatten();
        let verdict = judge(stored).await?;
        if verdict.is_right {
            return Ok((Some((user, state)), verdict));
        }
        tried.push(((user, state), verdict));
    }
    for ((user, state), _) in tried.iter().skip(1) {
        if let Some(guarded) = guard::enter(app, (*user).into(), &state.lock, headers, address)? {
            guarded.judge(app, &state.lock, false)?;
        }
    }
    match tried.into_iter().next() {
        Some((known, verdict)) => Ok((Some(known), verdict)),
        None => Ok((None, judge(None).await?)),
    }
}

/// Sign in
///
/// After five wrong passwords the account is closed for fifteen minutes to whoever sent them from
/// there; after twenty from anywhere to everybody but devices from which somebody has signed in.
#[utoipa::path(post, path = "/sessions", tag = "registration", request_body = Credentials,
    responses((status = 201, body = NewSession)))]
async fn sign_in(
    State(app): State<App>,
    call: Call,
    headers: HeaderMap,
    Extension(address): Extension<ClientAddress>,
    Json(body): Json<Credentials>,
) -> Result<Response, Problem> {
    let (known, verdict) = user_with(&app, &body, &headers, address).await?;
    let is_password_right = verdict.is_right;
    let wrong = || Problem::from(domain::user::Refusal::WrongCredentials);
    let Some((user, state)) = known else { return Err(wrong()) };
    let guarded = guard::enter(&app, user.into(), &state.lock, &headers, address)?;
    let Some(guarded) = guarded else { return Err(wrong()) };
    let attempt = guarded.judge(&app, &state.lock, is_password_right)?;
    let is_open = attempt.is_open(&state.lock, call.at);
    let command = Command::SignIn { is_password_right, attempt };
    let done = app.execute::<User>(user, command, &call.by_visitor(), &call.request()).await?;
    if !matches!(done.events.first(), Some(domain::Event::User(Event::SignedIn))) {
        if !done.events.is_empty() {
            guarded.was_recorded(&app);
        }
        if is_open && is_password_right && !state.is_email_verified {
            return Err(domain::user::Refusal::NotActivated.into());
        }
        return Err(wrong());
    }
    if let Some(credential) = state.credential.filter(|_| verdict.is_outdated) {
        passwords::renew(&app, user.into(), credential, &body.password).await;
    }
    let device = guarded.was_right(&app);
    let generation = done.state.session_generation;
    let token = sessions::open(&app, user.into(), PORTAL, generation, &headers, false).await?;
    let cookie = sessions::cookie(PORTAL, &token);
    let session = NewSession { object: "session", user: user.to_string(), token };
    let cookies = AppendHeaders([(header::SET_COOKIE, cookie), (header::SET_COOKIE, device)]);
    Ok((StatusCode::CREATED, cookies, axum::Json(session)).into_response())
}

#[derive(Serialize, ToSchema)]
struct SessionView {
    /// Always `session`.
    object: &'static str,
    id: String,
    is_current: bool,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    /// The browser, as it named itself.
    device: String,
}

/// List your sessions
#[utoipa::path(get, path = "/sessions", tag = "registration",
    responses((status = 200, body = List<SessionView>)))]
async fn list_sessions(
    State(app): State<App>,
    user: PortalUser,
) -> Result<axum::Json<List<SessionView>>, Problem> {
    let sessions = app.store.vault.sessions_of(user.id.into())?;
    let views = sessions
        .into_iter()
        .map(|session| SessionView {
            object: "session",
            is_current: session.id == user.session.id,
            id: session.id.to_string(),
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            device: session.device,
        })
        .collect();
    Ok(axum::Json(List::whole(views)))
}

/// End a session: sign out here or elsewhere
#[utoipa::path(delete, path = "/sessions/{session}", tag = "registration",
    responses((status = 204)))]
async fn end_session(
    State(app): State<App>,
    user: PortalUser,
    Path(session): Path<String>,
) -> Result<Response, Problem> {
    let session = if session == "current" { user.session.id } else { id::<SessionId>(&session)? };
    if !app.store.vault.end_session(user.id.into(), session).await? {
        return Err(Problem::not_found());
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if session == user.session.id
        && let Ok(cookie) = header::HeaderValue::try_from(sessions::ended_cookie(PORTAL))
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
