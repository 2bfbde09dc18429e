//! Messages to the people of a merchant: what was said to whom, and what came of it.

use super::{load, look};
use crate::app::App;
use crate::http::{At, List, PageQuery, Problem, Query, StaffMember};
use crate::use_cases::{Call, messages as use_case};
use axum::extract::State;
use domain::MerchantId;
use domain::looks::Thing;
use projections::views::console::messages::MessageView;
use store::AsOf;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_messages))
}

/// List the messages to a merchant's people, the newest first, with what they say
///
/// Also those that wait, and those that could not be sent. What opens something, as links and codes do, is
/// left out.
#[utoipa::path(get, operation_id = "list_messages", path = "/merchants/{merchant}/messages", tag = "messages",
    params(PageQuery), responses((status = 200, body = List<MessageView>)))]
async fn list_messages(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(page): Query<PageQuery>,
) -> Result<List<MessageView>, Problem> {
    look(&app, &staff, &call, merchant, Thing::Card).await?;
    let owner = load(&app, merchant, AsOf::Now).await?.state.account.owner;
    let (before, limit) = (page.after()?.unwrap_or(u64::MAX), page.limit()?);
    let mut views = use_case::of_merchant(&app, merchant, owner).await?;
    views.retain(|view| view.position < before);
    // Those of one event stay together.
    let end = views.get(limit).map(|next| next.position);
    let has_more = end.is_some();
    if let Some(end) = end {
        let before = views.partition_point(|view| view.position > end);
        let with = views.partition_point(|view| view.position >= end);
        views.truncate(if before == 0 { with } else { before });
    }
    Ok(List::page(views, has_more, |view: &MessageView| view.position.to_string()))
}
