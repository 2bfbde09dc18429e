//! The account: where it stands, its company, what comes next, and everything that ever happened to it.

mod company_basics;
mod events;
mod feed;
mod onboarding;
mod requirements;

use super::load;
use crate::app::App;
use crate::http::{List, MomentQuery, PortalUser, Problem, Versioned};
use crate::portal::read::Read;
use crate::use_cases::Call;
use axum::extract::State;
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
        .merge(feed::router())
}

/// List the merchants you act for
#[utoipa::path(get, operation_id = "list_merchants", path = "/merchants", tag = "registration",
    responses((status = 200, body = List<Account>)))]
async fn list_merchants(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
) -> Result<List<Account>, Problem> {
    let mut accounts = vec![];
    for membership in app.projections.models().sign_in.of(user.id).iter() {
        let merchant = membership.merchant;
        let loaded = load(&app, &user, merchant, AsOf::Now).await?;
        accounts.push(Account::of(merchant, &loaded.state, call.at, call.language));
    }
    Ok(List::whole(accounts))
}

/// Read an account
#[utoipa::path(get, operation_id = "read_merchant", path = "/merchants/{merchant}", tag = "registration", params(MomentQuery),
    responses((status = 200, body = Account), (status = 304)))]
async fn read_merchant(State(app): State<App>, read: Read) -> Result<Versioned<Account>, Problem> {
    let found = read.load(&app).await?;
    let account = Account::of(read.merchant, &found.loaded.state, found.at, read.language);
    Ok(read.answer(&found, account))
}
