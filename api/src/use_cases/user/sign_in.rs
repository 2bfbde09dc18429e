//! Signing in to the portal.

use super::find::{Known, users_of};
use super::password;
use crate::app::App;
use crate::auth::passwords::Verdict;
use crate::auth::sessions::{self, Audience, NewSession};
use crate::use_cases::{Call, Error, attempt};
use domain::user::{Command, Event, Refusal};
use domain::{Actor, Channel, Occasion, UserId};
use store::User;
use store::vault::CredentialKind;

/// Somebody who has signed in.
pub struct SignedIn {
    pub user: UserId,
    /// Of the session.
    pub token: String,
    /// The token by which the device is known from now on.
    pub device: String,
}

pub async fn sign_in(
    app: &App,
    call: &Call,
    email: &str,
    entered: &str,
) -> Result<SignedIn, Error> {
    let (known, verdict) = user_with(app, call, email, entered).await?;
    let is_password_right = verdict.is_right;
    let wrong = || Error::from(Refusal::WrongCredentials);
    let (user, state) = known.ok_or_else(wrong)?;
    let guarded = attempt::enter(app, call, user.into(), &state.lock)?.ok_or_else(wrong)?;
    let attempt = guarded.judge(app, &state.lock, is_password_right)?;
    let is_open = attempt.is_open(&state.lock, call.at);
    // Whoever has proved who they are is named in the history.
    let occasion = match is_password_right && is_open && state.is_email_verified {
        true => Occasion::new(Actor::User(user), Channel::Portal, call.at),
        false => call.by_visitor(),
    };
    let command = Command::SignIn { is_password_right, attempt };
    let done = app.execute::<User>(user, command, &occasion, &call.request()).await?;
    if !matches!(done.events.first(), Some(domain::Event::User(Event::SignedIn))) {
        if !done.events.is_empty() {
            guarded.was_recorded(app);
        }
        if is_open && is_password_right && !state.is_email_verified {
            return Err(Refusal::NotActivated.into());
        }
        return Err(wrong());
    }
    if let Some(credential) = state.credential.filter(|_| verdict.is_outdated) {
        password::renew(app, user.into(), credential, entered).await;
    }
    let device = guarded.was_right(app);
    let session = NewSession {
        subject: user.into(),
        audience: Audience::Portal,
        generation: done.state.session_generation,
        device: call.evidence.user_agent.clone(),
    };
    let token = sessions::open(&app.store, session, app.clock.now()).await?;
    Ok(SignedIn { user, token, device })
}

/// Who is meant, and whether the password is theirs. Of two accounts of one address the one is meant
/// whose password it is; if it is nobody's, it counts as a guess at the other one, too.
async fn user_with(
    app: &App,
    call: &Call,
    email: &str,
    password: &str,
) -> Result<(Option<Known>, Verdict), Error> {
    let mut tried = vec![];
    for (user, state) in users_of(app, email).await? {
        let read = |id| app.store.vault.credential(user.into(), id, CredentialKind::Password);
        let stored = state.credential.map(read).transpose()?.flatten();
        let verdict = app.passwords.judge(password, stored).await?;
        if verdict.is_right {
            return Ok((Some((user, state)), verdict));
        }
        tried.push(((user, state), verdict));
    }
    for ((user, state), _) in tried.iter().skip(1) {
        if let Some(guarded) = attempt::enter(app, call, (*user).into(), &state.lock)? {
            guarded.judge(app, &state.lock, false)?;
        }
    }
    match tried.into_iter().next() {
        Some((known, verdict)) => Ok((Some(known), verdict)),
        None => Ok((None, app.passwords.judge(password, None).await?)),
    }
}
