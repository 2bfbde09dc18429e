//! Registering spans three streams: claim the address, register the user, create the account.
//! All ids follow from the command's, so that a retry completes what a crash cut off.

use crate::app::App;
use crate::auth::sessions::StaffMember;
use crate::call::Call;
use crate::error::Problem;
use chrono::TimeDelta;
use domain::email_claim::Refusal as ClaimRefusal;
use domain::user::Command as UserCommand;
use domain::values::{Email, Language, Password};
use domain::{
    Id, LinkId, MerchantId, Occasion, SubjectId, UserId, email_claim, registration, user,
};
use std::sync::Arc;
use store::vault::CredentialKind;
use store::{AsOf, EmailClaim, ExecuteError, Merchant, Request, User};
use uuid::Uuid;

/// A registration is a matter of milliseconds.
const ABANDONED_MINUTES: i64 = 10;

/// Registers a user and their first merchant account. The caller cannot tell whether the address
/// was known: its owner is told by mail.
pub async fn register(
    app: &App,
    call: &Call,
    email: Email,
    password: &Password,
    language: Language,
) -> Result<(), Problem> {
    let user: UserId = call.derive("user");
    let merchant: MerchantId = call.derive("merchant");
    let credential: LinkId = call.derive("credential");
    let link: LinkId = call.derive("activation");
    let occasion = call.by_visitor();
    for key in app.email_keys(&email) {
        release_if_abandoned(app, call, key, user).await?;
    }
    if let Some(key) = claim_of_before(app, &email).await? {
        return tell_owner(app, call, key, password, &occasion).await;
    }
    let key = app.email_key(&email);
    let claim = email_claim::Command::Claim { by: user.into() };
    match app.carry_out::<EmailClaim>(key, claim, &occasion, &call.request()).await {
        Ok(_) => {}
        Err(ExecuteError::Refused(ClaimRefusal::Taken)) => {
            return tell_owner(app, call, key, password, &occasion).await;
        }
        Err(error) => return Err(error.into()),
    }
    // Comparing it for an address that is known takes the same time.
    let hash = app.passwords.hash(password.as_str()).await.map_err(Problem::internal)?;
    let request = step(call, "register");
    // Repeated after a change of password, it would bring the first one back into the vault.
    if app.store.done::<User>(user, request.command_id).await?.is_none() {
        let vault = &app.store.vault;
        let kind = CredentialKind::Password;
        vault.put_credential(user.into(), credential, kind, hash.as_bytes()).await?;
    }
    let register = UserCommand::Register { email, language, credential };
    app.step::<User>(user, register, &occasion, &request).await?;
    let create = registration::Command::Create { owner: user, language };
    app.step::<Merchant>(merchant, create.into(), &occasion, &step(call, "create")).await?;
    let issue = UserCommand::IssueActivationLink { link };
    app.execute::<User>(user, issue, &occasion, &step(call, "issue")).await?;
    Ok(())
}

/// The claim of an account that was made under the address's other spelling. Nobody claims it any
/// more, so that what is found free stays free.
async fn claim_of_before(app: &App, email: &Email) -> Result<Option<store::EmailKey>, Problem> {
    for key in app.email_keys(email).into_iter().skip(1) {
        if app.store.load::<EmailClaim>(key, AsOf::Now).await?.state.holder.is_some() {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// The request of one step: the same command, told apart by what it does.
fn step(call: &Call, what: &str) -> Request {
    let id = Uuid::new_v5(&call.command_id.uuid(), what.as_bytes());
    Request {
        correlation_id: call.correlation_id,
        ..Request::new(domain::CommandId::from_uuid(id))
    }
}

/// A claim whose registration never came about, because a crash cut it off and nobody tried again,
/// is released when somebody next asks for the address.
async fn release_if_abandoned(
    app: &App,
    call: &Call,
    key: store::EmailKey,
    user: UserId,
) -> Result<(), Problem> {
    let claim = app.store.load::<EmailClaim>(key, AsOf::Now).await?;
    let (Some(holder), Some(claimed_at)) = (claim.state.holder, claim.recorded_at) else {
        return Ok(());
    };
    let is_recent = call.at - claimed_at < TimeDelta::minutes(ABANDONED_MINUTES);
    if is_recent || holder == user.into() {
        return Ok(());
    }
    let holder_id = UserId::from_uuid(holder.uuid());
    // A lapse that was cut off before it released the address is completed here, too.
    let user = app.store.load::<User>(holder_id, AsOf::Now).await?.state;
    if user.is_registered && !user.is_lapsed {
        return Ok(());
    }
    let release = email_claim::Command::Release { by: holder };
    let occasion = Occasion::by_system(call.at);
    app.carry_out::<EmailClaim>(key, release, &occasion, &step(call, "release")).await?;
    Ok(())
}

async fn tell_owner(
    app: &App,
    call: &Call,
    key: store::EmailKey,
    password: &Password,
    occasion: &Occasion,
) -> Result<(), Problem> {
    let Some(owner) = app.store.load::<EmailClaim>(key, AsOf::Now).await?.state.holder else {
        return Ok(());
    };
    let owner = UserId::from_uuid(owner.uuid());
    let state = app.store.load::<User>(owner, AsOf::Now).await?.state;
    let known = state.credential.filter(|_| !state.is_email_verified);
    let stored = known
        .map(|id| app.store.vault.credential(owner.into(), id, CredentialKind::Password))
        .transpose()?
        .flatten();
    let verdict = app.passwords.judge(password.as_str(), stored).await;
    let is_password_same = verdict.map_err(Problem::internal)?.is_right;
    let link = call.derive("activation");
    let repeat = UserCommand::RepeatRegistration { link, is_password_same };
    match app.carry_out::<User>(owner, repeat, occasion, &step(call, "repeat")).await {
        // A claim whose registration never came about: it is released by its timer.
        Ok(_) | Err(ExecuteError::Refused(user::Refusal::UnknownUser)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A user and what is known of them.
pub type Known = (UserId, Arc<user::State>);

/// The user behind an address as it was entered, if there is one.
pub async fn user_of(app: &App, entered: &str) -> Result<Option<Known>, Problem> {
    Ok(users_of(app, entered).await?.into_iter().next())
}

/// Two, where both spellings of a domain got an account of their own before they were one address.
pub async fn users_of(app: &App, entered: &str) -> Result<Vec<Known>, Problem> {
    let mut users: Vec<Known> = vec![];
    let keys = Email::spellings(entered).into_iter().flat_map(|email| app.email_keys(&email));
    for key in keys {
        let holder: Option<SubjectId> =
            app.store.load::<EmailClaim>(key, AsOf::Now).await?.state.holder;
        let Some(holder) = holder else { continue };
        let id = UserId::from_uuid(holder.uuid());
        let state = app.store.load::<User>(id, AsOf::Now).await?.state;
        let is_new = users.iter().all(|(known, _)| *known != id);
        if is_new && state.is_registered && !state.is_lapsed {
            users.push((id, state));
        }
    }
    Ok(users)
}

/// Sends a new activation link. Without an account behind the address, nothing happens and nobody
/// is told.
pub async fn resend_activation(app: &App, call: &Call, entered: &str) -> Result<(), Problem> {
    let Some((user, state)) = user_of(app, entered).await? else { return Ok(()) };
    if state.is_email_verified {
        return Ok(());
    }
    issue_link(app, call, user, call.by_visitor()).await
}

/// The same, by support: who may know that the account exists.
pub async fn resend_activation_for(
    app: &App,
    call: &Call,
    staff: &StaffMember,
    user: UserId,
) -> Result<(), Problem> {
    let link: LinkId = call.derive("activation");
    let issue = UserCommand::IssueActivationLink { link };
    app.execute::<User>(user, issue, &call.by_staff(staff), &call.request()).await?;
    Ok(())
}

async fn issue_link(app: &App, call: &Call, user: UserId, by: Occasion) -> Result<(), Problem> {
    let link: LinkId = call.derive("activation");
    let issue = UserCommand::IssueActivationLink { link };
    match app.carry_out::<User>(user, issue, &by, &call.request()).await {
        // A visitor must not learn from the limit that the address is known.
        Ok(_) | Err(ExecuteError::Refused(user::Refusal::TooManyLinks)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Follows an activation link: verifies the address and activates the accounts behind it.
pub async fn activate(
    app: &App,
    call: &Call,
    user: UserId,
    link: LinkId,
) -> Result<Vec<MerchantId>, Problem> {
    let occasion = call.by_visitor();
    let verify = UserCommand::VerifyEmail { link };
    let request = step(call, "verify");
    match app.carry_out::<User>(user, verify, &occasion, &request).await {
        Ok(_) => {}
        // A crash came between verifying and activating: the link still completes that.
        Err(ExecuteError::Refused(user::Refusal::LinkUsed)) if waits(app, user) => {}
        Err(error) => return Err(error.into()),
    }
    activate_accounts(app, call, user).await
}

/// Activates what waits for it, once an address is proved by another link than that of the activation.
pub async fn activate_waiting(app: &App, call: &Call, user: UserId) -> Result<(), Problem> {
    if waits(app, user) {
        activate_accounts(app, call, user).await?;
    }
    Ok(())
}

/// Whether an account of theirs waits for its activation.
fn waits(app: &App, user: UserId) -> bool {
    let models = app.projections.models();
    let is_waiting =
        |merchant: Uuid| models.directory.row(merchant).is_some_and(|row| row.status == "created");
    models.sign_in.of(user).iter().any(|membership| is_waiting(membership.merchant))
}

/// Activates the accounts of somebody whose address is proved.
async fn activate_accounts(
    app: &App,
    call: &Call,
    user: UserId,
) -> Result<Vec<MerchantId>, Problem> {
    let occasion = call.by_visitor();
    let memberships = app.projections.models().sign_in.of(user);
    let mut activated = vec![];
    let mut last = None;
    for membership in memberships.iter() {
        let merchant = MerchantId::from_uuid(membership.merchant);
        let command = registration::Command::Activate.into();
        let request = step(call, &format!("activate/{merchant}"));
        let done = app.step::<Merchant>(merchant, command, &occasion, &request).await?;
        last = last.max(done.position);
        activated.push(merchant);
    }
    if let Some(last) = last {
        app.see(last).await?;
    }
    Ok(activated)
}
