//! The merchant's side of the review: what more we ask for, and until when.

use crate::app::App;
use crate::http::{At, MomentQuery, PortalUser, Problem, Query, Versioned};
use crate::portal::load;
use crate::use_cases::Call;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::review::Stage;
use domain::values::Language;
use domain::{Coded, MerchantId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_document_requests))
}

#[derive(Serialize, ToSchema)]
struct DocumentRequests {
    /// Always `document_requests`.
    object: &'static str,
    /// Whether something is awaited from you now.
    is_open: bool,
    deadline: Option<DateTime<Utc>>,
    items: Vec<ItemView>,
}

#[derive(Serialize, ToSchema)]
struct ItemView {
    /// Always `document_request_item`.
    object: &'static str,
    id: String,
    /// Any of these answers it.
    kinds: Vec<&'static str>,
    person: Option<String>,
    reason: &'static str,
    reason_detail: &'static str,
    explanation: Option<String>,
    answered_by: Option<String>,
}

/// Read which additional documents we ask for
#[utoipa::path(get, path = "/merchants/{merchant}/document-requests", tag = "review",
    params(MomentQuery), responses((status = 200, body = DocumentRequests)))]
async fn read_document_requests(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<DocumentRequests>, Problem> {
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    let review = &loaded.state.review;
    let is_open = matches!(review.stage, Stage::AwaitingDocuments | Stage::Expired);
    let items = review.items.iter().map(|(id, item)| ItemView {
        object: "document_request_item",
        id: id.to_string(),
        kinds: item.asked.kinds.iter().map(|kind| kind.code()).collect(),
        person: item.asked.person.map(|person| person.to_string()),
        reason: item.asked.reason.code(),
        reason_detail: match call.language {
            Language::French => item.asked.reason.french(),
            Language::English => item.asked.reason.english(),
        },
        explanation: item.explanation.as_ref().map(|text| text.as_str().to_owned()),
        answered_by: item.answered_by.map(|document| document.to_string()),
    });
    let view = DocumentRequests {
        object: "document_requests",
        is_open,
        deadline: review.request.as_ref().filter(|_| is_open).map(|request| request.deadline),
        items: items.collect(),
    };
    Ok(Versioned::ok(loaded.revision, view))
}
