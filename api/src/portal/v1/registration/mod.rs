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
use domain::MerchantId;
use projections::views::portal::registration::Account;
use store::AsOf;
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

/// List the merchants you act for
#[utoipa::path(get, operation_id = "list_merchants", path = "/merchants", tag = "registration",
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
        accounts.push(Account::of(merchant, &loaded.state, call.at, call.language));
    }
    Ok(axum::Json(List::whole(accounts)))
}

/// Read an account
#[utoipa::path(get, operation_id = "read_merchant", path = "/merchants/{merchant}", tag = "registration", params(MomentQuery),
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
    Ok(Versioned::ok(loaded.revision, Account::of(merchant, &loaded.state, at, call.language)))
}
