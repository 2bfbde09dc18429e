//! Activation links: sent again, and followed.

use super::find::user_of;
use crate::app::App;
use crate::auth::links::Purpose;
use crate::use_cases::{Call, Error};
use domain::registration::{self, Status};
use domain::user::{Command, Refusal};
use domain::{LinkId, MerchantId, Occasion, UserId};
use store::{ExecuteError, Merchant, User};

/// Whose link it is, and which.
pub fn read_link(app: &App, purpose: Purpose, token: &str) -> Result<(UserId, LinkId), Error> {
    app.links.read_user(purpose, token).ok_or(Error::UnknownLink)
}

/// Sends a new activation link. Without an account behind the address, nothing happens and nobody
/// is told.
pub async fn resend_activation(app: &App, call: &Call, entered: &str) -> Result<(), Error> {
    let Some((user, _)) = user_of(app, entered).await? else { return Ok(()) };
    let issue = Command::IssueActivationLink { link: call.derive("activation") };
    match app.carry_out::<User>(user, issue, &call.by_visitor(), &call.request()).await {
        // A visitor must not learn from a refusal that the address is known.
        Ok(_) | Err(ExecuteError::Refused(Refusal::AlreadyActivated | Refusal::TooManyLinks)) => {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// The same, by support: who may know that the account exists.
pub async fn resend_activation_for(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    user: UserId,
) -> Result<(), Error> {
    let issue = Command::IssueActivationLink { link: call.derive("activation") };
    app.execute::<User>(user, issue, occasion, &call.request()).await?;
    Ok(())
}

/// Follows an activation link: verifies the address and activates the accounts behind it.
pub async fn activate(
    app: &App,
    call: &Call,
    token: &str,
) -> Result<(UserId, Vec<MerchantId>), Error> {
    let (user, link) = read_link(app, Purpose::Activation, token)?;
    let (occasion, request) = (call.by_visitor(), call.step("verify"));
    match app.carry_out::<User>(user, Command::VerifyEmail { link }, &occasion, &request).await {
        Ok(_) => {}
        // A crash came between verifying and activating: the link still completes that.
        Err(ExecuteError::Refused(Refusal::LinkUsed)) if waits(app, user) => {}
        Err(error) => return Err(error.into()),
    }
    Ok((user, activate_accounts(app, call, user).await?))
}

/// Activates what waits for it, once an address is proved by another link than that of the activation.
pub(super) async fn activate_waiting(app: &App, call: &Call, user: UserId) -> Result<(), Error> {
    if waits(app, user) {
        activate_accounts(app, call, user).await?;
    }
    Ok(())
}

/// Whether an account of theirs waits for its activation.
fn waits(app: &App, user: UserId) -> bool {
    let models = app.projections.models();
    let is_waiting = |merchant: MerchantId| {
        models.directory.row(merchant).is_some_and(|row| row.status == Status::Created)
    };
    models.sign_in.of(user).iter().any(|membership| is_waiting(membership.merchant))
}

/// Activates the accounts of somebody whose address is proved.
async fn activate_accounts(app: &App, call: &Call, user: UserId) -> Result<Vec<MerchantId>, Error> {
    let occasion = call.by_visitor();
    let memberships = app.projections.models().sign_in.of(user);
    let mut activated = vec![];
    let mut last = None;
    for membership in memberships.iter() {
        let merchant = membership.merchant;
        let command = registration::Command::Activate.into();
        let request = call.step(&format!("activate/{merchant}"));
        let done = app.step::<Merchant>(merchant, command, &occasion, &request).await?;
        last = last.max(done.position);
        activated.push(merchant);
    }
    app.see(last).await?;
    Ok(activated)
}
