//! « Mon compte » → « Mon dossier client » → « Modifier »: the account that money goes to, and its change.

use crate::app::App;
use crate::http::attachment;
use crate::http::upload::{RibForm, Upload};
use crate::http::{At, Json, MomentQuery, PortalUser, Problem, Query, Versioned, Within};
use crate::portal::load;
use crate::use_cases::{Call, bank_account as use_case};
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::bank_account::{Change, Command, Stage};
use domain::client_file::MediaType;
use domain::merchant::State as MerchantState;
use domain::values::Language;
use domain::{BankAccountChangeId, Id, MerchantId};
use projections::views::bank_account::PayoutView;
use projections::views::portal::bank_account::{BankAccount, ChangeView};
use serde::Deserialize;
use store::{AsOf, Executed, Merchant};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_bank_account))
        .routes(routes!(request_change))
        .routes(routes!(read_change))
        .routes(routes!(confirm_change))
        .routes(routes!(cancel_change))
        .routes(routes!(download_rib))
}

fn view(
    app: &App,
    merchant: MerchantId,
    state: &MerchantState,
    at: DateTime<Utc>,
    language: Language,
) -> BankAccount {
    let change = state.bank_account.change.as_ref();
    BankAccount {
        object: "bank_account_state",
        payouts: PayoutView::of(state, at, language),
        change: change.map(|change| change_view(app, merchant, change, language)),
    }
}

fn change_view(app: &App, merchant: MerchantId, change: &Change, language: Language) -> ChangeView {
    let is_open = change.stage == Stage::Requested;
    let recap = if is_open { app.recaps.of(merchant, change) } else { None };
    ChangeView::of(change, recap, language)
}

/// The newest change, if it is the one at the address.
fn newest(state: &MerchantState, change: BankAccountChangeId) -> Result<&Change, Problem> {
    state.bank_account.newest(change).ok_or_else(Problem::not_found)
}

fn answer(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    change: BankAccountChangeId,
    done: &Executed<MerchantState>,
) -> Result<ChangeView, Problem> {
    Ok(change_view(app, merchant, newest(&done.state, change)?, call.language))
}

/// Read to which account your money goes, and how a change of it stands
#[utoipa::path(get, operation_id = "read_bank_account", path = "/merchants/{merchant}/bank-account", tag = "bank_account",
    params(MomentQuery), responses((status = 200, body = BankAccount)))]
async fn read_bank_account(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<BankAccount>, Problem> {
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    let at = moment.judged_at(loaded.recorded_at, call.at);
    let body = view(&app, merchant, &loaded.state, at, call.language);
    Ok(Versioned::ok(loaded.revision, body))
}

/// Ask for another account, with its RIB
///
/// Needs a strong authentication for `request_bank_account_change`. It has no effect before it is
/// confirmed as it is shown, verified and activated. Contacts must not have changed within 72 hours, and
/// do not change from now on until 72 hours after the activation.
#[utoipa::path(post, operation_id = "request_change", path = "/merchants/{merchant}/bank-account-changes", tag = "bank_account",
    request_body(content = RibForm, content_type = "multipart/form-data"),
    responses((status = 201, body = ChangeView, headers(("Location" = String)))))]
async fn request_change(
    State(app): State<App>,
    user: PortalUser,
    mut call: Call,
    At(merchant): At<MerchantId>,
    upload: Upload,
) -> Result<Versioned<ChangeView>, Problem> {
    load(&app, &user, merchant, AsOf::Now).await?;
    let received = upload.read_rib(&app, user.id.uuid(), &mut call).await?;
    let by = call.by(&user);
    let done = use_case::request(&app, &call, &by, merchant, user.id, received.form).await?;
    let change = answer(&app, &call, merchant, use_case::change_of(&call), &done)?;
    let made = format!("/portal/v1/merchants/{merchant}/bank-account-changes/{}", change.id.0);
    Ok(Versioned::created(done.revision, change).at(made))
}

/// Read the change of an account
#[utoipa::path(get, operation_id = "read_change", path = "/merchants/{merchant}/bank-account-changes/{change}",
    tag = "bank_account", params(MomentQuery), responses((status = 200, body = ChangeView)))]
async fn read_change(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Within(merchant, change): Within<MerchantId, BankAccountChangeId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<ChangeView>, Problem> {
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    let known = newest(&loaded.state, change)?;
    let body = change_view(&app, merchant, known, call.language);
    Ok(Versioned::ok(loaded.revision, body))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmationBody {
    /// The `recap` of what was shown.
    #[schema(example = "9c1f0a5be2d34c7788aa01b2c3d4e5f6")]
    recap: String,
}

/// Confirm the change as it was shown
///
/// Needs a strong authentication for `confirm_bank_account_change` and this very change.
#[utoipa::path(post, operation_id = "confirm_change", path = "/merchants/{merchant}/bank-account-changes/{change}/confirmation",
    tag = "bank_account", request_body = ConfirmationBody,
    responses((status = 200, body = ChangeView)))]
async fn confirm_change(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Within(merchant, change): Within<MerchantId, BankAccountChangeId>,
    Json(body): Json<ConfirmationBody>,
) -> Result<Versioned<ChangeView>, Problem> {
    load(&app, &user, merchant, AsOf::Now).await?;
    let by = call.by(&user);
    let done = use_case::confirm(&app, &call, &by, merchant, change, &body.recap).await?;
    Ok(Versioned::ok(done.revision, answer(&app, &call, merchant, change, &done)?))
}

/// Cancel the change, at any moment before it is active
#[utoipa::path(post, operation_id = "cancel_change", path = "/merchants/{merchant}/bank-account-changes/{change}/cancellation",
    tag = "bank_account", responses((status = 200, body = ChangeView)))]
async fn cancel_change(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Within(merchant, change): Within<MerchantId, BankAccountChangeId>,
) -> Result<Versioned<ChangeView>, Problem> {
    let command = Command::Cancel { change };
    let done =
        app.execute::<Merchant>(merchant, command.into(), &call.by(&user), &call.request()).await?;
    Ok(Versioned::ok(done.revision, answer(&app, &call, merchant, change, &done)?))
}

/// Download the RIB of the change
#[utoipa::path(get, operation_id = "download_rib", path = "/merchants/{merchant}/bank-account-changes/{change}/rib",
    tag = "bank_account",
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn download_rib(
    State(app): State<App>,
    user: PortalUser,
    Within(merchant, change): Within<MerchantId, BankAccountChangeId>,
) -> Result<Response, Problem> {
    let state = load(&app, &user, merchant, AsOf::Now).await?.state;
    let bytes = use_case::read_rib(&app, merchant, &state, change).await?;
    Ok(attachment(bytes, MediaType::Pdf, &change.to_string()))
}
