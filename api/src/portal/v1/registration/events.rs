//! Everything that ever happened to the account, in plain words.

use super::load;
use crate::app::App;
use crate::http::{At, List, PageQuery, PortalUser, Problem, Query};
use crate::use_cases::Call;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::MerchantId;
use projections::views::account_ledger;
use serde::Serialize;
use store::{AsOf, Merchant};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_events))
}

#[derive(Serialize, ToSchema)]
struct EventView {
    /// Always `event`.
    object: &'static str,
    id: String,
    /// Counts what you may read, from 0; the same as in ETags and `at_revision`.
    revision: u64,
    #[serde(rename = "type")]
    event_type: String,
    at: DateTime<Utc>,
    /// `you`, `us`, `timer` or another kind of actor.
    by: &'static str,
    text: String,
}

/// List everything that happened to the account, in plain words, the oldest first
#[utoipa::path(get, path = "/merchants/{merchant}/events", tag = "registration", params(PageQuery),
    responses((status = 200, body = List<EventView>)))]
async fn list_events(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<EventView>>, Problem> {
    load(&app, &user, merchant, AsOf::Now).await?;
    let (limit, after) = (page.limit()?, page.after()?);
    let events = app.store.events::<Merchant>(merchant).await?;
    let mut visible = events
        .iter()
        .filter_map(|recorded| {
            let domain::Event::Merchant(event) = &recorded.event else { return None };
            Some((recorded, account_ledger::for_merchant(event)?))
        })
        .zip(0..)
        .filter(|(_, revision)| after.is_none_or(|after| *revision > after))
        .map(|((recorded, sentence), revision)| EventView {
            object: "event",
            id: recorded.metadata.event_id.to_string(),
            revision,
            event_type: recorded.event_type.to_owned(),
            at: recorded.metadata.recorded_at,
            by: by_whom(recorded.metadata.actor, &user),
            text: sentence.in_language(call.language).to_owned(),
        });
    let views: Vec<EventView> = visible.by_ref().take(limit).collect();
    let has_more = visible.next().is_some();
    Ok(axum::Json(List::page(views, has_more, |event| event.revision.to_string())))
}

/// A merchant sees that we acted, never which of us.
fn by_whom(actor: domain::Actor, user: &PortalUser) -> &'static str {
    match actor {
        domain::Actor::User(id) if id == user.id => "you",
        domain::Actor::User(_) => "team",
        domain::Actor::Visitor | domain::Actor::Signer(_) => "signer",
        domain::Actor::Staff(_) | domain::Actor::Provider => "us",
        domain::Actor::ApiKey(_) => "api_key",
        domain::Actor::System => "timer",
    }
}
