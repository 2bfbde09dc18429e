//! The merchant's side of the review: what more we ask for, and until when.

use crate::app::App;
use crate::http::{MomentQuery, Problem, Versioned};
use crate::portal::read::Read;
use axum::extract::State;
use projections::views::portal::review::DocumentRequests;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_document_requests))
}

/// Read which additional documents we ask for
#[utoipa::path(get, operation_id = "read_document_requests", path = "/merchants/{merchant}/document-requests", tag = "review",
    params(MomentQuery), responses((status = 200, body = DocumentRequests), (status = 304)))]
async fn read_document_requests(
    State(app): State<App>,
    read: Read,
) -> Result<Versioned<DocumentRequests>, Problem> {
    let found = read.load(&app).await?;
    let requests = DocumentRequests::of(&found.loaded.state, read.language);
    Ok(read.answer(&found, requests))
}
