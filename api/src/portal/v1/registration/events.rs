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
use store::Recorded;
use store::aggregate::merchant_stream;
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
    // What the reader counts is known of what is folded.
    if app.projections.models().public_revisions.last(merchant) < Some(last) {
        app.see(app.store.ledger.head().await?).await?;
    }
    let models = app.projections.models();
    let (revisions, asked) = (&models.public_revisions, query.page());
    let after = match asked.after()? {
        Some(public) => {
            let known = revisions.revision(merchant, public);
            Some(known.ok_or_else(Problem::unknown_cursor)?)
        }
        None => None,
    };
    let asked = Asked { order: query.order()?, after, limit: asked.limit()? };
    let (reader, stream) = (app.store.reader(), merchant_stream(merchant));
    let is_asked_for = |recorded: &Recorded| query.admits(recorded);
    let found = page(reader, &stream, last, &asked, is_for_merchant, is_asked_for).await?;
    let public = |revision| revisions.public(merchant, revision);
    let views = found.events.iter().filter_map(|recorded| {
        let revision = public(recorded.revision)?;
        EventView::of(recorded, revision, &loaded.state, user.id, call.language)
    });
    let next = found.next.and_then(public).map(|next| next.to_string());
    Ok(Versioned::page(loaded.revision, List::until(views.collect(), next)))
}

pub fn is_for_merchant(recorded: &Recorded) -> bool {
    match &recorded.event {
        domain::Event::Merchant(event) => account_ledger::is_for_merchant(event),
        domain::Event::User(_)
        | domain::Event::Staff(_)
        | domain::Event::EmailClaim(_)
        | domain::Event::Looks(_) => false,
    }
}
