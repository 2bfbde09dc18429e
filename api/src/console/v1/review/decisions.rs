//! Decisions in pairs: proposed by one, confirmed or returned by another.

use super::text;
use crate::app::App;
use crate::console::act;
use crate::http::{At, Fields, Json, Problem, StaffMember, Versioned};
use crate::use_cases::Call;
use axum::extract::State;
use domain::MerchantId;
use domain::review::{Command, Proposal, RejectionReason};
use domain::values::{FreeText, Invalid};
use projections::views::console::card::Card;
use projections::views::console::lists;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(propose_decision))
        .routes(routes!(confirm_decision))
        .routes(routes!(return_decision))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProposalBody {
    /// What is to be decided.
    #[schema(value_type = lists::ProposalKind)]
    decision: String,
    /// To reject: why. The merchant never reads it.
    #[schema(value_type = Option<lists::RejectionReason>)]
    rejection: Option<String>,
    /// The version of the file that was read.
    #[schema(example = 12)]
    file_version: u32,
    /// For staff only.
    #[schema(example = "Register, documents and owners agree.")]
    rationale: String,
}

/// Propose a decision, for somebody else to confirm
#[utoipa::path(post, operation_id = "propose_decision", path = "/merchants/{merchant}/proposals", tag = "review",
    request_body = ProposalBody, params(("If-Match" = String, Header, description = "The ETag of what was read")),
    responses((status = 200, body = Card)))]
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
    #[schema(example = 12)]
    file_version: u32,
}

/// Confirm a colleague's proposal
#[utoipa::path(post, operation_id = "confirm_decision", path = "/merchants/{merchant}/proposals/confirm", tag = "review",
    request_body = Confirmation, params(("If-Match" = String, Header, description = "The ETag of what was read")),
    responses((status = 200, body = Card)))]
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
    #[schema(example = "The second owner is not identified.")]
    reason: String,
}

/// Return a colleague's proposal
#[utoipa::path(post, operation_id = "return_decision", path = "/merchants/{merchant}/proposals/return", tag = "review",
    request_body = Return, responses((status = 200, body = Card)))]
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
