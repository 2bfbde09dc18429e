//! The change of a bank account: asked for with the bank's document, confirmed as it was shown, and
//! cancelled by the link that came with a message. The owner's contacts are frozen before it begins.

use super::client_file::inspected;
use super::{Call, Error, freezes};
use crate::app::App;
use crate::documents::{inspect, rib};
use chrono::{DateTime, Utc};
use domain::bank_account::{Command, NewChange, Reading, Refusal, Rib};
use domain::client_file::{MediaType, PayoutAccount};
use domain::merchant::{self, State};
use domain::values::{Iban, LegalName};
use domain::{BankAccountChangeId, DocumentId, MerchantId, Occasion, UserId, access};
use store::documents::{blob_id, subject_of};
use store::{AsOf, Bytes, ExecuteError, Executed, Merchant};

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
    if let Some(done) = app.store.done::<Merchant>(merchant, call.command_id).await? {
        return Ok(done);
    }
    if !app.store.is_what_was_seen::<Merchant>(merchant, &call.request()).await? {
        return Err(Error::Stale);
    }
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let mut change = new_change(call, &state, &asked)?;
    let command = |change, contacts_frozen_at| Command::Request { change, contacts_frozen_at };
    // Asked beforehand, so that nothing is looked into, frozen or stored for what is refused.
    merchant::decide(command(change.clone(), Some(call.at)).into(), &state, occasion)?;
    check_pdf(app, &asked.file).await?;
    change.reading = read(app, &asked.file, &change.account).await?;
    let id = change.id;
    let frozen = freezes::freeze(app, call, occasion, merchant, user, id).await?;
    let stored = store_and_record(app, call, occasion, merchant, change, frozen, asked.file).await;
    if matches!(stored, Err(Error::Refused(_) | Error::Stale)) {
        freezes::release(app, call, user, id).await?;
    }
    stored
}

/// Nothing but a PDF will do (S61).
async fn check_pdf(app: &App, file: &Bytes) -> Result<(), Error> {
    if !inspect::is_pdf(file) {
        return Err(merchant::Refusal::from(Refusal::RibNotPdf).into());
    }
    inspected(app, file).await.map(|_| ())
}

async fn store_and_record(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    mut change: NewChange,
    frozen_at: Option<DateTime<Utc>>,
    file: Bytes,
) -> Result<Executed<State>, Error> {
    let document = blob_id(change.rib.document);
    let subject = subject_of(merchant, None);
    change.rib.sealed_sha256 = app.documents.put(document, subject, file).await?;
    let command = Command::Request { change, contacts_frozen_at: frozen_at };
    // Time has passed since the contacts were frozen, and the rules look at how much.
    let occasion = Occasion { at: app.clock.now(), ..*occasion };
    let request = call.request();
    let outcome = app.carry_out::<Merchant>(merchant, command.into(), &occasion, &request).await;
    if matches!(outcome, Err(ExecuteError::Refused(_) | ExecuteError::Stale { .. }))
        && let Err(error) = app.documents.discard(document).await
    {
        tracing::warn!(%error, "a RIB that was refused is swept later");
    }
    let done = outcome?;
    app.see(done.position).await?;
    Ok(done)
}

/// The holder is the company unless the form says otherwise. A company that is forgotten has no owner
/// any more.
fn new_change(call: &Call, state: &State, asked: &Asked) -> Result<NewChange, Error> {
    let basics = state.account.basics.as_ref();
    let company = basics.and_then(|basics| basics.identity.known());
    let company = company.map(|identity| identity.legal_name.clone());
    let holder = asked.holder.clone().or(company);
    let holder = holder.ok_or(merchant::Refusal::from(access::Refusal::UnknownMerchant))?;
    Ok(NewChange {
        id: change_of(call),
        account: PayoutAccount { iban: asked.iban.clone(), holder },
        rib: Rib {
            document: call.derive::<DocumentId>("rib"),
            // Looked at before anything is recorded.
            media_type: MediaType::Pdf,
            size: asked.file.len() as u64,
            sealed_sha256: [0; 32],
        },
        reading: Reading::UNREADABLE,
    })
}

/// On a thread that may take its time, by a process that may not.
async fn read(app: &App, file: &Bytes, declared: &PayoutAccount) -> Result<Reading, Error> {
    let (file, declared) = (file.clone(), declared.clone());
    let is_apart = app.config.inspects_apart;
    let reading = app.pdfs.run(move || rib::read(&file, is_apart, &declared)).await?;
    reading.map_err(Error::internal)
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
    let newest = state.bank_account.newest(change);
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

/// The bytes of the document that came with a change: the newest, or one that made an account.
pub async fn read_rib(
    app: &App,
    merchant: MerchantId,
    state: &State,
    change: BankAccountChangeId,
) -> Result<Vec<u8>, Error> {
    let rib = state.bank_account.rib_of(change).ok_or(Error::NotFound)?;
    let subject = subject_of(merchant, None);
    Ok(app.documents.get(blob_id(rib.document), subject, &rib.sealed_sha256).await?)
}
