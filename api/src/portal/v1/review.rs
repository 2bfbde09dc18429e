//! The merchant's side of the review: what more we ask for, and until when.

use crate::app::App;
use crate::http::{At, MomentQuery, PortalUser, Problem, Query, Versioned};
use crate::portal::load;
use crate::use_cases::Call;
use axum::extract::State;
use domain::MerchantId;
use projections::views::portal::review::DocumentRequests;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_document_requests))
}

/// Read which additional documents we ask for
#[utoipa::path(get, operation_id = "read_document_requests", path = "/merchants/{merchant}/document-requests", tag = "review",
    params(MomentQuery), responses((status = 200, body = DocumentRequests)))]
async fn read_document_requests(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<DocumentRequests>, Problem> {
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    let view = DocumentRequests::of(&loaded.state, call.language);
    Ok(Versioned::ok(loaded.revision, view))
}
