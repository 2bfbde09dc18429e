//! What the payment service asks: whether a key works, and to which account a merchant is paid.

use crate::app::App;
use crate::http::sessions::authorization;
use crate::http::{At, Declared, Door, Json, MomentQuery, Problem, Query, Versioned};
use crate::use_cases::api_keys::find;
use crate::use_cases::{Call, Error};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use domain::bank_account::payout;
use domain::{Coded, MerchantId};
use projections::views::bank_account::payout_state;
use serde::{Deserialize, Serialize};
use store::Merchant;
use subtle::ConstantTimeEq;

pub fn router(app: &App) -> Router<App> {
    let routes = Router::new()
        .route("/internal/v1/keys/introspect", post(introspect))
        .route("/internal/v1/merchants/{merchant}/payout-account", get(read_payout_account));
    Door::new(app, Declared::PUBLIC).before_plain(routes)
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Introspection {
    key: String,
}

#[derive(Serialize)]
struct Introspected {
    is_active: bool,
    merchant: Option<String>,
    key: Option<String>,
    mode: Option<&'static str>,
}

/// Tells the payment service whether a key works, for whom and in which mode.
async fn introspect(
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<Introspection>,
) -> Result<axum::Json<Introspected>, Problem> {
    check_service(&app, &headers)?;
    let found = find(&app, &body.key).await?;
    Ok(axum::Json(Introspected {
        is_active: found.as_ref().is_some_and(|found| found.is_active),
        merchant: found.as_ref().map(|found| found.merchant.to_string()),
        key: found.as_ref().map(|found| found.key.to_string()),
        mode: found.as_ref().map(|found| found.mode.code()),
    }))
}

/// To which account a merchant is paid at a moment. The revision that says so is its ETag: whoever sends
/// it back as If-Match right before they pay is told 412 if it no longer does.
#[derive(Serialize)]
struct PayoutAccount {
    /// Always `payout_account`.
    object: &'static str,
    merchant: String,
    /// `none`, `held` or `payable`: money goes out only to what is payable.
    state: &'static str,
    /// Only of what is payable.
    iban: Option<String>,
    holder: Option<String>,
    /// The change that made the account; none for that of the client file.
    change: Option<String>,
    hold: Option<&'static str>,
    hold_until: Option<DateTime<Utc>>,
    /// For which moment this was asked.
    as_of: DateTime<Utc>,
    /// The stream's revision that says so.
    revision: u64,
}

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
        merchant: merchant.to_string(),
        state: payout_state(&payout).code(),
        iban: known.map(|details| details.iban.as_str().to_owned()),
        holder: known.map(|details| details.holder.as_str().to_owned()),
        change: account.and_then(|account| account.change).map(|change| change.to_string()),
        hold: hold.map(|hold| hold.restriction.why.code()),
        hold_until: hold.and_then(|hold| hold.until),
        as_of: at,
        revision: revision.0,
    };
    Ok(Versioned::ok(loaded.revision, body))
}

fn stale() -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "stale",
        "The account to pay may be another by now. Ask again before you pay.",
        "Le compte à payer a peut-être changé. Redemandez-le avant de payer.",
    )
}
