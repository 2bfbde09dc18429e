//! Signing up spans three streams: claim the address, register the user, create the account. All ids
//! follow from the command's, so that a retry completes what a crash cut off.

use crate::app::App;
use crate::use_cases::{Call, Error};
use domain::email_claim::Refusal as ClaimRefusal;
use domain::user::Command as UserCommand;
use domain::values::{Email, Language, Password};
use domain::{Id, LinkId, MerchantId, Occasion, UserId, email_claim, registration, user};
use store::vault::CredentialKind;
use store::{AsOf, EmailClaim, EmailKey, ExecuteError, Merchant, User};

/// Registers a user and their first merchant account. The caller cannot tell whether the address
/// was known: its owner is told by mail.
pub async fn register(
    app: &App,
    call: &Call,
    email: Email,
    password: &Password,
    language: Language,
) -> Result<(), Error> {
    let user: UserId = call.derive("user");
    let merchant: MerchantId = call.derive("merchant");
    let credential: LinkId = call.derive("credential");
    let link: LinkId = call.derive("activation");
    let occasion = call.by_visitor();
    for key in app.email_keys(&email) {
        release_if_abandoned(app, call, key, &email, user).await?;
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
    let hash = app.passwords.hash(password.as_str()).await?;
    let request = call.step("register");
    // Repeated after a change of password, it would bring the first one back into the vault.
    if app.store.done::<User>(user, request.command_id).await?.is_none() {
        let vault = &app.store.vault;
        let kind = CredentialKind::Password;
        vault.put_credential(user.into(), credential, kind, hash.as_bytes()).await?;
    }
    let register = UserCommand::Register { email, language, credential };
    app.step::<User>(user, register, &occasion, &request).await?;
    let create = registration::Command::Create { owner: user, language };
    app.step::<Merchant>(merchant, create.into(), &occasion, &call.step("create")).await?;
    let issue = UserCommand::IssueActivationLink { link };
    app.execute::<User>(user, issue, &occasion, &call.step("issue")).await?;
    Ok(())
}

/// The claim of an account that was made under the address's other spelling. Nobody claims it any
/// more, so that what is found free stays free.
async fn claim_of_before(app: &App, email: &Email) -> Result<Option<EmailKey>, Error> {
    for key in app.email_keys(email).into_iter().skip(1) {
        if app.store.load::<EmailClaim>(key, AsOf::Now).await?.state.holder.is_some() {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// A claim whose registration never came about, because a crash cut it off and nobody tried again,
/// is released when somebody next asks for the address; so is one whose holder has taken another.
pub(super) async fn release_if_abandoned(
    app: &App,
    call: &Call,
    key: EmailKey,
    address: &Email,
    user: UserId,
) -> Result<(), Error> {
    let claim = app.store.load::<EmailClaim>(key, AsOf::Now).await?;
    let (Some(holder), Some(claimed_at)) = (claim.state.holder, claim.recorded_at) else {
        return Ok(());
    };
    if holder == user.into() {
        return Ok(());
    }
    let holder_id = UserId::from_uuid(holder.uuid());
    let known = app.store.load::<User>(holder_id, AsOf::Now).await?.state;
    if !email_claim::is_abandoned(claimed_at, address, &known, call.at) {
        return Ok(());
    }
    let release = email_claim::Command::Release { by: holder };
    let occasion = Occasion::by_system(call.at);
    app.carry_out::<EmailClaim>(key, release, &occasion, &call.step("release_abandoned")).await?;
    Ok(())
}

async fn tell_owner(
    app: &App,
    call: &Call,
    key: EmailKey,
    password: &Password,
    occasion: &Occasion,
) -> Result<(), Error> {
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
    let is_password_same = app.passwords.judge(password.as_str(), stored).await?.is_right;
    let link = call.derive("activation");
    let repeat = UserCommand::RepeatRegistration { link, is_password_same };
    match app.carry_out::<User>(owner, repeat, occasion, &call.step("repeat")).await {
        // A claim whose registration never came about: whoever asks for the address next releases it.
        Ok(_) | Err(ExecuteError::Refused(user::Refusal::UnknownUser)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
