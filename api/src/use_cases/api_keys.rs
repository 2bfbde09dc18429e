//! API keys: their values are secrets, of which the ledger knows hashes.

use super::{Call, Error};
use crate::app::App;
use crate::auth::keys;
use domain::api_keys::{Command, Key, Mode, works};
use domain::merchant::State;
use domain::values::FreeText;
use domain::{ApiKeyId, MerchantId, Occasion};
use std::sync::Arc;
use store::{AsOf, Merchant, Revision};

/// A key that was just made.
pub struct NewKey {
    pub key: Key,
    /// `None` if an earlier request with the same id made it: whoever got the first answer knows it.
    pub value: Option<String>,
    pub revision: Option<Revision>,
}

/// Issues a key.
pub async fn issue(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    mode: Mode,
    name: FreeText,
) -> Result<NewKey, Error> {
    let id: ApiKeyId = call.derive("api_key");
    let value = app.keys.value(mode, id, app.store.chance.as_ref());
    let command = Command::Issue { key: keys::recorded(id, &value), mode, name };
    make(app, call, occasion, merchant, command, id, value).await
}

/// Replaces a key by a new one, beside which it goes on working for some days.
pub async fn rotate(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    from: &Key,
    overlap_days: u8,
) -> Result<NewKey, Error> {
    let to: ApiKeyId = call.derive("api_key");
    let value = app.keys.value(from.mode, to, app.store.chance.as_ref());
    let from = from.key.id;
    let command = Command::Rotate { from, to: keys::recorded(to, &value), overlap_days };
    make(app, call, occasion, merchant, command, to, value).await
}

async fn make(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    command: Command,
    id: ApiKeyId,
    value: String,
) -> Result<NewKey, Error> {
    let done = app.execute::<Merchant>(merchant, command.into(), occasion, &call.request()).await?;
    let key = done.state.keys.keys.get(&id).cloned().ok_or(Error::NotFound)?;
    let is_its_value = keys::hash(&value) == key.key.hash;
    Ok(NewKey { key, value: is_its_value.then_some(value), revision: done.revision })
}

/// A key that somebody presents.
pub struct Presented {
    pub merchant: MerchantId,
    pub key: ApiKeyId,
    pub mode: Mode,
    /// Whether it works now.
    pub is_active: bool,
    pub state: Arc<State>,
}

/// Whose key it is, if it ever was one, and whether it works now.
pub async fn find(app: &App, value: &str) -> Result<Option<Presented>, Error> {
    let Some((merchant, key)) = app.projections.models().keys.find(&keys::hash(value)) else {
        return Ok(None);
    };
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let Some(known) = state.keys.keys.get(&key) else { return Ok(None) };
    let (mode, now) = (known.mode, app.clock.now());
    let is_active = works(state.account.status, known, now);
    if is_active {
        app.store.vault.saw_use(key, now);
    }
    Ok(Some(Presented { merchant, key, mode, is_active, state }))
}
