//! Merchants as staff see them: lists, the whole card at any moment, history, differences.

use crate::app::App;
use crate::auth::sessions::StaffMember;
use crate::call::{Call, List, MomentQuery, PageQuery, Query, Versioned, id};
use crate::error::Problem;
use crate::portal;
use axum::extract::{Path, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::merchant::State as MerchantState;
use domain::staff::Role;
use domain::values::folded;
use domain::{Id, MerchantId, access};
use projections::account_ledger;
use projections::card::{Card, Change, changes};
use projections::registration::Row;
use serde::{Deserialize, Serialize};
use store::record::actor_parts;
use store::{AsOf, Loaded, Merchant, Revision};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_merchants))
        .routes(routes!(read_merchant))
        .routes(routes!(list_events))
        .routes(routes!(read_diff))
        .routes(routes!(download_document))
        .routes(routes!(download_contract))
}

/// Whoever sees people's data. Engineers and administrators do not.
pub(super) const SEES_PEOPLE: &[Role] =
    &[Role::Support, Role::Analyst, Role::Officer, Role::Auditor];

pub(super) fn require(staff: &StaffMember, call: &Call, roles: &[Role]) -> Result<(), Problem> {
    access::staff(&call.by_staff(staff), roles)
        .map(|_| ())
        .map_err(|refusal| domain::merchant::Refusal::from(refusal).into())
}

pub(super) async fn load(
    app: &App,
    merchant: MerchantId,
    as_of: AsOf,
) -> Result<Loaded<MerchantState>, Problem> {
    let loaded = app.store.load::<Merchant>(merchant, as_of).await?;
    if loaded.revision.is_none() { Err(Problem::not_found()) } else { Ok(loaded) }
}

/// The whole of a merchant, for staff.
pub fn card(
    merchant: MerchantId,
    loaded: &Loaded<MerchantState>,
    at: DateTime<Utc>,
) -> Versioned<Card> {
    Versioned::ok(loaded.revision, Card::of(merchant, &loaded.state, at))
}

#[derive(Serialize, ToSchema)]
struct MerchantRow {
    /// Always `merchant`.
    object: &'static str,
    id: String,
    legal_name: Option<String>,
    status: String,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
    revision: u64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MerchantsQuery {
    /// 1 to 100, 20 unless told.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    starting_after: Option<String>,
    status: Option<String>,
    /// Part of the company's name; accents and case make no difference.
    name: Option<String>,
}

/// List merchants, the oldest first
#[utoipa::path(get, path = "/merchants", tag = "merchants", params(MerchantsQuery),
    responses((status = 200, body = List<MerchantRow>)))]
async fn list_merchants(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Query(query): Query<MerchantsQuery>,
) -> Result<axum::Json<List<MerchantRow>>, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let page = PageQuery { limit: query.limit, starting_after: None };
    let limit = page.limit()?;
    let after = query.starting_after.as_deref().map(id::<MerchantId>).transpose()?;
    let name = query.name.as_deref().map(folded);
    let is_looked_for = |row: &Row| {
        query.status.as_ref().is_none_or(|status| row.status == *status)
            && name.as_ref().is_none_or(|name| {
                row.legal_name.as_ref().is_some_and(|known| folded(known).contains(name))
            })
    };
    let models = app.projections.models();
    let after = after.map(|after: MerchantId| after.uuid());
    let (rows, has_more) = models.directory.page(after, limit, is_looked_for);
    let views: Vec<MerchantRow> = rows
        .iter()
        .map(|row| MerchantRow {
            object: "merchant",
            id: MerchantId::from_uuid(row.merchant).to_string(),
            legal_name: row.legal_name.clone(),
            status: row.status.clone(),
            created_at: row.created_at,
            changed_at: row.changed_at,
            revision: row.revision,
        })
        .collect();
    Ok(axum::Json(List::page(views, has_more, |row| row.id.clone())))
}

/// Read a merchant: everything, as of any moment
#[utoipa::path(get, path = "/merchants/{merchant}", tag = "merchants", params(MomentQuery),
    responses((status = 200, body = Object)))]
async fn read_merchant(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Path(merchant): Path<String>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<Card>, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let merchant = id(&merchant)?;
    let loaded = load(&app, merchant, moment.moment()?).await?;
    Ok(card(merchant, &loaded, moment.time(call.at)))
}

#[derive(Serialize, ToSchema)]
struct EventView {
    /// Always `event`.
    object: &'static str,
    id: String,
    position: u64,
    revision: u64,
    #[serde(rename = "type")]
    event_type: String,
    at: DateTime<Utc>,
    actor: String,
    actor_id: Option<String>,
    channel: String,
    correlation_id: String,
    causation_id: Option<String>,
    french: String,
    english: String,
}

/// List everything that happened to a merchant, the oldest first
#[utoipa::path(get, path = "/merchants/{merchant}/events", tag = "merchants", params(PageQuery),
    responses((status = 200, body = List<EventView>)))]
async fn list_events(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Path(merchant): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<List<EventView>>, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let merchant: MerchantId = id(&merchant)?;
    let (limit, after) = (page.limit()?, page.after()?);
    let events = app.store.events::<Merchant>(merchant).await?;
    if events.is_empty() {
        return Err(Problem::not_found());
    }
    let mut rest =
        events.iter().filter(|recorded| after.is_none_or(|after| recorded.revision.0 > after));
    let views: Vec<EventView> = rest
        .by_ref()
        .take(limit)
        .map(|recorded| {
            let sentence = account_ledger::for_any(&recorded.event);
            let (kind, actor) = actor_parts(recorded.metadata.actor);
            EventView {
                object: "event",
                id: recorded.metadata.event_id.to_string(),
                position: recorded.position.0,
                revision: recorded.revision.0,
                event_type: recorded.event_type.to_owned(),
                at: recorded.metadata.recorded_at,
                actor: kind.to_owned(),
                actor_id: actor.map(|id| uuid::Uuid::from_bytes(id).simple().to_string()),
                channel: recorded.metadata.channel.to_string(),
                correlation_id: recorded.metadata.correlation_id.simple().to_string(),
                causation_id: recorded.metadata.causation_id.map(|id| id.to_string()),
                french: sentence.french,
                english: sentence.english,
            }
        })
        .collect();
    let has_more = rest.next().is_some();
    Ok(axum::Json(List::page(views, has_more, |event| event.revision.to_string())))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DiffQuery {
    /// A revision.
    #[param(minimum = 0)]
    from: u64,
    /// A later revision.
    #[param(minimum = 0)]
    to: u64,
}

#[derive(Serialize, ToSchema)]
struct ChangeView {
    /// JSON pointer into the merchant.
    pointer: String,
    before: Option<String>,
    after: Option<String>,
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        Self { pointer: change.pointer, before: change.before, after: change.after }
    }
}

/// Read what changed between two revisions
#[utoipa::path(get, path = "/merchants/{merchant}/diff", tag = "merchants", params(DiffQuery),
    responses((status = 200, body = List<ChangeView>)))]
async fn read_diff(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Path(merchant): Path<String>,
    Query(query): Query<DiffQuery>,
) -> Result<axum::Json<List<ChangeView>>, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let merchant: MerchantId = id(&merchant)?;
    let mut sides = vec![];
    for revision in [query.from, query.to] {
        let loaded = load(&app, merchant, AsOf::Revision(Revision(revision))).await?;
        let at = loaded.recorded_at.unwrap_or(call.at);
        sides.push(serde_json::to_value(Card::of(merchant, &loaded.state, at)));
    }
    let mut sides = sides.into_iter();
    let (Some(Ok(before)), Some(Ok(after))) = (sides.next(), sides.next()) else {
        return Err(Problem::internal("a card could not be written"));
    };
    let views = changes(&before, &after).into_iter().map(ChangeView::from).collect();
    Ok(axum::Json(List::whole(views)))
}

/// Download a document of the file
#[utoipa::path(get, path = "/merchants/{merchant}/documents/{document}/content",
    tag = "merchants",
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn download_document(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Path((merchant, document)): Path<(String, String)>,
) -> Result<Response, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let merchant: MerchantId = id(&merchant)?;
    let state = load(&app, merchant, AsOf::Now).await?.state;
    portal::v1::content(&app, merchant, &state, &document).await
}

/// Download the contract; once signed, with its page of evidence
#[utoipa::path(get, path = "/merchants/{merchant}/contract/pdf", tag = "merchants",
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
async fn download_contract(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Path(merchant): Path<String>,
) -> Result<Response, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let merchant: MerchantId = id(&merchant)?;
    let state = load(&app, merchant, AsOf::Now).await?.state;
    let pdf = crate::processes::contract::read(&app, merchant, &state).await?;
    let media_type = domain::client_file::MediaType::Pdf;
    Ok(crate::documents::upload::attachment(pdf, media_type, "contract"))
}
