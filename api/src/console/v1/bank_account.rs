//! Changes of bank accounts: what waits for us, what was declared beside what was read, and the two who
//! verify and activate.

use super::{MERCHANTS_AT_ONCE, SEES_PEOPLE, ThenQuery, act, load, look, require};
use crate::app::App;
use crate::http::{
    At, Fields, Json, List, MomentQuery, Problem, Query, StaffMember, Versioned, Within, attachment,
};
use crate::use_cases::{Call, bank_account as use_case};
use axum::extract::State;
use axum::response::Response;
use domain::bank_account::Command;
use domain::client_file::MediaType;
use domain::looks::Thing;
use domain::staff::Role;
use domain::values::FreeText;
use domain::{BankAccountChangeId, MerchantId};
use projections::ReadModels;
use projections::models::bank_accounts::Waiting;
use projections::views::console::bank_account::{BankAccounts, WaitingView};
use projections::views::console::card::Card;
use projections::views::lists::BankAccountRefusal;
use serde::Deserialize;
use store::AsOf;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_changes))
        .routes(routes!(read_bank_account))
        .routes(routes!(download_rib))
        .routes(routes!(verify_change))
        .routes(routes!(activate_change))
        .routes(routes!(refuse_change))
}

/// List the changes that wait for us, or waited at a moment, the one with the soonest target first
#[utoipa::path(get, operation_id = "list_changes", path = "/bank-account-changes", tag = "bank_account",
    params(ThenQuery), responses((status = 200, body = List<WaitingView>)))]
async fn list_changes(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Query(moment): Query<ThenQuery>,
) -> Result<List<WaitingView>, Problem> {
    require(&staff, &call, &[Role::Analyst, Role::Officer, Role::Auditor])?;
    let now = app.projections.models();
    let views = |models: &ReadModels, at| {
        let waiting = models.bank_accounts.waiting();
        let view = |one: &Waiting| {
            let same_iban = now.bank_accounts.sharing_with(one.merchant).len();
            WaitingView::of(models, one, same_iban, at)
        };
        waiting.iter().map(view).collect()
    };
    Ok(match moment.then(&app, MERCHANTS_AT_ONCE).await? {
        Some(then) => List::until(views(&then.models, then.at), then.next_cursor),
        None => List::whole(views(&now, call.at)),
    })
}

/// Read the bank accounts of a merchant: those there were, the change, and who shares an IBAN
#[utoipa::path(get, operation_id = "read_bank_account", path = "/merchants/{merchant}/bank-account", tag = "bank_account",
    params(MomentQuery), responses((status = 200, body = BankAccounts)))]
async fn read_bank_account(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<BankAccounts>, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let loaded = load(&app, merchant, moment.moment()?).await?;
    look(&app, &staff, &call, merchant, Thing::Card).await?;
    let at = moment.judged_at(loaded.recorded_at, call.at);
    let sharing = app.projections.models().bank_accounts.sharing_with(merchant);
    let sharing: Vec<_> = sharing.into_iter().collect();
    let body = BankAccounts::of(&loaded.state, &sharing, at, call.language);
    Ok(Versioned::ok(loaded.revision, body))
}

/// Download the RIB of a change
#[utoipa::path(get, operation_id = "download_rib", path = "/merchants/{merchant}/bank-account-changes/{change}/rib",
    tag = "bank_account",
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn download_rib(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Within(merchant, change): Within<MerchantId, BankAccountChangeId>,
) -> Result<Response, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let loaded = load(&app, merchant, AsOf::Now).await?;
    let bytes = use_case::read_rib(&app, merchant, &loaded.state, change).await?;
    look(&app, &staff, &call, merchant, Thing::Rib(change)).await?;
    Ok(attachment(bytes, MediaType::Pdf, &change.to_string()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Verification {
    /// For staff only: how it was found that the account is the merchant's.
    #[schema(example = "Called the bank back at its published number.")]
    rationale: String,
}

/// Verify that the account is the merchant's
#[utoipa::path(post, operation_id = "verify_change", path = "/merchants/{merchant}/bank-account-changes/{change}/verification",
    tag = "bank_account", request_body = Verification, responses((status = 200, body = Card)))]
async fn verify_change(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Within(merchant, change): Within<MerchantId, BankAccountChangeId>,
    Json(body): Json<Verification>,
) -> Result<Versioned<Card>, Problem> {
    let mut fields = Fields::default();
    let rationale = fields.take("/rationale", FreeText::parse(&body.rationale));
    let command = Command::Verify { change, rationale: fields.finish(rationale)? };
    act(&app, &staff, &call, merchant, command).await
}

/// Activate an account that somebody else has verified
#[utoipa::path(post, operation_id = "activate_change", path = "/merchants/{merchant}/bank-account-changes/{change}/activation",
    tag = "bank_account", responses((status = 200, body = Card)))]
async fn activate_change(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Within(merchant, change): Within<MerchantId, BankAccountChangeId>,
) -> Result<Versioned<Card>, Problem> {
    act(&app, &staff, &call, merchant, Command::Activate { change }).await
}

#[derive(Deserialize, ToSchema)]
#[schema(as = BankAccountChangeRefusal)]
#[serde(deny_unknown_fields)]
struct Refusal {
    /// Why.
    #[schema(value_type = BankAccountRefusal)]
    reason: String,
    /// For the merchant.
    #[schema(example = "The RIB is that of another company.")]
    public_text: String,
}

/// Refuse a change, with words for the merchant
#[utoipa::path(post, operation_id = "refuse_change", path = "/merchants/{merchant}/bank-account-changes/{change}/refusal",
    tag = "bank_account", request_body = Refusal, responses((status = 200, body = Card)))]
async fn refuse_change(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Within(merchant, change): Within<MerchantId, BankAccountChangeId>,
    Json(body): Json<Refusal>,
) -> Result<Versioned<Card>, Problem> {
    let mut fields = Fields::default();
    let reason = fields.code("/reason", &body.reason);
    let public_text = fields.take("/public_text", FreeText::parse(&body.public_text));
    let command =
        (|| Some(Command::Refuse { change, reason: reason?, public_text: public_text? }))();
    act(&app, &staff, &call, merchant, fields.finish(command)?).await
}
