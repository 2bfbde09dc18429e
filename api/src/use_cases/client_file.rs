//! Documents of the client file: handed in, and read again.

use super::{Call, Error};
use crate::app::App;
use crate::documents::inspect;
use chrono::NaiveDate;
use domain::client_file::{
    Command, DOCUMENT_BYTES_MAX, DocumentDates, DocumentKind, MediaType, NewDocument, Refusal,
    SubmittedDocument,
};
use domain::merchant::State;
use domain::{DocumentId, ItemId, MerchantId, Occasion, PersonId, merchant};
use store::Bytes;
use store::documents::{blob_id, subject_of};
use store::{AsOf, ExecuteError, Executed, Merchant, Request};
use uuid::Uuid;

/// A document as somebody hands it in.
pub struct Handed {
    pub kind: DocumentKind,
    pub person: Option<PersonId>,
    pub issued_on: Option<NaiveDate>,
    pub expires_on: Option<NaiveDate>,
    pub answers: Option<ItemId>,
    pub replaces: Option<DocumentId>,
    pub file: Bytes,
}

/// The document that a call hands in.
pub fn document_of(call: &Call) -> DocumentId {
    call.derive("document")
}

/// Checks, seals, stores, then records. What is refused leaves nothing behind.
pub async fn submit_document(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    handed: Handed,
    on_behalf_of: Option<Uuid>,
) -> Result<Executed<State>, Error> {
    let media_type = inspected(app, &handed.file).await?;
    let Handed { replaces, file, .. } = handed;
    let document = document_of(call);
    let mut submitted = SubmittedDocument {
        id: document,
        kind: handed.kind,
        person: handed.person,
        media_type,
        size: file.len() as u64,
        sealed_sha256: [0; 32],
        answers: handed.answers,
    };
    let dates = DocumentDates { issued_on: handed.issued_on, expires_on: handed.expires_on };
    let command = |submitted: SubmittedDocument| Command::SubmitDocument {
        document: NewDocument { submitted, dates },
        replaces,
    };
    // Asked beforehand, so that a refused document is never stored.
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let is_known = state.file.documents.contains_key(&document);
    if !is_known {
        merchant::decide(command(submitted.clone()).into(), &state, occasion)?;
        let subject = subject_of(merchant, handed.person);
        submitted.sealed_sha256 = app.documents.put(blob_id(document), subject, file).await?;
    }
    let request = Request { on_behalf_of, ..call.request() };
    let outcome =
        app.carry_out::<Merchant>(merchant, command(submitted).into(), occasion, &request).await;
    if matches!(outcome, Err(ExecuteError::Refused(_) | ExecuteError::Stale { .. })) && !is_known {
        app.documents.discard(blob_id(document)).await?;
    }
    let done = outcome?;
    app.see(done.position).await?;
    Ok(done)
}

/// What the file really is, if it can be accepted.
pub(super) async fn inspected(app: &App, file: &Bytes) -> Result<MediaType, Error> {
    if file.len() as u64 > DOCUMENT_BYTES_MAX {
        return Err(merchant::Refusal::from(Refusal::DocumentTooLarge).into());
    }
    let (is_pdf, is_apart) = (inspect::is_pdf(file), app.config.inspects_apart);
    let file = file.clone();
    let look = move || inspect::inspect(&file, is_apart);
    Ok(if is_pdf { app.pdfs.run(look).await?? } else { app.heavy.run(look).await?? })
}

/// The bytes of a document, and what they are.
pub async fn read_document(
    app: &App,
    merchant: MerchantId,
    state: &State,
    document: DocumentId,
) -> Result<(Vec<u8>, MediaType), Error> {
    let known = state.file.documents.get(&document).ok_or(Error::NotFound)?;
    let submitted = &known.submitted;
    let subject = subject_of(merchant, submitted.person);
    let bytes = app.documents.get(blob_id(document), subject, &submitted.sealed_sha256).await?;
    Ok((bytes, submitted.media_type))
}
