//! The review: queue, cases, documents, requests, decisions in pairs.

use super::{act, require};
use crate::app::App;
use crate::http::{At, Fields, Json, List, Problem, Query, StaffMember, Versioned, Within};
use crate::use_cases::Call;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::client_file::DocumentKind;
use domain::review::{Command, ITEMS_MAX, NewItem, Proposal, RejectionReason, Stage};
use domain::staff::Role;
use domain::values::{FreeText, Invalid, LegalName};
use domain::{Coded, DocumentId, Id, ItemId, MerchantId, PersonId, StaffId};
use projections::models::queue::Case;
use projections::views::card::Card;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_queue))
        .routes(routes!(take_case))
        .routes(routes!(assign_case))
        .routes(routes!(snooze_case))
        .routes(routes!(escalate_case))
        .routes(routes!(add_note))
        .routes(routes!(accept_document))
        .routes(routes!(refuse_document))
        .routes(routes!(request_documents))
        .routes(routes!(propose_decision))
        .routes(routes!(confirm_decision))
        .routes(routes!(return_decision))
}

#[derive(Serialize, ToSchema)]
struct CaseView {
    /// Always `case`.
    object: &'static str,
    merchant: String,
    legal_name: Option<String>,
    stage: &'static str,
    submitted_at: DateTime<Utc>,
    answer_expected_by: DateTime<Utc>,
    is_late: bool,
    assigned_to: Option<String>,
    snoozed_until: Option<DateTime<Utc>>,
    is_escalated: bool,
    documents_deadline: Option<DateTime<Utc>>,
    proposal: Option<&'static str>,
    proposed_by: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct QueueQuery {
    /// `waiting`, `in_review`, `awaiting_documents`, `expired`, `approved` or `rejected`.
    stage: Option<String>,
    /// A member of staff, or `me`, or `nobody`.
    assigned_to: Option<String>,
    /// Only those with a proposal that waits for a second person.
    #[serde(default)]
    is_proposed: bool,
}

/// Read the review queue, the longest waiting first
///
/// Decided cases and those put aside are left out unless asked for by their stage.
#[utoipa::path(get, path = "/queue", tag = "review", params(QueueQuery),
    responses((status = 200, body = List<CaseView>)))]
async fn read_queue(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Query(query): Query<QueueQuery>,
) -> Result<axum::Json<List<CaseView>>, Problem> {
    require(&staff, &call, &[Role::Analyst, Role::Officer, Role::Auditor])?;
    let wanted = match query.assigned_to.as_deref() {
        None | Some("nobody") => None,
        Some("me") => Some(staff.id),
        Some(other) => Some(StaffId::parse(other).ok_or_else(Problem::not_found)?),
    };
    let models = app.projections.models();
    let cases = match &query.stage {
        Some(stage) => Stage::from_code(stage).map(|stage| models.queue.of_stage(stage)),
        None => Some(models.queue.open()),
    };
    let is_put_aside = |case: &Case| {
        query.stage.is_none() && case.snoozed_until.is_some_and(|until| until > call.at)
    };
    let views = cases
        .unwrap_or_default()
        .iter()
        .filter(|case| !is_put_aside(case))
        .filter(|case| query.assigned_to.is_none() || case.assigned_to == wanted)
        .filter(|case| !query.is_proposed || case.proposal.is_some())
        .map(|case| {
            let row = models.directory.row(case.merchant);
            view(case, row.and_then(|row| row.legal_name.clone()), call.at)
        })
        .collect();
    Ok(axum::Json(List::whole(views)))
}

fn view(case: &Case, legal_name: Option<LegalName>, at: DateTime<Utc>) -> CaseView {
    CaseView {
        object: "case",
        merchant: case.merchant.to_string(),
        legal_name: legal_name.map(|name| name.as_str().to_owned()),
        stage: case.stage.code(),
        submitted_at: case.submitted_at,
        answer_expected_by: case.answer_expected_by,
        is_late: case.is_open() && case.answer_expected_by < at,
        assigned_to: case.assigned_to.map(|id| id.to_string()),
        snoozed_until: case.snoozed_until,
        is_escalated: case.is_escalated,
        documents_deadline: case.documents_deadline,
        proposal: case.proposal.map(|open| open.proposal.code()),
        proposed_by: case.proposal.map(|open| open.by.to_string()),
    }
}

/// Take a case
#[utoipa::path(post, path = "/merchants/{merchant}/case/take", tag = "review",
    responses((status = 200, body = Object)))]
async fn take_case(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
) -> Result<Versioned<Card>, Problem> {
    act(&app, &staff, &call, merchant, Command::Take).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Assignment {
    staff: String,
}

/// Assign a case to a colleague
#[utoipa::path(post, path = "/merchants/{merchant}/case/assign", tag = "review",
    request_body = Assignment, responses((status = 200, body = Object)))]
async fn assign_case(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<Assignment>,
) -> Result<Versioned<Card>, Problem> {
    let mut fields = Fields::default();
    let to = StaffId::parse(&body.staff)
        .filter(|to| {
            let member = app.projections.models().staff.member(*to);
            member.is_some_and(|member| member.can_hold_cases())
        })
        .ok_or(Invalid::Id);
    let to = fields.take("/staff", to);
    let command = Command::Assign { to: fields.finish(to)? };
    act(&app, &staff, &call, merchant, command).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Snooze {
    /// At most 30 days ahead.
    until: DateTime<Utc>,
}

/// Put a case aside
#[utoipa::path(post, path = "/merchants/{merchant}/case/snooze", tag = "review",
    request_body = Snooze, responses((status = 200, body = Object)))]
async fn snooze_case(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<Snooze>,
) -> Result<Versioned<Card>, Problem> {
    let command = Command::Snooze { until: body.until };
    act(&app, &staff, &call, merchant, command).await
}

/// Escalate a case
#[utoipa::path(post, path = "/merchants/{merchant}/case/escalate", tag = "review",
    responses((status = 200, body = Object)))]
async fn escalate_case(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
) -> Result<Versioned<Card>, Problem> {
    act(&app, &staff, &call, merchant, Command::Escalate).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteBody {
    /// For staff only.
    note: String,
}

/// Add a note, which never reaches the merchant
#[utoipa::path(post, path = "/merchants/{merchant}/case/notes", tag = "review",
    request_body = NoteBody, responses((status = 200, body = Object)))]
async fn add_note(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<NoteBody>,
) -> Result<Versioned<Card>, Problem> {
    let command = Command::AddNote { note: text("/note", &body.note)? };
    act(&app, &staff, &call, merchant, command).await
}

fn text(pointer: &str, text: &str) -> Result<FreeText, Problem> {
    let mut fields = Fields::default();
    let parsed = fields.take(pointer, FreeText::parse(text));
    fields.finish(parsed)
}

/// Accept a document
#[utoipa::path(post, path = "/merchants/{merchant}/documents/{document}/accept", tag = "review",
    responses((status = 200, body = Object)))]
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
#[serde(deny_unknown_fields)]
struct Refusal {
    /// `unreadable`, `incomplete`, `out_of_date`, `wrong_document` or `does_not_match`.
    #[schema(example = "unreadable")]
    reason: String,
    /// For the merchant.
    public_text: String,
}

/// Refuse a document, with words for the merchant
#[utoipa::path(post, path = "/merchants/{merchant}/documents/{document}/refuse", tag = "review",
    request_body = Refusal, responses((status = 200, body = Object)))]
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
    items: Vec<ItemBody>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ItemBody {
    /// Kinds of document, any of which answers.
    #[schema(example = json!(["proof_of_address"]))]
    kinds: Vec<String>,
    person: Option<String>,
    /// `missing`, `unreadable`, `out_of_date` or `additional_proof`.
    #[schema(example = "additional_proof")]
    reason: String,
    /// For the merchant.
    explanation: Option<String>,
}

/// Ask for additional documents; the merchant has thirty days
#[utoipa::path(post, path = "/merchants/{merchant}/document-requests", tag = "review",
    request_body = DocumentsRequest, responses((status = 200, body = Object)))]
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

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProposalBody {
    /// `approve`, `reject`, `reactivate` or `lift_suspension`.
    #[schema(example = "approve")]
    decision: String,
    /// To reject: `activity_not_covered`, `identity_not_established`, `information_inconsistent`
    /// or `risk_too_high`. The merchant never reads it.
    rejection: Option<String>,
    /// The version of the file that was read.
    file_version: u32,
    /// For staff only.
    rationale: String,
}

/// Propose a decision, for somebody else to confirm
#[utoipa::path(post, path = "/merchants/{merchant}/proposals", tag = "review",
    request_body = ProposalBody, params(("If-Match" = String, Header, description = "The ETag of what was read")),
    responses((status = 200, body = Object)))]
async fn propose_decision(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<ProposalBody>,
) -> Result<Versioned<Card>, Problem> {
    call.requires_what_was_seen()?;
    let mut fields = Fields::default();
    let reason =
        body.rejection.as_ref().and_then(|code| fields.code::<RejectionReason>("/rejection", code));
    let proposal = Proposal::from_parts(&body.decision, reason).ok_or(Invalid::Code);
    let proposal = fields.take("/decision", proposal);
    let rationale = fields.take("/rationale", FreeText::parse(&body.rationale));
    let command = (|| {
        Some(Command::Propose {
            proposal: proposal?,
            file_version: body.file_version,
            rationale: rationale?,
        })
    })();
    let command = fields.finish(command)?;
    act(&app, &staff, &call, merchant, command).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Confirmation {
    /// The version of the file that was read.
    file_version: u32,
}

/// Confirm a colleague's proposal
#[utoipa::path(post, path = "/merchants/{merchant}/proposals/confirm", tag = "review",
    request_body = Confirmation, params(("If-Match" = String, Header, description = "The ETag of what was read")),
    responses((status = 200, body = Object)))]
async fn confirm_decision(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<Confirmation>,
) -> Result<Versioned<Card>, Problem> {
    call.requires_what_was_seen()?;
    let command = Command::Confirm { file_version: body.file_version };
    act(&app, &staff, &call, merchant, command).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Return {
    /// For staff only.
    reason: String,
}

/// Return a colleague's proposal
#[utoipa::path(post, path = "/merchants/{merchant}/proposals/return", tag = "review",
    request_body = Return, responses((status = 200, body = Object)))]
async fn return_decision(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<Return>,
) -> Result<Versioned<Card>, Problem> {
    let command = Command::Return { reason: text("/reason", &body.reason)? };
    act(&app, &staff, &call, merchant, command).await
}

#[cfg(test)]
mod tests {
    use domain::Coded;
    use domain::review::Stage;

    #[test]
    fn the_stages_of_the_queue_have_the_names_that_the_documentation_gives() {
        let names: Vec<&str> = Stage::ALL.iter().map(|stage| stage.code()).collect();
        assert_eq!(
            names,
            [
                "not_submitted",
                "waiting",
                "in_review",
                "awaiting_documents",
                "expired",
                "approved",
                "rejected"
            ]
        );
    }
}
