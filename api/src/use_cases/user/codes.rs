//! One-time codes to a user's own mobile: to verify it, and to authenticate strongly.

use crate::app::App;
use crate::use_cases::{Call, Error};
use domain::user::{self, CodePurpose, Command, Event, Refusal, State};
use domain::{Occasion, SessionId, UserId};
use std::sync::Arc;
use store::{AsOf, Executed, User};

/// Sends a code.
pub async fn send_code(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    user: UserId,
    purpose: CodePurpose,
) -> Result<Executed<State>, Error> {
    app.can_send_codes()?;
    let command = Command::SendCode { challenge: call.derive("code"), purpose };
    if app.store.done::<User>(user, call.command_id).await?.is_none() {
        let known = app.store.load::<User>(user, AsOf::Now).await?.state;
        // Only what will be sent is counted.
        user::decide(command.clone(), &known, occasion)?;
        let profile = known.profile.as_ref().and_then(|profile| profile.known());
        let unproved = profile.filter(|_| !known.is_mobile_verified);
        app.take_code(unproved.map(|profile| &profile.mobile))?;
    }
    app.execute::<User>(user, command, occasion, &call.request()).await
}

/// Verifies the mobile by its code.
pub async fn verify_mobile(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    user: UserId,
    code: &str,
) -> Result<Arc<State>, Error> {
    enter_code(app, call, occasion, user, code, CodePurpose::MobileVerification).await
}

/// Makes a session one that was strongly authenticated just now, by a code.
pub async fn authenticate_strongly(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    user: UserId,
    session: SessionId,
    code: &str,
) -> Result<(), Error> {
    enter_code(app, call, occasion, user, code, CodePurpose::StrongAuthentication).await?;
    Ok(app.store.vault.touch_session(session, call.at, Some(call.at)).await?)
}

async fn enter_code(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    user: UserId,
    code: &str,
    purpose: CodePurpose,
) -> Result<Arc<State>, Error> {
    if let Some(done) = app.store.done::<User>(user, call.command_id).await? {
        return accepted(done);
    }
    let known = app.store.load::<User>(user, AsOf::Now).await?.state;
    let challenge = known.challenge.filter(|challenge| challenge.purpose == purpose);
    let challenge = challenge.ok_or(Refusal::NoCodeSent)?;
    let is_code_right = app.codes.is_right(challenge.id, code);
    let command = Command::EnterCode { challenge: challenge.id, is_code_right };
    accepted(app.execute::<User>(user, command, occasion, &call.request()).await?)
}

fn accepted(done: Executed<State>) -> Result<Arc<State>, Error> {
    match done.events.first() {
        Some(domain::Event::User(Event::CodeRefused { .. })) => Err(Error::WrongCode),
        _ => Ok(done.state),
    }
}
