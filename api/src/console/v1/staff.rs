//! Staff accounts: invitations, signing in with a second factor, roles.

use crate::app::App;
use crate::auth::guard;
use crate::auth::passwords;
use crate::auth::sessions::{self, CONSOLE, StaffMember};
use crate::auth::totp;
use crate::call::{Call, Json, List, id};
use crate::client::ClientAddress;
use crate::error::{Fields, Problem};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use domain::staff::{Command, Event, Profile, Role, Roles};
use domain::values::{Email, Language, PersonName};
use domain::{Coded, Id, LinkId, Occasion, StaffId, SubjectId, email_claim};
use projections::staff::Member;
use serde::{Deserialize, Serialize};
use store::vault::CredentialKind;
use store::{AsOf, EmailClaim, Request, Staff};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(open_invitation))
        .routes(routes!(accept_invitation))
        .routes(routes!(sign_in))
        .routes(routes!(sign_out))
        .routes(routes!(read_me))
        .routes(routes!(list_staff, invite_staff))
        .routes(routes!(change_roles))
        .routes(routes!(disable_staff))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Token {
    /// What stands after `token=` in the link.
    token: String,
}

#[derive(Serialize, ToSchema)]
struct Invitation {
    /// Always `invitation`.
    object: &'static str,
    email: Option<String>,
    /// For the authenticator, as a link and as text.
    totp_url: String,
    totp_secret: String,
}

fn unknown_link() -> Problem {
    crate::portal::v1::unknown_link()
}

/// Look into an invitation: what to enrol as the second factor
#[utoipa::path(post, path = "/invitations/open", tag = "staff", request_body = Token,
    responses((status = 200, body = Invitation)))]
async fn open_invitation(
    State(app): State<App>,
    Json(body): Json<Token>,
) -> Result<axum::Json<Invitation>, Problem> {
    let (email, url, secret) = look_into(&app, &body.token).await?;
    Ok(axum::Json(Invitation { object: "invitation", email, totp_url: url, totp_secret: secret }))
}

/// The address invited, and what its authenticator has to know.
pub async fn look_into(
    app: &App,
    token: &str,
) -> Result<(Option<String>, String, String), Problem> {
    let (staff, link) = app.links.read_staff_invitation(token).ok_or_else(unknown_link)?;
    let state = app.store.load::<Staff>(staff, AsOf::Now).await?.state;
    // Once somebody has joined, the secret is theirs alone.
    if state.credential.is_some() {
        return Err(domain::staff::Refusal::LinkUsed.into());
    }
    if !state.is_invited_by(link, app.clock.now()) {
        return Err(domain::staff::Refusal::LinkExpired.into());
    }
    let email = state.profile.as_ref().and_then(|profile| profile.known());
    let email = email.map(|profile| profile.email.as_str().to_owned());
    let secret = totp::secret_of_invitation(&app.totp_secret, link);
    let (url, text) = totp::enrolment(&secret, email.as_deref().unwrap_or("staff"));
    Ok((email, url, text))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    token: String,
    /// At least 12 characters.
    password: String,
    /// The six digits that the authenticator shows.
    totp_code: String,
}

/// Accept an invitation with a password and a second factor
#[utoipa::path(post, path = "/invitations/accept", tag = "staff", request_body = Acceptance,
    responses((status = 204)))]
async fn accept_invitation(
    State(app): State<App>,
    call: Call,
    Json(body): Json<Acceptance>,
) -> Result<StatusCode, Problem> {
    accept(&app, &call, &body.token, &body.password, &body.totp_code).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn accept(
    app: &App,
    call: &Call,
    token: &str,
    password: &str,
    code: &str,
) -> Result<(), Problem> {
    let (staff, link) = app.links.read_staff_invitation(token).ok_or_else(unknown_link)?;
    if app.store.done::<Staff>(staff, call.command_id).await?.is_some() {
        return Ok(());
    }
    let state = app.store.load::<Staff>(staff, AsOf::Now).await?.state;
    let email = state.profile.as_ref().and_then(|profile| profile.known());
    let context: Vec<&str> = email.iter().map(|profile| profile.email.as_str()).collect();
    let password = app.passwords.parse(password, &context).await.map_err(Problem::internal)?;
    let mut fields = Fields::default();
    let password = fields.take("/password", password);
    let password = fields.finish(password)?;
    let secret = totp::secret_of_invitation(&app.totp_secret, link);
    let step = totp::matching_step(&secret, code, call.at);
    let command = Command::Join { link, is_second_factor_right: step.is_some() };
    let occasion = call.by_visitor();
    // Refused before the vault is touched: a used link must not overwrite a credential.
    domain::staff::decide(staff, command.clone(), &state, &occasion)?;
    let hash = app.passwords.hash(password.as_str()).await.map_err(Problem::internal)?;
    let vault = &app.store.vault;
    vault.put_credential(staff.into(), link, CredentialKind::Password, hash.as_bytes()).await?;
    vault.put_credential(staff.into(), link, CredentialKind::Totp, &secret).await?;
    let done = app.step::<Staff>(staff, command, &occasion, &call.request()).await?;
    vault.forget_superseded(staff.into(), link).await?;
    match done.position {
        Some(position) => app.see(position).await,
        None => Ok(()),
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: String,
    password: String,
    /// The six digits that the authenticator shows; each works once.
    totp_code: String,
}

#[derive(Serialize, ToSchema)]
struct NewSession {
    /// Always `session`.
    object: &'static str,
    staff: String,
    roles: Vec<&'static str>,
    /// Send it as `Authorization: Bearer …`. A browser also gets it as a cookie.
    token: String,
}

/// Sign in with password and second factor
#[utoipa::path(post, path = "/sessions", tag = "staff", request_body = Credentials,
    responses((status = 201, body = NewSession)))]
async fn sign_in(
    State(app): State<App>,
    call: Call,
    headers: HeaderMap,
    Extension(address): Extension<ClientAddress>,
    Json(body): Json<Credentials>,
) -> Result<Response, Problem> {
    let wrong = || Problem::from(domain::user::Refusal::WrongCredentials);
    let known = holder_of(&app, &Email::spellings(&body.email)).await?;
    let (password, secret, known) = match known.map(|holder| StaffId::from_uuid(holder.uuid())) {
        Some(staff) => {
            let state = app.store.load::<Staff>(staff, AsOf::Now).await?.state;
            let vault = &app.store.vault;
            let read = |kind| match state.credential {
                Some(id) => vault.credential(staff.into(), id, kind),
                None => Ok(None),
            };
            (read(CredentialKind::Password)?, read(CredentialKind::Totp)?, Some((staff, state)))
        }
        None => (None, None, None),
    };
    let verdict = app.passwords.judge(&body.password, password).await.map_err(Problem::internal)?;
    let is_password_right = verdict.is_right;
    let Some((staff, state)) = known else { return Err(wrong()) };
    let guarded = guard::enter(&app, staff.into(), &state.lock, &headers, address)?;
    let Some(guarded) = guarded else { return Err(wrong()) };
    let step = secret.and_then(|secret| totp::matching_step(&secret, &body.totp_code, call.at));
    // Only a right password uses a one-time password up.
    let is_second_factor_right = match step {
        Some(step) if is_password_right && guarded.is_open(&app, &state.lock)? => {
            app.store.vault.use_second_factor(staff.into(), step).await?
        }
        Some(_) | None => false,
    };
    let is_right = is_password_right && is_second_factor_right && !state.is_disabled;
    let attempt = guarded.judge(&app, &state.lock, is_right)?;
    let command = Command::SignIn { is_password_right, is_second_factor_right, attempt };
    let occasion = call.by_visitor();
    let done = match app.carry_out::<Staff>(staff, command, &occasion, &call.request()).await {
        Err(store::ExecuteError::Refused(_)) => return Err(wrong()),
        outcome => outcome?,
    };
    if !matches!(done.events.first(), Some(domain::Event::Staff(Event::SignedIn))) {
        if !done.events.is_empty() {
            guarded.was_recorded(&app);
        }
        return Err(wrong());
    }
    if let Some(credential) = state.credential.filter(|_| verdict.is_outdated) {
        passwords::renew(&app, staff.into(), credential, &body.password).await;
    }
    let device = guarded.was_right(&app);
    let generation = done.state.session_generation;
    let token = sessions::open(&app, staff.into(), CONSOLE, generation, &headers, true).await?;
    let cookie = sessions::cookie(CONSOLE, &token);
    let session = NewSession {
        object: "session",
        staff: staff.to_string(),
        roles: done.state.roles.iter().map(Coded::code).collect(),
        token,
    };
    let cookies = AppendHeaders([(header::SET_COOKIE, cookie), (header::SET_COOKIE, device)]);
    Ok((StatusCode::CREATED, cookies, axum::Json(session)).into_response())
}

/// Sign out
#[utoipa::path(delete, path = "/sessions/current", tag = "staff", responses((status = 204)))]
async fn sign_out(State(app): State<App>, staff: StaffMember) -> Result<Response, Problem> {
    app.store.vault.end_session(staff.id.into(), staff.session.id).await?;
    let cookie = sessions::ended_cookie(CONSOLE);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

#[derive(Serialize, ToSchema)]
struct StaffView {
    /// Always `staff`.
    object: &'static str,
    id: String,
    name: Option<String>,
    email: Option<String>,
    roles: Vec<String>,
    has_joined: bool,
    is_disabled: bool,
}

fn view(member: &Member) -> StaffView {
    StaffView {
        object: "staff",
        id: StaffId::from_uuid(member.id).to_string(),
        name: member.name.clone(),
        email: member.email.clone(),
        roles: member.roles.clone(),
        has_joined: member.has_joined,
        is_disabled: member.is_disabled,
    }
}

fn find(app: &App, staff: StaffId) -> Result<axum::Json<StaffView>, Problem> {
    let member = app.projections.models().staff.member(staff).ok_or_else(Problem::not_found)?;
    Ok(axum::Json(view(&member)))
}

/// Read who you are
#[utoipa::path(get, path = "/me", tag = "staff", responses((status = 200, body = StaffView)))]
async fn read_me(
    State(app): State<App>,
    staff: StaffMember,
) -> Result<axum::Json<StaffView>, Problem> {
    find(&app, staff.id)
}

/// List the staff
#[utoipa::path(get, path = "/staff", tag = "staff",
    responses((status = 200, body = List<StaffView>)))]
async fn list_staff(
    State(app): State<App>,
    _staff: StaffMember,
) -> Result<axum::Json<List<StaffView>>, Problem> {
    let members = app.projections.models().staff.members();
    Ok(axum::Json(List::whole(members.iter().map(|member| view(member)).collect())))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewStaff {
    #[schema(example = "clara@example.com")]
    email: String,
    /// Empty for whoever has one name only.
    #[schema(example = "Clara")]
    #[serde(default)]
    first_name: String,
    #[schema(example = "Modèle")]
    last_name: String,
    /// `fr` or `en`.
    language: String,
    /// Of `support`, `analyst`, `officer`, `auditor`, `engineer` and `administrator`.
    #[schema(example = json!(["officer"]))]
    roles: Vec<String>,
}

fn roles(fields: &mut Fields, codes: &[String]) -> Option<Roles> {
    codes
        .iter()
        .enumerate()
        .map(|(index, code)| fields.code::<Role>(format!("/roles/{index}"), code))
        .collect()
}

/// Invite a member of staff
#[utoipa::path(post, path = "/staff", tag = "staff", request_body = NewStaff,
    responses((status = 201, body = StaffView)))]
async fn invite_staff(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Json(body): Json<NewStaff>,
) -> Result<Response, Problem> {
    let mut fields = Fields::default();
    let email = fields.take("/email", Email::parse(&body.email));
    let first_name = fields.take("/first_name", PersonName::parse_first(&body.first_name));
    let last_name = fields.take("/last_name", PersonName::parse(&body.last_name));
    let language = fields.code("/language", &body.language);
    let roles = roles(&mut fields, &body.roles);
    let invitation = (|| {
        Some(NewMember {
            id: call.derive("staff"),
            profile: Profile { email: email?, first_name: first_name?, last_name: last_name? },
            language: language?,
            roles: roles?,
            link: call.derive("invitation"),
        })
    })();
    let invitation = fields.finish(invitation)?;
    let id = invitation.id;
    invite(&app, invitation, &call.by_staff(&staff), &call.request()).await?;
    Ok((StatusCode::CREATED, find(&app, id)?).into_response())
}

/// Somebody to be invited.
pub struct NewMember {
    pub id: StaffId,
    pub profile: Profile,
    pub language: Language,
    pub roles: Roles,
    pub link: LinkId,
}

/// Claims the address, then invites.
pub async fn invite(
    app: &App,
    new: NewMember,
    occasion: &Occasion,
    request: &Request,
) -> Result<(), Problem> {
    let command = Command::Invite {
        profile: new.profile.clone(),
        language: new.language,
        roles: new.roles,
        link: new.link,
    };
    let state = app.store.load::<Staff>(new.id, AsOf::Now).await?.state;
    if state.profile.is_none() {
        // Refused before the address is claimed.
        domain::staff::decide(new.id, command.clone(), &state, occasion)?;
    }
    let keys = app.staff_email_keys(&new.profile.email);
    for key in &keys {
        release_expired_invitation(app, *key, new.id, occasion, request).await?;
    }
    let holder = holder_of(app, std::slice::from_ref(&new.profile.email)).await?;
    if holder.is_some_and(|holder| holder != new.id.into()) {
        return Err(email_claim::Refusal::Taken.into());
    }
    let claim = email_claim::Command::Claim { by: new.id.into() };
    for key in keys.into_iter().take(1) {
        app.step::<EmailClaim>(key, claim.clone(), occasion, request).await?;
    }
    app.execute::<Staff>(new.id, command, occasion, request).await?;
    Ok(())
}

/// Whose login an address is, under whichever of its spellings.
async fn holder_of(app: &App, spellings: &[Email]) -> Result<Option<SubjectId>, Problem> {
    for key in spellings.iter().flat_map(|email| app.staff_email_keys(email)) {
        let holder = app.store.load::<EmailClaim>(key, AsOf::Now).await?.state.holder;
        if holder.is_some() {
            return Ok(holder);
        }
    }
    Ok(None)
}

/// An invitation that nobody followed in time gives its address free for a new one.
async fn release_expired_invitation(
    app: &App,
    key: store::EmailKey,
    new: StaffId,
    occasion: &Occasion,
    request: &Request,
) -> Result<(), Problem> {
    let holder = app.store.load::<EmailClaim>(key, AsOf::Now).await?.state.holder;
    let Some(holder) = holder.filter(|holder| *holder != new.into()) else { return Ok(()) };
    let known = app.store.load::<Staff>(StaffId::from_uuid(holder.uuid()), AsOf::Now).await?.state;
    let is_expired = known.credential.is_none()
        && known.invitation.is_none_or(|(link, _)| !known.is_invited_by(link, occasion.at));
    if is_expired {
        let release = email_claim::Command::Release { by: holder };
        let id = uuid::Uuid::new_v5(&request.command_id.uuid(), b"release");
        let request = Request::new(domain::CommandId::from_uuid(id));
        app.step::<EmailClaim>(key, release, occasion, &request).await?;
    }
    Ok(())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RolesBody {
    roles: Vec<String>,
}

/// Change a member's roles; their sessions end
#[utoipa::path(put, path = "/staff/{staff}/roles", tag = "staff", request_body = RolesBody,
    responses((status = 200, body = StaffView)))]
async fn change_roles(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Path(member): Path<String>,
    Json(body): Json<RolesBody>,
) -> Result<axum::Json<StaffView>, Problem> {
    let member: StaffId = id(&member)?;
    let mut fields = Fields::default();
    let roles = roles(&mut fields, &body.roles);
    let command = Command::ChangeRoles { roles: fields.finish(roles)? };
    app.execute::<Staff>(member, command, &call.by_staff(&staff), &call.request()).await?;
    find(&app, member)
}

/// Disable a member's account; their sessions end
#[utoipa::path(delete, path = "/staff/{staff}", tag = "staff",
    responses((status = 200, body = StaffView)))]
async fn disable_staff(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Path(member): Path<String>,
) -> Result<axum::Json<StaffView>, Problem> {
    let member: StaffId = id(&member)?;
    let occasion = call.by_staff(&staff);
    app.execute::<Staff>(member, Command::Disable, &occasion, &call.request()).await?;
    find(&app, member)
}
