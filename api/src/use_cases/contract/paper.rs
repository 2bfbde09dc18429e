//! The contract as a paper: presented, signed, and filed once it is signed. What was filed is the
//! contract; it is never typeset again.

use crate::app::App;
use crate::documents::contract::{evidence, text};
use crate::documents::typeset::{pdf, pdf_behind};
use crate::use_cases::{Call, Error};
use chrono::{DateTime, Utc};
use domain::contract::{Command, Event, Presented, TERMS_VERSION};
use domain::merchant::State;
use domain::{CommandId, ContractId, DocumentId, Id, MerchantId, Occasion};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::Bytes;
use store::documents::{DocumentError, blob_id};
use store::{AsOf, ExecuteError, Executed, Loaded, Merchant, Request};
use uuid::Uuid;

/// Makes the PDF from the file as it is, stores it, and presents it to every signer.
pub async fn present(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    loaded: Loaded<State>,
) -> Result<Executed<State>, Error> {
    if let Some(done) = app.store.done::<Merchant>(merchant, call.command_id).await? {
        return Ok(done);
    }
    let contract: ContractId = call.derive("contract");
    let state = loaded.state;
    let file_version = state.file.version;
    let command =
        |sha256, sealed_sha256| Command::Present { contract, sha256, sealed_sha256, file_version };
    // Refused before anything is stored; stored before anything is promised.
    domain::merchant::decide(command([0; 32], [0; 32]).into(), &state, occasion)?;
    let pdf = typeset(app, merchant, contract, TERMS_VERSION, state, call.at).await?;
    let sha256 = Sha256::digest(&pdf).into();
    let sealed_sha256 = app.documents.put(blob_id(contract), merchant.into(), pdf).await?;
    let command = command(sha256, sealed_sha256).into();
    let request = call.request();
    let outcome = app.carry_out::<Merchant>(merchant, command, occasion, &request).await;
    if matches!(outcome, Err(ExecuteError::Refused(_) | ExecuteError::Stale { .. })) {
        app.documents.discard(blob_id(contract)).await?;
    }
    let done = outcome?;
    app.see(done.position).await?;
    Ok(done)
}

/// The contract as it was presented or, once everybody has signed, as it was filed.
pub async fn read(app: &App, merchant: MerchantId, state: &State) -> Result<Bytes, Error> {
    if let Some(filed) = &state.contract.filed {
        let blob = blob_id(filed.document);
        return Ok(app.documents.get(blob, merchant.into(), &filed.sealed_sha256).await?.into());
    }
    if state.contract.is_signed() {
        return Err(Error::BeingFiled);
    }
    let presented = state.contract.presented.as_ref().ok_or(Error::NotFound)?;
    Ok(as_presented(app, merchant, presented).await?.into())
}

/// Makes the signed contract of the pages that were presented and the evidence of every
/// signature, stores it, and records that it is the contract from now on. Once: asked again, or cut
/// off and tried again, the one that was stored first is taken.
pub async fn file(app: &App, merchant: MerchantId, at: DateTime<Utc>) -> Result<(), Error> {
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let presented = match &state.contract.presented {
        Some(presented) if state.contract.is_signed() && state.contract.filed.is_none() => {
            presented.clone()
        }
        Some(_) | None => return Ok(()),
    };
    let pages = pages_of(app, merchant, &presented).await?;
    let evidence = evidence(&state);
    let signed = app.heavy.run(move || pdf_behind(pages, &evidence)).await?;
    let signed = Bytes::from(signed.map_err(Error::internal)?);
    let document = DocumentId::from_uuid(derived(presented.contract, b"signed"));
    let made = signed.len();
    let (sealed_sha256, kept) =
        app.documents.put_or_keep(blob_id(document), merchant.into(), signed).await?;
    let size = kept.map_or(made, |kept| kept.len()) as u64;
    let command = Command::File { contract: presented.contract, document, sealed_sha256, size };
    let request = Request::new(CommandId::from_uuid(derived(presented.contract, b"file")));
    let occasion = Occasion::by_system(at);
    app.execute::<Merchant>(merchant, command.into(), &occasion, &request).await?;
    Ok(())
}

fn derived(contract: ContractId, what: &[u8]) -> Uuid {
    Uuid::new_v5(&contract.uuid(), what)
}

async fn as_presented(
    app: &App,
    merchant: MerchantId,
    presented: &Presented,
) -> Result<Vec<u8>, DocumentError> {
    let (blob, subject) = (blob_id(presented.contract), merchant.into());
    match (&presented.sealed_sha256, presented.sha256.known()) {
        (Some(sealed_sha256), _) => app.documents.get(blob, subject, sealed_sha256).await,
        (None, Some(sha256)) => app.documents.get_by_content(blob, subject, sha256).await,
        (None, None) => Err(DocumentError::Forgotten),
    }
}

/// The pages that were presented. If they are gone (uploads were once acknowledged before they were
/// on disk), the same pages made again by their version of the terms, or none.
async fn pages_of(
    app: &App,
    merchant: MerchantId,
    presented: &Presented,
) -> Result<Vec<u8>, Error> {
    let gone = match as_presented(app, merchant, presented).await {
        Ok(pages) => return Ok(pages),
        Err(error) => error,
    };
    let events = app.store.events::<Merchant>(merchant).await?;
    let presentation = events.iter().rev().find(|recorded| {
        matches!(&recorded.event, domain::Event::Merchant(domain::merchant::Event::Contract(
            Event::Presented { contract, .. })) if *contract == presented.contract)
    });
    let presentation = presentation.ok_or(Error::NotFound)?;
    let then = app.store.load::<Merchant>(merchant, AsOf::Revision(presentation.revision)).await?;
    let at = presentation.metadata.recorded_at;
    let contract = presented.contract;
    let pages = typeset(app, merchant, contract, presented.terms_version, then.state, at).await?;
    let sha256: [u8; 32] = Sha256::digest(&pages).into();
    match presented.sha256.known() {
        Some(known) if *known == sha256 => Ok(pages.into()),
        Some(_) | None => Err(gone.into()),
    }
}

async fn typeset(
    app: &App,
    merchant: MerchantId,
    contract: ContractId,
    terms_version: u16,
    state: Arc<State>,
    at: DateTime<Utc>,
) -> Result<Bytes, Error> {
    let typesetting =
        move || text(merchant, contract, terms_version, &state, at).map(|blocks| pdf(&blocks));
    let made = app.heavy.run(typesetting).await?;
    let no_terms = || Error::internal(format!("there are no terms of version {terms_version}"));
    Ok(made.ok_or_else(no_terms)?.map_err(Error::internal)?.into())
}
