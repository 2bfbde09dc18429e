//! The change of a bank account: asked for with the bank's document, confirmed as it was shown, and
//! cancelled by the link that came with a message. The owner's contacts are frozen before it begins.

use super::client_file::inspected;
use super::user::release_contacts;
use super::{Call, Error};
use crate::app::App;
use crate::documents::{inspect, rib};
use domain::bank_account::{Change, Command, NewChange, Reading, Rib};
use domain::client_file::{MediaType, PayoutAccount};
use domain::merchant::{self, State};
use domain::values::{Iban, LegalName};
use domain::{BankAccountChangeId, DocumentId, MerchantId, Occasion, UserId, user};
use store::documents::{blob_id, subject_of};
use store::{AsOf, Bytes, ExecuteError, Executed, Merchant, User};

/// A change as its owner asks for it.
pub struct Asked {
    pub iban: Iban,
    /// The company's name unless it says otherwise.
    pub holder: Option<LegalName>,
    pub file: Bytes,
}

/// The change that a call asks for.
pub fn change_of(call: &Call) -> BankAccountChangeId {
    call.derive("bank_account_change")
}

/// Looks into the document, freezes the contacts, seals, stores, then records. What is refused leaves
/// nothing behind.
pub async fn request(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    user: UserId,
    asked: Asked,
) -> Result<Executed<State>, Error> {
    let command_id = call.command_id;
    if let Some(done) = app.store.done::<Merchant>(merchant, command_id).await? {
        return Ok(done);
    }
    if !inspect::is_pdf(&asked.file) {
        return Err(Error::Unfit(inspect::no_pdf()));
    }
    let media_type = inspected(app, &asked.file).await?;
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let mut change = new_change(call, &state, &asked, media_type);
    let at = Some(call.at);
    // Asked beforehand, so that nothing is frozen, read or stored for what is refused.
    let first = Command::Request { change: change.clone(), contacts_frozen_at: at };
    merchant::decide(first.into(), &state, occasion)?;
    change.reading = read(app, &asked.file, &change.account).await?;
    let frozen = freeze(app, call, occasion, merchant, user, change.id).await?;
    let subject = subject_of(merchant, None);
    let document = blob_id(change.rib.document);
    change.rib.sealed_sha256 = app.documents.put(document, subject, asked.file).await?;
    let command = Command::Request { change: change.clone(), contacts_frozen_at: frozen };
    let request = call.request();
    let outcome = app.carry_out::<Merchant>(merchant, command.into(), occasion, &request).await;
    if matches!(outcome, Err(ExecuteError::Refused(_) | ExecuteError::Stale { .. })) {
        app.documents.discard(document).await?;
        release_contacts(app, call, user, change.id).await?;
    }
    let done = outcome?;
    app.see(done.position).await?;
    Ok(done)
}

fn new_change(call: &Call, state: &State, asked: &Asked, media_type: MediaType) -> NewChange {
    let basics = state.account.basics.as_ref();
    let company = basics.and_then(|basics| basics.identity.known());
    let company = company.map(|identity| identity.legal_name.clone());
    let holder = asked.holder.clone().or(company).unwrap_or_else(|| LegalName::recorded(""));
    NewChange {
        id: change_of(call),
        account: PayoutAccount { iban: asked.iban.clone(), holder },
        rib: Rib {
            document: call.derive::<DocumentId>("rib"),
            media_type,
            size: asked.file.len() as u64,
            sealed_sha256: [0; 32],
        },
        reading: Reading::UNREADABLE,
    }
}

/// On a thread that may take its time, by a process that may not.
async fn read(app: &App, file: &Bytes, declared: &PayoutAccount) -> Result<Reading, Error> {
    let (file, declared) = (file.clone(), declared.clone());
    let is_apart = app.config.inspects_apart;
    let reading = app.pdfs.run(move || rib::read(&file, is_apart, &declared)).await?;
    reading.map_err(Error::internal)
}

/// When the contacts were frozen for the change.
async fn freeze(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    user: UserId,
    change: BankAccountChangeId,
) -> Result<Option<chrono::DateTime<chrono::Utc>>, Error> {
    release_over(app, call, user).await?;
    let freeze = user::Command::FreezeContacts { merchant, change };
    let done = app.step::<User>(user, freeze, occasion, &call.step("freeze")).await?;
    let mut freezes = done.state.freezes.iter();
    Ok(freezes.find(|freeze| freeze.change == change).map(|freeze| freeze.frozen_at))
}

/// Releases what was frozen for changes that are over, or that a crash cut off before they began.
pub async fn release_over(app: &App, call: &Call, user: UserId) -> Result<(), Error> {
    let known = app.store.load::<User>(user, AsOf::Now).await?.state;
    for freeze in &known.freezes {
        let state = app.store.load::<Merchant>(freeze.merchant, AsOf::Now).await?.state;
        let (change, frozen_at) = (freeze.change, freeze.frozen_at);
        if state.bank_account.is_freeze_over(change, frozen_at, call.at) {
            release_contacts(app, call, user, change).await?;
        }
    }
    Ok(())
}

/// Confirms a change as it was shown.
pub async fn confirm(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    change: BankAccountChangeId,
    recap: &str,
) -> Result<Executed<State>, Error> {
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let newest = state.bank_account.change.as_ref().filter(|newest| newest.id == change);
    let is_what_was_shown = newest.is_some_and(|newest| app.recaps.is_of(merchant, newest, recap));
    let command = Command::Confirm { change, is_what_was_shown };
    app.execute::<Merchant>(merchant, command.into(), occasion, &call.request()).await
}

/// What a link is for.
pub struct Linked {
    pub merchant: MerchantId,
    pub change: BankAccountChangeId,
}

pub fn read_link(app: &App, token: &str) -> Result<Linked, Error> {
    let (merchant, change) = app.links.read_bank_account_change(token).ok_or(Error::UnknownLink)?;
    Ok(Linked { merchant, change })
}

/// Cancels a change for whoever was told of it, signed in or not.
pub async fn cancel_by_link(app: &App, call: &Call, token: &str) -> Result<(), Error> {
    let Linked { merchant, change } = read_link(app, token)?;
    let command = Command::CancelByLink { change };
    app.execute::<Merchant>(merchant, command.into(), &call.by_visitor(), &call.request()).await?;
    Ok(())
}

/// The bytes of the bank's document.
pub async fn read_rib(app: &App, merchant: MerchantId, change: &Change) -> Result<Vec<u8>, Error> {
    let subject = subject_of(merchant, None);
    let rib = &change.rib;
    Ok(app.documents.get(blob_id(rib.document), subject, &rib.sealed_sha256).await?)
}
