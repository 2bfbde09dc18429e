//! One-time codes to a user's own mobile: to verify it, and to authenticate strongly.

use crate::app::App;
use crate::use_cases::freezes::release_over;
use crate::use_cases::{Call, Error};
use domain::strong_authentication::{Action, Proof};
use domain::user::{self, CodeKind, CodePurpose, Command, Contact, Event, Refusal, State};
use domain::values::Mobile;
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
    if purpose == CodePurpose::NewMobile {
        release_over(app, call, user).await?;
    }
    let command = Command::SendCode { challenge: call.derive("code"), purpose };
    if app.store.done::<User>(user, call.command_id).await?.is_none() {
        let known = app.store.load::<User>(user, AsOf::Now).await?.state;
        // Only what will be sent is counted.
        user::decide(command.clone(), &known, occasion)?;
        app.take_code(unproved_number(&known, purpose))?;
    }
    app.execute::<User>(user, command, occasion, &call.request()).await
}

/// The number to which a code will go, if nobody has proved that it is theirs.
fn unproved_number(known: &State, purpose: CodePurpose) -> Option<&Mobile> {
    match (purpose, known.contact_change.as_ref().map(|change| &change.contact)) {
        (CodePurpose::NewMobile, Some(Contact::Mobile(mobile))) => mobile.known(),
        (CodePurpose::NewMobile, _) => None,
        (CodePurpose::MobileVerification | CodePurpose::StrongAuthentication { .. }, _) => {
            let profile = known.profile.as_ref().and_then(|profile| profile.known());
            profile.filter(|_| !known.is_mobile_verified).map(|profile| &profile.mobile)
        }
    }
}

/// Verifies the mobile by its code.
pub async fn verify_mobile(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    user: UserId,
    code: &str,
) -> Result<Arc<State>, Error> {
    enter_code(app, call, occasion, user, code, CodeKind::MobileVerification).await
}

/// Makes a session one that was strongly authenticated just now for an action, by a code for it.
pub async fn authenticate_strongly(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    user: UserId,
    session: SessionId,
    code: &str,
) -> Result<Action, Error> {
    let kind = CodeKind::StrongAuthentication;
    let state = enter_code(app, call, occasion, user, code, kind).await?;
    let action = state.challenge.and_then(|challenge| challenge.purpose.action());
    let action = action.ok_or(Refusal::CodeExpired)?;
    app.store.vault.note_proof(session, Proof { action, at: call.at }).await?;
    Ok(action)
}

/// Makes the number that was asked for the user's mobile, by the code sent to it.
pub async fn change_mobile(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    user: UserId,
    code: &str,
) -> Result<Arc<State>, Error> {
    release_over(app, call, user).await?;
    enter_code(app, call, occasion, user, code, CodeKind::NewMobile).await
}

async fn enter_code(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    user: UserId,
    code: &str,
    kind: CodeKind,
) -> Result<Arc<State>, Error> {
    if let Some(done) = app.store.done::<User>(user, call.command_id).await? {
        return accepted(done);
    }
    let known = app.store.load::<User>(user, AsOf::Now).await?.state;
    let challenge = known.challenge.filter(|challenge| challenge.purpose.kind() == kind);
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
