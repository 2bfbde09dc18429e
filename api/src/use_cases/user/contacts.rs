//! Another login e-mail, another mobile: asked for, proved by the new one, stopped by the old one. The
//! claim on an address moves without a moment in which two people hold it, or nobody: the new one is
//! claimed first, the old one is released last, and what a crash leaves over is released by whoever
//! comes next.

use super::sign_up::release_if_abandoned;
use crate::app::App;
use crate::use_cases::freezes::release_over;
use crate::use_cases::{Call, Error};
use domain::email_claim;
use domain::user::{self, Command, Contact, Refusal, State};
use domain::values::{Email, Mobile};
use domain::{ChallengeId, ContactChangeId, Occasion, Personal, UserId};
use store::{AsOf, EmailClaim, Executed, User};

/// The change that a call asks for.
pub fn contact_change_of(call: &Call) -> ContactChangeId {
    call.derive("contact_change")
}

/// Asks for another login e-mail. Whether somebody has that address is not told here.
pub async fn request_email_change(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    user: UserId,
    email: Email,
) -> Result<Executed<State>, Error> {
    release_over(app, call, user).await?;
    let command = Command::RequestEmailChange { change: contact_change_of(call), email };
    app.execute::<User>(user, command, occasion, &call.request()).await
}

/// Asks for another mobile, and sends it a code.
pub async fn request_mobile_change(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    user: UserId,
    mobile: Mobile,
) -> Result<Executed<State>, Error> {
    app.can_send_codes()?;
    release_over(app, call, user).await?;
    let challenge: ChallengeId = call.derive("code");
    let change = contact_change_of(call);
    let command = Command::RequestMobileChange { change, mobile: mobile.clone(), challenge };
    if app.store.done::<User>(user, call.command_id).await?.is_none() {
        let known = app.store.load::<User>(user, AsOf::Now).await?.state;
        // Only what will be sent is counted.
        user::decide(command.clone(), &known, occasion)?;
        app.take_code(Some(&mobile))?;
    }
    app.execute::<User>(user, command, occasion, &call.request()).await
}

/// The link that came to the new address was followed.
pub async fn confirm_email_change(app: &App, call: &Call, token: &str) -> Result<(), Error> {
    let link = app.links.read_new_email(token);
    let (user, change) = link.ok_or(Error::UnknownLink)?;
    release_over(app, call, user).await?;
    let occasion = call.by_visitor();
    let command = Command::ConfirmEmailChange { change };
    let known = app.store.load::<User>(user, AsOf::Now).await?.state;
    if is_done(&known, change) {
        // Cut off before the old address was released.
        return release_former(app, call, user).await;
    }
    user::decide(command.clone(), &known, &occasion)?;
    let email = awaited(&known).ok_or(Refusal::UnknownContactChange)?;
    claim(app, call, user, &email).await?;
    match app.step::<User>(user, command, &occasion, &call.step("change")).await {
        Ok(done) => {
            release_former(app, call, user).await?;
            app.see(done.position).await
        }
        // Somebody was faster: perhaps this very change, by a link that was followed twice.
        Err(Error::Refused(refusal)) => {
            let known = app.store.load::<User>(user, AsOf::Now).await?.state;
            if is_done(&known, change) {
                return release_former(app, call, user).await;
            }
            if !has_or_awaits(app, &known, &email) {
                release(app, call, user, &email, "undo_claim").await?;
            }
            Err(Error::Refused(refusal))
        }
        Err(error) => Err(error),
    }
}

/// Whether an address is the user's, or is about to be.
fn has_or_awaits(app: &App, known: &State, email: &Email) -> bool {
    let key = app.email_key(email);
    let own = known.email.as_ref().and_then(|email| email.known()).cloned();
    let newest = known.contact_change.as_ref().filter(|change| !change.is_over);
    let awaited = newest.and_then(|_| awaited(known));
    own.into_iter().chain(awaited).any(|email| app.email_keys(&email).contains(&key))
}

fn is_done(known: &State, change: ContactChangeId) -> bool {
    let newest = known.contact_change.as_ref().filter(|newest| newest.id == change);
    newest.is_some_and(|newest| newest.is_over && !newest.is_cancelled)
}

/// The address that is to replace the one there is.
fn awaited(known: &State) -> Option<Email> {
    match &known.contact_change.as_ref()?.contact {
        Contact::Email(Personal::Known(email)) => Some(email.clone()),
        Contact::Email(_) | Contact::Mobile(_) => None,
    }
}

async fn claim(app: &App, call: &Call, user: UserId, email: &Email) -> Result<(), Error> {
    for key in app.email_keys(email) {
        release_if_abandoned(app, call, key, email, user).await?;
    }
    for key in app.email_keys(email).into_iter().skip(1) {
        let holder = app.store.load::<EmailClaim>(key, AsOf::Now).await?.state.holder;
        if holder.is_some_and(|holder| holder != user.into()) {
            return Err(email_claim::Refusal::Taken.into());
        }
    }
    let command = email_claim::Command::Claim { by: user.into() };
    let key = app.email_key(email);
    app.step::<EmailClaim>(key, command, &call.by_visitor(), &call.step("claim")).await?;
    Ok(())
}

/// `why` tells the steps of one call apart.
async fn release(
    app: &App,
    call: &Call,
    user: UserId,
    email: &Email,
    why: &str,
) -> Result<(), Error> {
    let command = email_claim::Command::Release { by: user.into() };
    let occasion = Occasion::by_system(call.at);
    for key in app.email_keys(email) {
        let request = call.step(why);
        app.step::<EmailClaim>(key, command.clone(), &occasion, &request).await?;
    }
    Ok(())
}

/// Releases the addresses that the user no longer signs in with.
async fn release_former(app: &App, call: &Call, user: UserId) -> Result<(), Error> {
    let known = app.store.load::<User>(user, AsOf::Now).await?.state;
    let current = known.email.as_ref().and_then(|email| email.known());
    let current: Vec<_> = current.map(|email| app.email_keys(email)).unwrap_or_default();
    for former in &known.former_contacts {
        let Contact::Email(Personal::Known(email)) = &former.contact else { continue };
        if !current.contains(&app.email_key(email)) {
            release(app, call, user, email, "release_former").await?;
        }
    }
    Ok(())
}

/// Cancels a change for whoever was told of it at an old contact.
pub async fn cancel_contact_change(app: &App, call: &Call, token: &str) -> Result<(), Error> {
    let link = app.links.read_contact_change(token);
    let (user, change) = link.ok_or(Error::UnknownLink)?;
    let command = Command::CancelContactChange { change };
    app.execute::<User>(user, command, &call.by_visitor(), &call.request()).await?;
    Ok(())
}
