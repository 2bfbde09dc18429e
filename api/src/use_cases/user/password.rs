//! Passwords: forgotten, and set anew by a link.

use super::activation::{activate_waiting, read_link};
use super::find::user_of;
use crate::app::App;
use crate::auth::links::Purpose;
use crate::use_cases::{Call, Error};
use domain::user::{self, Command, Refusal};
use domain::{LinkId, SubjectId, UserId};
use store::vault::CredentialKind;
use store::{AsOf, ExecuteError, User};

/// Sends a link to set a new password, if there is anybody to send it to.
pub async fn request_password_reset(app: &App, call: &Call, entered: &str) -> Result<(), Error> {
    let Some((user, _)) = user_of(app, entered).await? else { return Ok(()) };
    let reset = Command::RequestPasswordReset { link: call.derive("reset") };
    match app.carry_out::<User>(user, reset, &call.by_visitor(), &call.request()).await {
        // A visitor must not learn from the limit that the address is known.
        Ok(_) | Err(ExecuteError::Refused(Refusal::TooManyLinks)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Sets a new password by a link.
pub async fn change_password(
    app: &App,
    call: &Call,
    token: &str,
    password: &str,
) -> Result<(), Error> {
    let (user, link) = read_link(app, Purpose::PasswordReset, token)?;
    if app.store.done::<User>(user, call.command_id).await?.is_some() {
        forget_superseded(app, user).await?;
        return activate_waiting(app, call, user).await;
    }
    let state = app.store.load::<User>(user, AsOf::Now).await?.state;
    let email = state.email.as_ref().and_then(|email| email.known());
    let context: Vec<&str> = email.iter().map(|email| email.as_str()).collect();
    let password = app.passwords.parse(password, &context).await?.map_err(Error::Password)?;
    let change = Command::ChangePassword { credential: link };
    // A used link is the id of the password that counts: refused before that is touched.
    user::decide(change.clone(), &state, &call.by_visitor())?;
    let hash = app.passwords.hash(password.as_str()).await?;
    // Under the link's id, it counts for nothing until the event says so.
    let vault = &app.store.vault;
    vault.put_credential(user.into(), link, CredentialKind::Password, hash.as_bytes()).await?;
    let done = app.step::<User>(user, change, &call.by_visitor(), &call.request()).await?;
    forget_superseded(app, user).await?;
    activate_waiting(app, call, user).await?;
    app.see(done.position).await
}

/// Deletes every password but the one that counts, and what was guessed of them.
async fn forget_superseded(app: &App, user: UserId) -> Result<(), Error> {
    let vault = &app.store.vault;
    let state = app.store.load::<User>(user, AsOf::Now).await?.state;
    if let Some(current) = state.credential {
        vault.forget_superseded(user.into(), current).await?;
    }
    Ok(vault.forget_attempts(user.into())?)
}

/// Hashes a password anew that was right and is hashed in an outdated way. Whoever has just signed in
/// does not wait for the disk twice if it fails: the next sign-in tries again.
pub(in crate::use_cases) async fn renew(
    app: &App,
    subject: SubjectId,
    credential: LinkId,
    password: &str,
) {
    let renewed = async {
        let hash = app.passwords.hash(password).await?;
        let vault = &app.store.vault;
        let kind = CredentialKind::Password;
        Ok::<_, Error>(vault.put_credential(subject, credential, kind, hash.as_bytes()).await?)
    };
    if let Err(error) = renewed.await {
        tracing::warn!(%error, "a password was not hashed anew");
    }
}
