//! Staff: invited, joined with a password and a second factor, signed in with both.

use super::user::renew_password;
use super::{Call, Error, attempt};
use crate::app::App;
use crate::auth::sessions::{self, Audience, NewSession};
use crate::auth::totp;
use domain::staff::{Command, Event, Profile, Roles, State};
use domain::values::{Email, Language};
use domain::{
    Actor, Channel, CommandId, Id, LinkId, Occasion, StaffId, SubjectId, email_claim, staff, user,
};
use std::sync::Arc;
use store::vault::CredentialKind;
use store::{AsOf, EmailClaim, EmailKey, Request, Staff};
use uuid::Uuid;

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
    occasion: &Occasion,
    request: &Request,
    new: NewMember,
) -> Result<(), Error> {
    let command = Command::Invite {
        profile: new.profile.clone(),
        language: new.language,
        roles: new.roles,
        link: new.link,
    };
    let state = app.store.load::<Staff>(new.id, AsOf::Now).await?.state;
    if state.profile.is_none() {
        // Refused before the address is claimed.
        staff::decide(new.id, command.clone(), &state, occasion)?;
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
async fn holder_of(app: &App, spellings: &[Email]) -> Result<Option<SubjectId>, Error> {
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
    key: EmailKey,
    new: StaffId,
    occasion: &Occasion,
    request: &Request,
) -> Result<(), Error> {
    let holder = app.store.load::<EmailClaim>(key, AsOf::Now).await?.state.holder;
    let Some(holder) = holder.filter(|holder| *holder != new.into()) else { return Ok(()) };
    let known = app.store.load::<Staff>(StaffId::from_uuid(holder.uuid()), AsOf::Now).await?.state;
    if known.is_still_coming(occasion.at) {
        return Ok(());
    }
    let release = email_claim::Command::Release { by: holder };
    let id = Uuid::new_v5(&request.command_id.uuid(), b"release");
    let request = Request::new(CommandId::from_uuid(id));
    app.step::<EmailClaim>(key, release, occasion, &request).await?;
    Ok(())
}

/// What an invitation offers: the address invited, and what its authenticator has to know.
pub struct Invitation {
    pub email: Option<String>,
    /// For the authenticator, as a link and as text.
    pub totp_url: String,
    pub totp_secret: String,
}

/// Looks into an invitation.
pub async fn look_into(app: &App, token: &str) -> Result<Invitation, Error> {
    let (staff, link) = app.links.read_staff_invitation(token).ok_or(Error::UnknownLink)?;
    let state = app.store.load::<Staff>(staff, AsOf::Now).await?.state;
    state.may_follow(link, app.clock.now())?;
    let email = state.profile.as_ref().and_then(|profile| profile.known());
    let email = email.map(|profile| profile.email.as_str().to_owned());
    let secret = totp::secret_of_invitation(&app.totp_secret, link);
    let (totp_url, totp_secret) = totp::enrolment(&secret, email.as_deref().unwrap_or("staff"));
    Ok(Invitation { email, totp_url, totp_secret })
}

/// Joins by an invitation, with a password and a second factor.
pub async fn accept(
    app: &App,
    call: &Call,
    token: &str,
    password: &str,
    code: &str,
) -> Result<(), Error> {
    let (staff, link) = app.links.read_staff_invitation(token).ok_or(Error::UnknownLink)?;
    if app.store.done::<Staff>(staff, call.command_id).await?.is_some() {
        return Ok(());
    }
    let state = app.store.load::<Staff>(staff, AsOf::Now).await?.state;
    let profile = state.profile.as_ref().and_then(|profile| profile.known());
    let context: Vec<&str> = profile.iter().map(|profile| profile.email.as_str()).collect();
    let password = app.passwords.parse(password, &context).await?.map_err(Error::Password)?;
    let secret = totp::secret_of_invitation(&app.totp_secret, link);
    let step = totp::matching_step(&secret, code, call.at);
    let command = Command::Join { link, is_second_factor_right: step.is_some() };
    let occasion = call.by_visitor();
    // Refused before the vault is touched: a used link must not overwrite a credential.
    staff::decide(staff, command.clone(), &state, &occasion)?;
    let hash = app.passwords.hash(password.as_str()).await?;
    let vault = &app.store.vault;
    vault.put_credential(staff.into(), link, CredentialKind::Password, hash.as_bytes()).await?;
    vault.put_credential(staff.into(), link, CredentialKind::Totp, &secret).await?;
    let done = app.step::<Staff>(staff, command, &occasion, &call.request()).await?;
    vault.forget_superseded(staff.into(), link).await?;
    app.see(done.position).await
}

/// What somebody enters to sign in.
pub struct Credentials<'a> {
    pub email: &'a str,
    pub password: &'a str,
    pub totp_code: &'a str,
}

/// A member of staff who has signed in.
pub struct SignedIn {
    pub staff: StaffId,
    pub roles: Roles,
    /// Of the session.
    pub token: String,
    /// The token by which the device is known from now on.
    pub device: String,
}

/// Signs in with password and second factor.
pub async fn sign_in(app: &App, call: &Call, given: Credentials<'_>) -> Result<SignedIn, Error> {
    let wrong = || Error::from(user::Refusal::WrongCredentials);
    let known = known_by(app, given.email).await?;
    let [password, secret] = match &known {
        Some((staff, state)) => stored(app, *staff, state)?,
        None => [None, None],
    };
    let verdict = app.passwords.judge(given.password, password).await?;
    let is_password_right = verdict.is_right;
    let (staff, state) = known.ok_or_else(wrong)?;
    let guarded = attempt::enter(app, call, staff.into(), &state.lock)?.ok_or_else(wrong)?;
    let step = secret.and_then(|secret| totp::matching_step(&secret, given.totp_code, call.at));
    // Only a right password uses a one-time password up.
    let is_second_factor_right = match step {
        Some(step) if is_password_right && guarded.is_open(app, &state.lock)? => {
            app.store.vault.use_second_factor(staff.into(), step).await?
        }
        Some(_) | None => false,
    };
    let is_right = is_password_right && is_second_factor_right && !state.is_disabled;
    let attempt = guarded.judge(app, &state.lock, is_right)?;
    // Whoever has proved who they are is named in the history.
    let occasion = match is_right && attempt.is_open(&state.lock, call.at) {
        true => Occasion::by_staff(staff, state.roles, call.at),
        false => Occasion::new(Actor::Visitor, Channel::Console, call.at),
    };
    let command = Command::SignIn { is_password_right, is_second_factor_right, attempt };
    let done = app.carry_out::<Staff>(staff, command, &occasion, &call.request()).await;
    let done = match done {
        Err(store::ExecuteError::Refused(_)) => return Err(wrong()),
        outcome => outcome?,
    };
    if !matches!(done.events.first(), Some(domain::Event::Staff(Event::SignedIn))) {
        if !done.events.is_empty() {
            guarded.was_recorded(app);
        }
        return Err(wrong());
    }
    if let Some(credential) = state.credential.filter(|_| verdict.is_outdated) {
        renew_password(app, staff.into(), credential, given.password).await;
    }
    let device = guarded.was_right(app);
    let session = NewSession {
        subject: staff.into(),
        audience: Audience::Console,
        generation: done.state.session_generation,
        device: call.evidence.user_agent.clone(),
    };
    let token = sessions::open(&app.store, session, app.clock.now()).await?;
    Ok(SignedIn { staff, roles: done.state.roles, token, device })
}

async fn known_by(app: &App, email: &str) -> Result<Option<(StaffId, Arc<State>)>, Error> {
    let Some(holder) = holder_of(app, &Email::spellings(email)).await? else { return Ok(None) };
    let staff = StaffId::from_uuid(holder.uuid());
    Ok(Some((staff, app.store.load::<Staff>(staff, AsOf::Now).await?.state)))
}

/// The password's hash and the second factor's secret that count.
fn stored(app: &App, staff: StaffId, state: &State) -> Result<[Option<Vec<u8>>; 2], Error> {
    let Some(id) = state.credential else { return Ok([None, None]) };
    let read = |kind| app.store.vault.credential(staff.into(), id, kind);
    Ok([read(CredentialKind::Password)?, read(CredentialKind::Totp)?])
}
