//! Documents: handed in, taken back, downloaded.

use super::change;
use crate::app::App;
use crate::http::attachment;
use crate::http::upload::{DocumentForm, Upload};
use crate::http::{At, PortalUser, Problem, Versioned, Within};
use crate::portal::load;
use crate::use_cases::{Call, client_file as use_case};
use axum::extract::State;
use axum::response::Response;
use domain::client_file::Command;
use domain::{DocumentId, Id, MerchantId};
use projections::views::portal::client_file::{ClientFile, DocumentView};
use store::AsOf;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(submit_document))
        .routes(routes!(withdraw_document))
        .routes(routes!(download_document))
}

/// Hand in a document
#[utoipa::path(post, operation_id = "submit_document", path = "/merchants/{merchant}/documents", tag = "client_file",
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
    Ok(Versioned::created(done.revision, DocumentView::of(&done.state, known, call.language)))
}

/// Take back a document that was not looked at yet
#[utoipa::path(delete, operation_id = "withdraw_document", path = "/merchants/{merchant}/documents/{document}", tag = "client_file",
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
#[utoipa::path(get, operation_id = "download_document", path = "/merchants/{merchant}/documents/{document}/content",
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
