//! Everything that ever happened to the account, in plain words.

use super::load;
use crate::app::App;
use crate::http::{At, List, PageQuery, PortalUser, Problem, Query, Versioned};
use crate::use_cases::Call;
use axum::extract::State;
use domain::MerchantId;
use projections::views::account_ledger;
use projections::views::portal::events::EventView;
use store::{AsOf, Merchant, Recorded};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_events))
}

/// List everything that happened to the account, in plain words, the oldest first
#[utoipa::path(get, operation_id = "list_events", path = "/merchants/{merchant}/events", tag = "registration", params(PageQuery),
    responses((status = 200, body = List<EventView>)))]
async fn list_events(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(page): Query<PageQuery>,
) -> Result<Versioned<List<EventView>>, Problem> {
    let loaded = load(&app, &user, merchant, AsOf::Now).await?;
    let owner = loaded.state.account.owner;
    let (limit, after) = (page.limit()?, page.after()?);
    let events = app.store.events::<Merchant>(merchant).await?;
    let view =
        |recorded, revision| EventView::of(recorded, revision, owner, user.id, call.language);
    let shown = events.iter().filter(|recorded| is_for_merchant(recorded));
    let mut visible = shown
        .zip(0..)
        .filter(|(_, revision)| after.is_none_or(|after| *revision > after))
        .filter_map(|(recorded, revision)| view(recorded, revision));
    let views: Vec<EventView> = visible.by_ref().take(limit).collect();
    let has_more = visible.next().is_some();
    let page = List::page(views, has_more, |event: &EventView| event.revision.to_string());
    Ok(Versioned::ok(loaded.revision, page))
}

fn is_for_merchant(recorded: &Recorded) -> bool {
    match &recorded.event {
        domain::Event::Merchant(event) => account_ledger::is_for_merchant(event),
        domain::Event::User(_) | domain::Event::Staff(_) | domain::Event::EmailClaim(_) => false,
    }
}
