//! Uploads: the form, its fields and its file; checked by content before anything is kept.

use super::inspect;
use crate::app::App;
use crate::call::Call;
use crate::error::{Fields, Problem};
use axum::body::{Body, Bytes};
use axum::extract::Multipart;
use axum::extract::multipart::MultipartRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::NaiveDate;
use domain::client_file::{
    Command, DOCUMENT_BYTES_MAX, DocumentKind, MediaType, NewDocument, Refusal,
};
use domain::merchant::State as MerchantState;
use domain::values::Invalid;
use domain::{Coded, DocumentId, Id, ItemId, MerchantId, Occasion, PersonId};
use std::collections::BTreeMap;
use store::documents::{blob_id, subject_of};
use store::{AsOf, ExecuteError, Executed, Merchant};

/// The fields of an upload form, before they are judged.
pub struct Form {
    texts: BTreeMap<String, String>,
    file: Option<Bytes>,
}

const TEXTS: [&str; 6] = ["kind", "person", "issued_on", "expires_on", "answers", "replaces"];

pub async fn read(form: Result<Multipart, MultipartRejection>) -> Result<Form, Problem> {
    let mut multipart = form.map_err(|_| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Send multipart/form-data with a boundary.",
            "Envoyez du multipart/form-data avec une « boundary ».",
        )
    })?;
    let mut found = Form { texts: BTreeMap::new(), file: None };
    let broken = |_| {
        Problem::malformed(
            "The form is cut off or malformed; send it again.",
            "Le formulaire est tronqué ou mal formé ; renvoyez-le.",
        )
    };
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            found.file = Some(field.bytes().await.map_err(broken)?);
        } else if TEXTS.contains(&name.as_str()) {
            let text = field.text().await.map_err(broken)?;
            if !text.is_empty() {
                found.texts.insert(name, text);
            }
        } else {
            return Err(unknown_field(&name));
        }
    }
    Ok(found)
}

fn unknown_field(name: &str) -> Problem {
    let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    Problem {
        errors: vec![crate::error::FieldProblem {
            pointer: format!("/{}", name.replace('~', "~0").replace('/', "~1")),
            code: "invalid_field",
            english: "There is no such field.".to_owned(),
            french: "Ce champ n'existe pas.".to_owned(),
        }],
        ..Fields::default().problem()
    }
}

/// What the form says, parsed.
struct Parsed {
    kind: DocumentKind,
    person: Option<PersonId>,
    issued_on: Option<NaiveDate>,
    expires_on: Option<NaiveDate>,
    answers: Option<ItemId>,
    replaces: Option<DocumentId>,
    file: Bytes,
    media_type: MediaType,
}

fn parse(form: Form) -> Result<Parsed, Problem> {
    let mut fields = Fields::default();
    let text = |name: &str| form.texts.get(name);
    let date = |text: &str| text.parse::<NaiveDate>().map_err(|_| Invalid::Date);
    let kind = fields.code("/kind", text("kind").map_or("", String::as_str));
    let person = fields.take_optional("/person", text("person"), parse_id);
    let issued_on = fields.take_optional("/issued_on", text("issued_on"), date);
    let expires_on = fields.take_optional("/expires_on", text("expires_on"), date);
    let answers = fields.take_optional("/answers", text("answers"), parse_id);
    let replaces = fields.take_optional("/replaces", text("replaces"), parse_id);
    let kind = fields.finish(kind)?;
    let file = form.file.filter(|file| !file.is_empty()).ok_or_else(|| Problem {
        errors: vec![crate::error::FieldProblem {
            pointer: "/file".to_owned(),
            code: "file_missing",
            english: "Attach the document as `file`.".to_owned(),
            french: "Joignez le document dans `file`.".to_owned(),
        }],
        ..Fields::default().problem()
    })?;
    if file.len() as u64 > DOCUMENT_BYTES_MAX {
        return Err(domain::merchant::Refusal::from(Refusal::DocumentTooLarge).into());
    }
    let media_type = inspect::inspect(&file)?;
    Ok(Parsed { kind, person, issued_on, expires_on, answers, replaces, file, media_type })
}

fn parse_id<I: Id>(text: &str) -> Result<I, Invalid> {
    I::parse(text).ok_or(Invalid::Id)
}

/// Checks, seals, stores, then records. What is refused leaves nothing behind.
pub async fn submit(
    app: &App,
    call: &Call,
    occasion: &Occasion,
    merchant: MerchantId,
    form: Form,
    on_behalf_of: Option<uuid::Uuid>,
) -> Result<Executed<MerchantState>, Problem> {
    let parsed = parse(form)?;
    let document: DocumentId = call.derive("document");
    let mut new = NewDocument {
        id: document,
        kind: parsed.kind,
        person: parsed.person,
        media_type: parsed.media_type,
        size: parsed.file.len() as u64,
        sealed_sha256: [0; 32],
        issued_on: parsed.issued_on,
        expires_on: parsed.expires_on,
        answers: parsed.answers,
    };
    let replaces = parsed.replaces;
    let command = |document: NewDocument| Command::SubmitDocument { document, replaces };
    // Asked beforehand, so that a refused document is never stored.
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let is_known = state.file.documents.contains_key(&document);
    if !is_known {
        domain::merchant::decide(command(new.clone()).into(), &state, occasion)?;
        let subject = subject_of(merchant, parsed.person);
        new.sealed_sha256 =
            app.documents.put(blob_id(document), subject, parsed.file.clone()).await?;
    }
    let request = store::Request { on_behalf_of, ..call.request() };
    let outcome =
        app.store.execute::<Merchant>(merchant, command(new).into(), occasion, &request).await;
    if matches!(outcome, Err(ExecuteError::Refused(_) | ExecuteError::Stale { .. })) && !is_known {
        app.documents.discard(blob_id(document)).await?;
    }
    let done = outcome?;
    if let Some(position) = done.position {
        app.see(position).await?;
    }
    Ok(done)
}

/// Bytes of a merchant, which a browser must save and never run.
pub fn attachment(bytes: impl Into<Body>, media_type: MediaType, name: &str) -> Response {
    let ending = match media_type {
        MediaType::Pdf => "pdf",
        MediaType::Jpeg => "jpg",
        MediaType::Png => "png",
    };
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type.code()));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}.{ending}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
    response
}
