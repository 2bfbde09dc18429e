//! Everything that ever happened to the account, in plain words.

use super::load;
use crate::app::App;
use crate::http::{At, HistoryQuery, List, PortalUser, Problem, Query, Versioned};
use crate::use_cases::Call;
use axum::extract::State;
use domain::MerchantId;
use projections::history::{Asked, page};
use projections::views::account_ledger;
use projections::views::portal::events::EventView;
use store::aggregate::merchant_stream;
use store::{Recorded, Revision};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_events))
}

/// List everything that happened to the account, in plain words
#[utoipa::path(get, operation_id = "list_events", path = "/merchants/{merchant}/events",
    tag = "registration", params(HistoryQuery), responses((status = 200, body = List<EventView>)))]
async fn list_events(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(query): Query<HistoryQuery>,
) -> Result<Versioned<List<EventView>>, Problem> {
    let loaded = load(&app, &user, merchant, query.moment().moment()?).await?;
    let Some(last) = loaded.revision else { return Ok(Versioned::page(None, List::whole(vec![]))) };
    let (models, asked) = (app.projections.models(), query.page());
    // What the reader counts, and what the stream counts.
    let revisions = &models.public_revisions;
    let after = asked
        .after()?
        .map(|public| revisions.revision(merchant, public).unwrap_or(Revision(u64::MAX)));
    let asked = Asked { order: query.order()?, after, limit: asked.limit()? };
    let is_shown = |recorded: &Recorded| is_for_merchant(recorded) && query.admits(recorded);
    let stream = merchant_stream(merchant);
    let found = page(app.store.reader(), &stream, last, &asked, is_shown).await?;
    let public = |revision| revisions.public(merchant, revision);
    let views = found.events.iter().filter_map(|recorded| {
        let revision = public(recorded.revision)?;
        EventView::of(recorded, revision, &loaded.state, user.id, call.language)
    });
    let next = found.next.map(|next| public(next).unwrap_or(0).to_string());
    Ok(Versioned::page(loaded.revision, List::until(views.collect(), next)))
}

pub fn is_for_merchant(recorded: &Recorded) -> bool {
    match &recorded.event {
        domain::Event::Merchant(event) => account_ledger::is_for_merchant(event),
        domain::Event::User(_) | domain::Event::Staff(_) | domain::Event::EmailClaim(_) => false,
    }
}
