//! Changes of bank accounts: what waits for us, what was declared beside what was read, and the two who
//! verify and activate.

use super::{SEES_PEOPLE, act, load, require};
use crate::app::App;
use crate::http::{
    At, Fields, Json, List, MomentQuery, Problem, Query, StaffMember, Versioned, Within, attachment,
};
use crate::use_cases::{Call, bank_account as use_case};
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use domain::bank_account::{self, Change, Command};
use domain::client_file::MediaType;
use domain::staff::Role;
use domain::values::{FreeText, Language};
use domain::{BankAccountChangeId, Coded, MerchantId};
use projections::ReadModels;
use projections::models::bank_accounts::Waiting;
use projections::views::bank_account::{AccountView, ChangeView, PayoutView, holder, masked};
use projections::views::card::Card;
use serde::{Deserialize, Serialize};
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

#[derive(Serialize, ToSchema)]
struct WaitingView {
    /// Always `bank_account_change`.
    object: &'static str,
    id: String,
    merchant: String,
    legal_name: Option<String>,
    /// `confirmed` or `verified`.
    stage: &'static str,
    confirmed_at: DateTime<Utc>,
    /// How long it has waited.
    age_hours: i64,
    /// When we want to have looked at it.
    target_at: DateTime<Utc>,
    is_late: bool,
    verified_by: Option<String>,
    /// How many other merchants gave an IBAN that this one gave, too.
    same_iban: usize,
}

fn waiting_view(models: &ReadModels, waiting: &Waiting, at: DateTime<Utc>) -> WaitingView {
    let row = models.directory.row(waiting.merchant);
    let legal_name = row.and_then(|row| row.legal_name.clone());
    WaitingView {
        object: "bank_account_change",
        id: waiting.change.to_string(),
        merchant: waiting.merchant.to_string(),
        legal_name: legal_name.map(|name| name.as_str().to_owned()),
        stage: waiting.stage.code(),
        confirmed_at: waiting.confirmed_at,
        age_hours: (at - waiting.confirmed_at).max(TimeDelta::zero()).num_hours(),
        target_at: waiting.target_at,
        is_late: waiting.target_at < at,
        verified_by: waiting.verified_by.map(|staff| staff.to_string()),
        same_iban: models.bank_accounts.sharing_with(waiting.merchant).len(),
    }
}

/// List the changes that wait for us, the one with the soonest target first
#[utoipa::path(get, path = "/bank-account-changes", tag = "bank_account",
    responses((status = 200, body = List<WaitingView>)))]
async fn list_changes(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
) -> Result<axum::Json<List<WaitingView>>, Problem> {
    require(&staff, &call, &[Role::Analyst, Role::Officer, Role::Auditor])?;
    let models = app.projections.models();
    let waiting = models.bank_accounts.waiting();
    let views = waiting.iter().map(|one| waiting_view(&models, one, call.at)).collect();
    Ok(axum::Json(List::whole(views)))
}

#[derive(Serialize, ToSchema)]
struct BankAccounts {
    /// Always `bank_accounts`.
    object: &'static str,
    payouts: PayoutView,
    /// Every account that was ever paid to, the oldest first.
    accounts: Vec<AccountOfStaff>,
    /// The newest change, also when it is over.
    change: Option<ChangeOfStaff>,
    /// Other merchants that gave an IBAN which this one gave, too, as known now. For staff only.
    same_iban: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct AccountOfStaff {
    #[serde(flatten)]
    account: AccountView,
    verified_by: String,
    activated_by: String,
}

#[derive(Serialize, ToSchema)]
struct ChangeOfStaff {
    #[serde(flatten)]
    change: ChangeView,
    target_at: Option<DateTime<Utc>>,
    verified_by: Option<String>,
    /// What was declared beside what a machine read on the RIB. It helps; people decide.
    iban: Compared,
    holder: Compared,
}

#[derive(Serialize, ToSchema)]
struct Compared {
    declared: Option<String>,
    read: Option<String>,
    /// `match`, `close`, `differs` or `unreadable`; none where it was forgotten.
    comparison: Option<&'static str>,
}

fn change_of_staff(change: &Change, language: Language) -> ChangeOfStaff {
    let reading = change.reading.known();
    ChangeOfStaff {
        change: ChangeView::of(change, None, language),
        target_at: change.target_at,
        verified_by: change.verified_by.map(|staff| staff.to_string()),
        iban: Compared {
            declared: masked(&change.account),
            read: reading.and_then(|read| read.read_iban.as_ref()).map(|iban| iban.masked()),
            comparison: reading.map(|read| read.iban.code()),
        },
        holder: Compared {
            declared: holder(&change.account),
            read: reading
                .and_then(|read| read.read_holder.as_ref())
                .map(|name| name.as_str().to_owned()),
            comparison: reading.map(|read| read.holder.code()),
        },
    }
}

fn account_of_staff(account: &bank_account::Account) -> AccountOfStaff {
    AccountOfStaff {
        account: AccountView::of(account),
        verified_by: account.verified_by.to_string(),
        activated_by: account.activated_by.to_string(),
    }
}

/// Read the bank accounts of a merchant: those there were, the change, and who shares an IBAN
#[utoipa::path(get, path = "/merchants/{merchant}/bank-account", tag = "bank_account",
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
    let at = moment.judged_at(loaded.recorded_at, call.at);
    let known = &loaded.state.bank_account;
    let sharing = app.projections.models().bank_accounts.sharing_with(merchant);
    let body = BankAccounts {
        object: "bank_accounts",
        payouts: PayoutView::of(&loaded.state, at, call.language),
        accounts: known.accounts.iter().map(account_of_staff).collect(),
        change: known.change.as_ref().map(|change| change_of_staff(change, call.language)),
        same_iban: sharing.iter().map(ToString::to_string).collect(),
    };
    Ok(Versioned::ok(loaded.revision, body))
}

/// Download the RIB of a change
#[utoipa::path(get, path = "/merchants/{merchant}/bank-account-changes/{change}/rib",
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
    Ok(attachment(bytes, MediaType::Pdf, &change.to_string()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Verification {
    /// For staff only: how it was found that the account is the merchant's.
    rationale: String,
}

/// Verify that the account is the merchant's
#[utoipa::path(post, path = "/merchants/{merchant}/bank-account-changes/{change}/verification",
    tag = "bank_account", request_body = Verification, responses((status = 200, body = Object)))]
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
#[utoipa::path(post, path = "/merchants/{merchant}/bank-account-changes/{change}/activation",
    tag = "bank_account", responses((status = 200, body = Object)))]
async fn activate_change(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Within(merchant, change): Within<MerchantId, BankAccountChangeId>,
) -> Result<Versioned<Card>, Problem> {
    act(&app, &staff, &call, merchant, Command::Activate { change }).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refusal {
    /// `holder_differs`, `iban_differs`, `rib_unreadable` or `not_verifiable`.
    #[schema(example = "holder_differs")]
    reason: String,
    /// For the merchant.
    public_text: String,
}

/// Refuse a change, with words for the merchant
#[utoipa::path(post, path = "/merchants/{merchant}/bank-account-changes/{change}/refusal",
    tag = "bank_account", request_body = Refusal, responses((status = 200, body = Object)))]
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
