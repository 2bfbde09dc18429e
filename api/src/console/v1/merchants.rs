//! Merchants as staff see them: lists, the whole card at any moment, history, differences.

use super::{SEES_PEOPLE, ThenQuery, card, load, look, require};
use crate::app::App;
use crate::http::{
    At, HistoryQuery, List, MomentQuery, PageQuery, Problem, Query, StaffMember, Versioned, Within,
    attachment, parameter,
};
use crate::use_cases::{Call, client_file, contract};
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::client_file::MediaType;
use domain::looks::Thing;
use domain::registration::Status;
use domain::values::{Invalid, folded};
use domain::{Coded, DocumentId, Id, MerchantId};
use projections::diff::changes;
use projections::history::{Asked, page};
use projections::models::directory::Row;
use projections::views::account_ledger::Names;
use projections::views::console::card::Card;
use projections::views::console::merchants::{ChangeView, EventView, MerchantRow};
use projections::views::lists::AccountStatus;
use serde::Deserialize;
use std::sync::Arc;
use store::aggregate::merchant_stream;
use store::{AsOf, Recorded, Revision};
use utoipa::IntoParams;
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

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MerchantsQuery {
    /// 1 to 100, 20 unless told.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    starting_after: Option<String>,
    /// Only those that stand so.
    #[param(value_type = Option<AccountStatus>, inline)]
    status: Option<String>,
    /// Part of the company's name; accents and case make no difference.
    name: Option<String>,
    /// RFC 3339; the list as it was then. A page then may hold fewer than asked for, and not be the last.
    as_of: Option<DateTime<Utc>>,
}

/// List merchants, the oldest first
#[utoipa::path(get, operation_id = "list_merchants", path = "/merchants", tag = "merchants", params(MerchantsQuery),
    responses((status = 200, body = List<MerchantRow>)))]
async fn list_merchants(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Query(query): Query<MerchantsQuery>,
) -> Result<List<MerchantRow>, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let page = PageQuery { limit: query.limit, starting_after: None };
    let limit = page.limit()?;
    let after = parameter("starting_after", query.starting_after.as_deref(), |text| {
        MerchantId::parse(text).ok_or(Invalid::Id)
    })?;
    let name = query.name.as_deref().map(folded);
    let status = parameter("status", query.status.as_deref(), |text| {
        Status::from_code(text).ok_or(Invalid::Code)
    })?;
    let is_named = |row: &Row| match (&name, &row.legal_name) {
        (None, _) => true,
        (Some(name), Some(known)) => folded(known.as_str()).contains(name),
        (Some(_), None) => false,
    };
    let is_looked_for =
        |row: &Row| status.is_none_or(|status| status == row.status) && is_named(row);
    let view = |row: &Arc<Row>| MerchantRow::of(row);
    // Without a moment, a page begins somewhere in the list of now.
    let starting_after = query.starting_after.filter(|_| query.as_of.is_some());
    let moment = ThenQuery { as_of: query.as_of, starting_after };
    if let Some(then) = moment.then(&app, limit).await? {
        let rows = then.models.directory.rows();
        let views = rows.iter().filter(|row| is_looked_for(row)).map(view).collect();
        return Ok(List::until(views, then.next_cursor));
    }
    let models = app.projections.models();
    let (rows, has_more) = models.directory.page(after, limit, is_looked_for);
    let views = rows.iter().map(view).collect();
    Ok(List::page(views, has_more, |row: &MerchantRow| row.id.0.to_string()))
}

/// Read a merchant: everything, as of any moment
#[utoipa::path(get, operation_id = "read_merchant", path = "/merchants/{merchant}", tag = "merchants", params(MomentQuery),
    responses((status = 200, body = Card)))]
async fn read_merchant(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<Card>, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let loaded = load(&app, merchant, moment.moment()?).await?;
    look(&app, &staff, &call, merchant, Thing::Card).await?;
    Ok(card(
        merchant,
        &loaded.state,
        loaded.revision,
        moment.judged_at(loaded.recorded_at, call.at),
    ))
}

/// List everything that happened to a merchant
#[utoipa::path(get, operation_id = "list_events", path = "/merchants/{merchant}/events",
    tag = "merchants", params(HistoryQuery), responses((status = 200, body = List<EventView>)))]
async fn list_events(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(query): Query<HistoryQuery>,
) -> Result<Versioned<List<EventView>>, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let loaded = load(&app, merchant, query.moment().moment()?).await?;
    let revision = loaded.revision;
    let last = revision.ok_or_else(Problem::not_found)?;
    let asked = query.page();
    let after = asked.after()?.map(Revision);
    let asked = Asked { order: query.order()?, after, limit: asked.limit()? };
    let (reader, stream) = (app.store.reader(), merchant_stream(merchant));
    if asked.after.is_some_and(|after| after > last) {
        return Err(Problem::unknown_cursor());
    }
    look(&app, &staff, &call, merchant, Thing::Card).await?;
    let is_asked_for = |recorded: &Recorded| query.admits(recorded);
    let found = page(reader, &stream, last, &asked, |_| true, is_asked_for).await?;
    let models = app.projections.models();
    let names = Names::of(&loaded.state).with_staff(&models.staff);
    let views = found.events.iter().map(|recorded| EventView::of(recorded, names)).collect();
    let next = found.next.map(|next| next.0.to_string());
    Ok(Versioned::page(revision, List::until(views, next)))
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

/// Read what changed between two revisions
#[utoipa::path(get, operation_id = "read_diff", path = "/merchants/{merchant}/diff", tag = "merchants", params(DiffQuery),
    responses((status = 200, body = List<ChangeView>)))]
async fn read_diff(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(query): Query<DiffQuery>,
) -> Result<List<ChangeView>, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let mut sides = vec![];
    for revision in [query.from, query.to] {
        let loaded = load(&app, merchant, AsOf::Revision(Revision(revision))).await?;
        let at = loaded.recorded_at.unwrap_or(call.at);
        sides.push(serde_json::to_value(Card::of(merchant, &loaded.state, at)));
    }
    look(&app, &staff, &call, merchant, Thing::Card).await?;
    let mut sides = sides.into_iter();
    let (Some(Ok(before)), Some(Ok(after))) = (sides.next(), sides.next()) else {
        return Err(Problem::internal("a card could not be written"));
    };
    let views = changes(&before, &after).into_iter().map(ChangeView::from).collect();
    Ok(List::whole(views))
}

/// Download a document of the file
#[utoipa::path(get, operation_id = "download_document", path = "/merchants/{merchant}/documents/{document}/content",
    tag = "merchants",
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>)))]
async fn download_document(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Within(merchant, document): Within<MerchantId, DocumentId>,
) -> Result<Response, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let state = load(&app, merchant, AsOf::Now).await?.state;
    let (bytes, kind) = client_file::read_document(&app, merchant, &state, document).await?;
    look(&app, &staff, &call, merchant, Thing::Document(document)).await?;
    Ok(attachment(bytes, kind, &document.to_string()))
}

/// Download the contract; once signed, with its page of evidence
#[utoipa::path(get, operation_id = "download_contract", path = "/merchants/{merchant}/contract/pdf", tag = "merchants",
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
async fn download_contract(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
) -> Result<Response, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    let state = load(&app, merchant, AsOf::Now).await?.state;
    let pdf = contract::read(&app, merchant, &state).await?;
    look(&app, &staff, &call, merchant, Thing::Contract).await?;
    Ok(attachment(pdf, MediaType::Pdf, "contract"))
}
