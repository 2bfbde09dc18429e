//! Documents: handed in, taken back, downloaded.

use super::{ClientFile, change};
use crate::app::App;
use crate::http::attachment;
use crate::http::upload::{DocumentForm, Upload};
use crate::http::{At, PortalUser, Problem, Versioned, Within};
use crate::portal::load;
use crate::use_cases::{Call, client_file as use_case};
use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use domain::client_file::{Command, Document};
use domain::merchant::State as MerchantState;
use domain::values::Language;
use domain::{Coded, DocumentId, Id, MerchantId};
use serde::Serialize;
use store::AsOf;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(submit_document))
        .routes(routes!(withdraw_document))
        .routes(routes!(download_document))
}

#[derive(Serialize, ToSchema)]
pub struct DocumentView {
    /// Always `document`.
    object: &'static str,
    id: String,
    kind: &'static str,
    person: Option<String>,
    media_type: &'static str,
    size: u64,
    issued_on: Option<NaiveDate>,
    expires_on: Option<NaiveDate>,
    /// The last day on which it is valid, which may be later than what is printed on it.
    valid_until: Option<NaiveDate>,
    /// Why it is, if it is.
    valid_until_detail: Option<&'static str>,
    answers: Option<String>,
    /// `submitted`, `accepted`, `refused`, `superseded` or `withdrawn`.
    status: &'static str,
    refusal: Option<&'static str>,
    refusal_detail: Option<&'static str>,
    /// What the officer wrote about it.
    refusal_text: Option<String>,
}

const PROLONGED: (&str, &str) = (
    "French identity cards issued to adults from 2004 to 2013 are valid for five years longer than is \
     printed on them (decree 2013-1188). This does not hold for passports.",
    "Les cartes d'identité françaises délivrées à des majeurs de 2004 à 2013 sont valables cinq ans de \
     plus que la date imprimée (décret 2013-1188). Cela ne vaut pas pour les passeports.",
);

pub fn document_view(
    state: &MerchantState,
    document: &Document,
    language: Language,
) -> DocumentView {
    let submitted = &document.submitted;
    let dates = document.dates.known().copied().unwrap_or_default();
    let is_prolonged = state.file.is_prolonged_card(document);
    DocumentView {
        object: "document",
        id: submitted.id.to_string(),
        kind: submitted.kind.code(),
        person: submitted.person.map(|person| person.to_string()),
        media_type: submitted.media_type.code(),
        size: submitted.size,
        issued_on: dates.issued_on,
        expires_on: dates.expires_on,
        valid_until: state.file.valid_until(document),
        valid_until_detail: is_prolonged.then_some(match language {
            Language::English => PROLONGED.0,
            Language::French => PROLONGED.1,
        }),
        answers: submitted.answers.map(|item| item.to_string()),
        status: document.status.code(),
        refusal: document.refusal.map(Coded::code),
        refusal_detail: document.refusal.map(|refusal| match language {
            Language::French => refusal.french(),
            Language::English => refusal.english(),
        }),
        refusal_text: document.refusal_text.as_ref().map(|text| text.as_str().to_owned()),
    }
}

/// Hand in a document
#[utoipa::path(post, path = "/merchants/{merchant}/documents", tag = "client_file",
    request_body(content = DocumentForm, content_type = "multipart/form-data"),
    responses((status = 201, body = DocumentView)))]
async fn submit_document(
    State(app): State<App>,
    user: PortalUser,
    mut call: Call,
    At(merchant): At<MerchantId>,
    upload: Upload,
) -> Result<Versioned<DocumentView>, Problem> {
    load(&app, &user, merchant, AsOf::Now).await?;
    let received = upload.read(&app, user.id.uuid(), &mut call).await?;
    let by = call.by(&user);
    let handed = received.form;
    let done = use_case::submit_document(&app, &call, &by, merchant, handed, None).await?;
    let document = use_case::document_of(&call);
    let known = done.state.file.documents.get(&document).ok_or_else(Problem::not_found)?;
    Ok(Versioned::created(done.revision, document_view(&done.state, known, call.language)))
}

/// Take back a document that was not looked at yet
#[utoipa::path(delete, path = "/merchants/{merchant}/documents/{document}", tag = "client_file",
    responses((status = 200, body = ClientFile)))]
async fn withdraw_document(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Within(merchant, document): Within<MerchantId, DocumentId>,
) -> Result<Versioned<ClientFile>, Problem> {
    let command = Command::WithdrawDocument { document };
    change(&app, &user, &call, merchant, command).await
}

/// Download a document
#[utoipa::path(get, path = "/merchants/{merchant}/documents/{document}/content",
    tag = "client_file",
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn download_document(
    State(app): State<App>,
    user: PortalUser,
    Within(merchant, document): Within<MerchantId, DocumentId>,
) -> Result<Response, Problem> {
    let state = load(&app, &user, merchant, AsOf::Now).await?.state;
    let (bytes, kind) = use_case::read_document(&app, merchant, &state, document).await?;
    Ok(attachment(bytes, kind, &document.to_string()))
}
