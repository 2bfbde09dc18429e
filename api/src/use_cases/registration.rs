//! The account: its company and its first key, and its end where it is never activated.

use super::{Call, Error};
use crate::app::App;
use crate::auth::keys;
use domain::merchant::State;
use domain::registration::{Command, CompanyBasics, Status};
use domain::{ApiKeyId, MerchantId, Occasion, UserId, email_claim, user};
use store::{AsOf, EmailClaim, Executed, Merchant, Request, User};

/// The account after its company basics were recorded, and its first test key if that was made now.
pub struct Recorded {
    pub done: Executed<State>,
    pub test_key: Option<String>,
}

/// Records the company basics; the first time opens test mode and makes the first test key.
pub async fn record_company_basics(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    user: UserId,
    basics: CompanyBasics,
) -> Result<Recorded, Error> {
    let known = app.store.load::<User>(user, AsOf::Now).await?.state;
    let id: ApiKeyId = call.derive("test_key");
    let value = app.keys.test(id);
    let command = Command::RecordCompanyBasics {
        basics,
        is_mobile_verified: known.is_mobile_verified,
        test_key: keys::recorded(id, &value),
    };
    let done = app.execute::<Merchant>(merchant, command.into(), occasion, &call.request()).await?;
    let test_key = done.state.keys.keys.contains_key(&id).then_some(value);
    Ok(Recorded { done, test_key })
}

/// Never activated: the account lapses, the address is released, the personal data forgotten. The
/// account comes last, because its event takes the timer away.
pub async fn lapse(
    app: &App,
    occasion: &Occasion,
    merchant: MerchantId,
    request: &Request,
) -> Result<(), Error> {
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let account = &state.account;
    if account.status != Some(Status::Created) {
        return Ok(());
    }
    if let Some(owner) = account.owner {
        lapse_user(app, occasion, owner, request).await?;
    }
    // Forgotten first: once the event is there, nobody comes back for the key.
    app.store.forget(merchant.into()).await?;
    let command = Command::Lapse.into();
    app.execute::<Merchant>(merchant, command, occasion, request).await?;
    Ok(())
}

async fn lapse_user(
    app: &App,
    occasion: &Occasion,
    user: UserId,
    request: &Request,
) -> Result<(), Error> {
    let known = app.store.load::<User>(user, AsOf::Now).await?.state;
    if known.is_email_verified {
        return Ok(());
    }
    if !known.is_lapsed {
        app.step::<User>(user, user::Command::Lapse, occasion, request).await?;
    }
    if let Some(email) = known.email.as_ref().and_then(|email| email.known()) {
        let release = email_claim::Command::Release { by: user.into() };
        for key in app.email_keys(email) {
            app.step::<EmailClaim>(key, release.clone(), occasion, request).await?;
        }
    }
    Ok(app.store.forget(user.into()).await?)
}
