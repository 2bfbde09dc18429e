//! The contacts of an owner, frozen around the change of a bank account: in the owner's stream, for a change
//! in the merchant's (ADR 21).

use super::{Call, Error};
use crate::app::App;
use chrono::{DateTime, Utc};
use domain::user::{Command, Freeze, State};
use domain::{BankAccountChangeId, MerchantId, Occasion, UserId};
use store::{AsOf, Merchant, User};

/// Freezes them now, and says since when they are; nothing if they are released by now.
pub async fn freeze(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    user: UserId,
    change: BankAccountChangeId,
) -> Result<Option<DateTime<Utc>>, Error> {
    release_over(app, call, user).await?;
    let occasion = Occasion { at: app.clock.now(), ..*occasion };
    let freeze = Command::FreezeContacts { merchant, change };
    // Of this very moment: a repeated request must not go by a freeze that was released since.
    let request = call.step(&format!("freeze/{}", occasion.at.timestamp_micros()));
    app.step::<User>(user, freeze, &occasion, &request).await?;
    let known = app.store.load::<User>(user, AsOf::Now).await?.state;
    let freeze = known.freezes.iter().find(|freeze| freeze.change == change);
    Ok(freeze.map(|freeze| freeze.frozen_at))
}

/// A change is over, or came to nothing: the contacts may change again.
pub async fn release(
    app: &App,
    call: &Call,
    user: UserId,
    change: BankAccountChangeId,
) -> Result<(), Error> {
    let occasion = Occasion::by_system(app.clock.now());
    let request = call.step(&format!("release/{change}/{}", occasion.at.timestamp_micros()));
    app.step::<User>(user, Command::ReleaseContacts { change }, &occasion, &request).await?;
    Ok(())
}

/// Releases what was frozen for changes that are over, or that a crash cut off before they began.
pub async fn release_over(app: &App, call: &Call, user: UserId) -> Result<(), Error> {
    let known = app.store.load::<User>(user, AsOf::Now).await?.state;
    for freeze in &known.freezes {
        if is_over(app, freeze, call.at).await? {
            release(app, call, user, freeze.change).await?;
        }
    }
    Ok(())
}

/// Whether anything keeps the contacts as they are at a moment.
pub async fn are_frozen(app: &App, state: &State, at: DateTime<Utc>) -> Result<bool, Error> {
    for freeze in &state.freezes {
        if !is_over(app, freeze, at).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn is_over(app: &App, freeze: &Freeze, at: DateTime<Utc>) -> Result<bool, Error> {
    let state = app.store.load::<Merchant>(freeze.merchant, AsOf::Now).await?.state;
    Ok(state.bank_account.is_freeze_over(freeze.change, freeze.frozen_at, at))
}
