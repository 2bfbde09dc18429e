//! Documents: accepted, refused, asked for.

use crate::app::App;
use crate::console::act;
use crate::http::{At, Fields, Json, Problem, StaffMember, Versioned, Within};
use crate::use_cases::Call;
use axum::extract::State;
use domain::client_file::DocumentKind;
use domain::review::{Command, ITEMS_MAX, NewItem};
use domain::values::{FreeText, Invalid};
use domain::{DocumentId, Id, ItemId, MerchantId, PersonId};
use projections::views::console::card::Card;
use projections::views::{ids, lists};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(accept_document))
        .routes(routes!(refuse_document))
        .routes(routes!(request_documents))
}

/// Accept a document
#[utoipa::path(post, operation_id = "accept_document", path = "/merchants/{merchant}/documents/{document}/accept", tag = "review",
    responses((status = 200, body = Card)))]
async fn accept_document(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Within(merchant, document): Within<MerchantId, DocumentId>,
) -> Result<Versioned<Card>, Problem> {
    let command = Command::AcceptDocument { document };
    act(&app, &staff, &call, merchant, command).await
}

#[derive(Deserialize, ToSchema)]
#[schema(as = DocumentRefused)]
#[serde(deny_unknown_fields)]
struct Refusal {
    /// Why.
    #[schema(value_type = lists::DocumentRefusal)]
    reason: String,
    /// For the merchant.
    #[schema(example = "The lower half is cut off.")]
    public_text: String,
}

/// Refuse a document, with words for the merchant
#[utoipa::path(post, operation_id = "refuse_document", path = "/merchants/{merchant}/documents/{document}/refuse", tag = "review",
    request_body = Refusal, responses((status = 200, body = Card)))]
async fn refuse_document(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Within(merchant, document): Within<MerchantId, DocumentId>,
    Json(body): Json<Refusal>,
) -> Result<Versioned<Card>, Problem> {
    let mut fields = Fields::default();
    let refusal = fields.code("/reason", &body.reason);
    let public_text = fields.take("/public_text", FreeText::parse(&body.public_text));
    let command = (|| {
        Some(Command::RefuseDocument { document, refusal: refusal?, public_text: public_text? })
    })();
    let command = fields.finish(command)?;
    act(&app, &staff, &call, merchant, command).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentsRequest {
    /// What is asked for.
    items: Vec<ItemBody>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ItemBody {
    /// Kinds of document, any of which answers.
    #[schema(value_type = Vec<lists::DocumentKind>)]
    kinds: Vec<String>,
    /// Whose, where it is a person's.
    #[schema(value_type = Option<ids::PersonId>)]
    person: Option<String>,
    /// Why.
    #[schema(value_type = lists::RequestReason)]
    reason: String,
    /// For the merchant.
    #[schema(example = "A bill of the last three months.")]
    explanation: Option<String>,
}

/// Ask for additional documents; the merchant has thirty days
#[utoipa::path(post, operation_id = "request_documents", path = "/merchants/{merchant}/document-requests", tag = "review",
    request_body = DocumentsRequest, responses((status = 200, body = Card)))]
async fn request_documents(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<DocumentsRequest>,
) -> Result<Versioned<Card>, Problem> {
    let mut fields = Fields::default();
    let mut explanations = BTreeMap::new();
    let items: Option<Vec<NewItem>> = body
        .items
        .iter()
        // One too many is as much as needs to be read to be refused.
        .take(ITEMS_MAX + 1)
        .enumerate()
        .map(|(index, item)| {
            let item_id: ItemId = call.derive(&format!("item/{index}"));
            let at = |field: &str| format!("/items/{index}/{field}");
            let kinds: Option<BTreeSet<DocumentKind>> =
                item.kinds.iter().map(|code| fields.code(at("kinds"), code)).collect();
            let person = fields.take_optional(at("person"), item.person.as_ref(), |text| {
                PersonId::parse(text).ok_or(Invalid::Id)
            });
            let reason = fields.code(at("reason"), &item.reason);
            let explanation =
                fields.take_optional(at("explanation"), item.explanation.as_ref(), FreeText::parse);
            if let Some(explanation) = explanation {
                explanations.insert(item_id, explanation);
            }
            Some(NewItem { id: item_id, kinds: kinds?, person, reason: reason? })
        })
        .collect();
    let command = Command::RequestDocuments { items: fields.finish(items)?, explanations };
    act(&app, &staff, &call, merchant, command).await
}
