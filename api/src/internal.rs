//! What the payment service asks: whether a key works, and to which account a merchant is paid.

use crate::app::App;
use crate::http::problem::Kind;
use crate::http::sessions::authorization;
use crate::http::{At, Declared, Door, Json, MomentQuery, Problem, Query, Versioned};
use crate::use_cases::api_keys::find;
use crate::use_cases::{Call, Error};
use axum::extract::State;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use domain::MerchantId;
use domain::api_keys::Mode;
use domain::bank_account::payout;
use projections::views::bank_account::payout_state;
use projections::views::{ids, lists};
use serde::{Deserialize, Serialize};
use store::Merchant;
use subtle::ConstantTimeEq;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router(app: &App) -> OpenApiRouter<App> {
    let routes =
        OpenApiRouter::new().routes(routes!(introspect)).routes(routes!(read_payout_account));
    Door::new(app, Declared::PUBLIC).before(OpenApiRouter::new().nest("/internal/v1", routes))
}

/// Refuses whoever does not carry the payment service's token; without one set, nothing is here.
fn check_service(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let expected = app.config.internal_token.as_deref().ok_or_else(Problem::not_found)?;
    let given = authorization(headers, "Bearer").unwrap_or_default();
    if bool::from(given.as_bytes().ct_eq(expected.as_bytes())) {
        Ok(())
    } else {
        Err(Problem::not_signed_in())
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Introspection {
    /// The value of a key, as somebody presented it.
    #[schema(example = "stest_2vKxTzq8WmRn4bYc7HsDfLpA")]
    key: String,
}

/// Whether a key works; nothing is said of one that is not ours.
#[derive(Serialize, ToSchema)]
#[schema(as = IntrospectedKey)]
struct Introspected {
    /// Always `introspected_key`.
    object: &'static str,
    /// Whether it works.
    is_active: bool,
    /// Whose it is.
    merchant: Option<ids::MerchantId>,
    /// Which it is.
    key: Option<ids::ApiKeyId>,
    /// Whether real money moves with it.
    livemode: Option<bool>,
}

/// Tell whether a key works, for whom and in which mode
#[utoipa::path(post, operation_id = "introspect_key", path = "/keys/introspect", tag = "payment",
    request_body = Introspection, responses((status = 200, body = Introspected)))]
async fn introspect(
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<Introspection>,
) -> Result<axum::Json<Introspected>, Problem> {
    check_service(&app, &headers)?;
    let found = find(&app, &body.key).await?;
    Ok(axum::Json(Introspected {
        object: "introspected_key",
        is_active: found.as_ref().is_some_and(|found| found.is_active),
        merchant: found.as_ref().map(|found| found.merchant.into()),
        key: found.as_ref().map(|found| found.key.into()),
        livemode: found.as_ref().map(|found| found.mode == Mode::Live),
    }))
}

/// To which account a merchant is paid at a moment.
#[derive(Serialize, ToSchema)]
struct PayoutAccount {
    /// Always `payout_account`.
    object: &'static str,
    merchant: ids::MerchantId,
    state: lists::PayoutState,
    /// Only of what is payable.
    #[schema(example = "FR1420041010050500013M02606")]
    iban: Option<String>,
    /// Only of what is payable.
    #[schema(example = "Atelier du Lac")]
    holder: Option<String>,
    /// The change that made the account; none for that of the client file.
    change: Option<ids::BankAccountChangeId>,
    /// Why money is kept, if it is.
    hold: Option<lists::RestrictionReason>,
    /// Until when, if that is known.
    hold_until: Option<DateTime<Utc>>,
    /// For which moment this was asked.
    as_of: DateTime<Utc>,
    /// The stream's revision that says so.
    #[schema(example = 42)]
    revision: u64,
}

/// Tell to which account a merchant is paid at a moment
///
/// The revision that says so is the ETag: whoever sends it back as If-Match right before they pay is told
/// 412 if it no longer does. Money goes out only to what is `payable`.
#[utoipa::path(get, operation_id = "read_payout_account",
    path = "/merchants/{merchant}/payout-account", tag = "payment",
    params(MomentQuery, ("If-Match" = Option<String>, Header, description = "The ETag of what was read")),
    responses((status = 200, body = PayoutAccount)))]
async fn read_payout_account(
    State(app): State<App>,
    call: Call,
    headers: HeaderMap,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<PayoutAccount>, Problem> {
    check_service(&app, &headers)?;
    let loaded = app.store.load::<Merchant>(merchant, moment.moment()?).await?;
    let revision = loaded.revision.ok_or_else(Problem::not_found)?;
    if call.seen.as_ref().is_some_and(|seen| !seen.contains(&revision)) {
        return Err(stale());
    }
    let at = moment.judged_at(loaded.recorded_at, call.at);
    let payout = payout(&loaded.state, at);
    let (account, hold) = (payout.account(), payout.hold());
    let paid = account.filter(|_| hold.is_none());
    let known = paid.and_then(|account| account.details.known());
    if paid.is_some() && known.is_none() {
        return Err(Error::KeyLost(format!("the account of {merchant} cannot be read")).into());
    }
    let body = PayoutAccount {
        object: "payout_account",
        merchant: merchant.into(),
        state: payout_state(&payout).into(),
        iban: known.map(|details| details.iban.as_str().to_owned()),
        holder: known.map(|details| details.holder.as_str().to_owned()),
        change: account.and_then(|account| account.change).map(Into::into),
        hold: hold.map(|hold| hold.restriction.why.into()),
        hold_until: hold.and_then(|hold| hold.until),
        as_of: at,
        revision: revision.0,
    };
    Ok(Versioned::ok(loaded.revision, body))
}

fn stale() -> Problem {
    Problem::saying(
        Kind::Stale,
        "The account to pay may be another by now. Ask again before you pay.",
        "Le compte à payer a peut-être changé. Redemandez-le avant de payer.",
    )
}
