//! The audit trail across merchants: by merchant, actor, type and time.

use super::require;
use crate::app::App;
use crate::http::{List, PageQuery, Problem, Query, StaffMember, parameter};
use crate::use_cases::Call;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::staff::Role;
use domain::values::Invalid;
use domain::{Id, MerchantId};
use projections::models::audit_trail::{Filter, search, search_stream};
use projections::views::console::audit_trail::AuditEntry;
use serde::Deserialize;
use store::aggregate::merchant_stream;
use store::{Keys, Reader};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search_audit_trail))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    /// Only of that merchant.
    merchant: Option<String>,
    /// The id of a user, a person or a member of staff, with or without its prefix.
    actor: Option<String>,
    /// A type or the start of one: `review.` finds the whole room.
    r#type: Option<String>,
    /// Only what was recorded then or later.
    from: Option<DateTime<Utc>>,
    /// Only what was recorded before.
    until: Option<DateTime<Utc>>,
    /// 1 to 100, 20 unless told.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    starting_after: Option<String>,
}

/// Search the audit trail, the newest first
#[utoipa::path(get, operation_id = "search_audit_trail", path = "/audit-trail", tag = "audit_trail", params(AuditQuery),
    responses((status = 200, body = List<AuditEntry>)))]
async fn search_audit_trail(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Query(query): Query<AuditQuery>,
) -> Result<List<AuditEntry>, Problem> {
    require(&staff, &call, &[Role::Officer, Role::Auditor])?;
    let page = PageQuery { limit: query.limit, starting_after: query.starting_after };
    let merchant = parameter("merchant", query.merchant.as_deref(), |text| {
        MerchantId::parse(text).ok_or(Invalid::Id)
    })?;
    let actor = parameter("actor", query.actor.as_deref(), actor_id)?;
    let (from, until) = (query.from, query.until);
    let is_without_looks = !staff.roles.contains(Role::Auditor);
    let filter = Filter { actor, event_type: query.r#type, from, until, is_without_looks };
    let (before, limit) = (page.after()?, page.limit()?);
    let models = app.projections.models();
    // Nothing that is sealed is shown.
    let reader = Reader::new(app.store.ledger.as_ref(), Keys::None);
    let (found, has_more) = match merchant {
        None => search(reader, &models.audit_trail, &filter, before, limit).await?,
        Some(merchant) => match models.directory.row(merchant) {
            Some(row) => {
                let (stream, last) = (merchant_stream(merchant), row.revision);
                search_stream(reader, stream, last, &filter, before, limit).await?
            }
            None => (vec![], false),
        },
    };
    let views = found.iter().map(AuditEntry::of).collect();
    Ok(List::page(views, has_more, |entry: &AuditEntry| entry.position.to_string()))
}

fn actor_id(text: &str) -> Result<Uuid, Invalid> {
    let digits = text.split_once('_').map_or(text, |(_, digits)| digits);
    Uuid::try_parse(digits).map_err(|_| Invalid::Id)
}
