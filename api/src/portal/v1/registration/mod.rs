//! The account: where it stands, its company, what comes next, and everything that ever happened to it.

mod company_basics;
mod events;
mod onboarding;
mod requirements;

use super::load;
use crate::app::App;
use crate::http::{At, List, MomentQuery, PortalUser, Problem, Query, Versioned};
use crate::use_cases::Call;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::merchant::State as MerchantState;
use domain::restriction::Restriction;
use domain::values::Language;
use domain::{Coded, MerchantId};
use projections::views::onboarding::file_status;
use serde::Serialize;
use store::AsOf;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_merchants))
        .routes(routes!(read_merchant))
        .merge(onboarding::router())
        .merge(requirements::router())
        .merge(company_basics::router())
        .merge(events::router())
}

#[derive(Serialize, ToSchema)]
struct Account {
    /// Always `merchant`.
    object: &'static str,
    id: String,
    /// `created`, `activated`, `test`, `live`, `deactivated`, `suspended`, `terminating`,
    /// `closed` or `lapsed`; treat others as unknown.
    status: Option<&'static str>,
    legal_name: Option<String>,
    siren: Option<String>,
    legal_form: Option<&'static str>,
    country: Option<String>,
    activity: Option<String>,
    client_file_status: &'static str,
    are_payouts_enabled: bool,
    restriction: Option<RestrictionView>,
}

/// Something that cannot be done for now, why, and what to do about it.
#[derive(Serialize, ToSchema)]
struct RestrictionView {
    what: &'static str,
    why: &'static str,
    detail: &'static str,
    since: DateTime<Utc>,
    remedy: &'static str,
    remedy_until: Option<DateTime<Utc>>,
}

fn restriction_view(restriction: &Restriction, language: Language) -> RestrictionView {
    RestrictionView {
        what: restriction.what.code(),
        why: restriction.why.code(),
        detail: match language {
            Language::French => restriction.why.french(),
            Language::English => restriction.why.english(),
        },
        since: restriction.since,
        remedy: restriction.remedy.code(),
        remedy_until: restriction.remedy_until,
    }
}

fn account(
    id: MerchantId,
    state: &MerchantState,
    at: DateTime<Utc>,
    language: Language,
) -> Account {
    let basics = state.account.basics.as_ref();
    let identity = basics.and_then(|basics| basics.identity.known());
    Account {
        object: "merchant",
        id: id.to_string(),
        status: state.account.status.map(Coded::code),
        legal_name: identity.map(|identity| identity.legal_name.as_str().to_owned()),
        siren: identity
            .and_then(|identity| identity.siren.as_ref())
            .map(|siren| siren.as_str().to_owned()),
        legal_form: basics.map(|basics| basics.legal_form.code()),
        country: basics.map(|basics| basics.country.to_string()),
        activity: basics.map(|basics| basics.activity.as_str().to_owned()),
        client_file_status: file_status(state, at),
        are_payouts_enabled: state.account.are_payouts_enabled,
        restriction: state.account.restriction.as_ref().map(|r| restriction_view(r, language)),
    }
}

/// List the merchants you act for
#[utoipa::path(get, path = "/merchants", tag = "registration",
    responses((status = 200, body = List<Account>)))]
async fn list_merchants(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
) -> Result<axum::Json<List<Account>>, Problem> {
    let mut accounts = vec![];
    for membership in app.projections.models().sign_in.of(user.id).iter() {
        let merchant = membership.merchant;
        let loaded = load(&app, &user, merchant, AsOf::Now).await?;
        accounts.push(account(merchant, &loaded.state, call.at, call.language));
    }
    Ok(axum::Json(List::whole(accounts)))
}

/// Read an account
#[utoipa::path(get, path = "/merchants/{merchant}", tag = "registration", params(MomentQuery),
    responses((status = 200, body = Account)))]
async fn read_merchant(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<Account>, Problem> {
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    let at = moment.time(call.at);
    Ok(Versioned::ok(loaded.revision, account(merchant, &loaded.state, at, call.language)))
}
