//! Who looks at whose data: for what purpose, stated before; and who looked, for auditors.

use super::{SEES_PEOPLE, onlooker, require};
use crate::app::App;
use crate::http::{At, Fields, Json, List, PageQuery, Problem, Query, StaffMember, parameter};
use crate::use_cases::{Call, looks as use_case};
use axum::extract::State;
use domain::looks::Statement;
use domain::staff::Role;
use domain::values::{FreeText, Invalid};
use domain::{DocumentId, Id, MerchantId, StaffId};
use projections::models::looks::{Filter, search};
use projections::views::console::lists::Purpose;
use projections::views::console::looks::{LookView, PurposeView};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(state_purpose)).routes(routes!(list_looks))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = PurposeStatement)]
#[serde(deny_unknown_fields)]
struct Purposed {
    /// For what.
    #[schema(value_type = Purpose)]
    purpose: String,
    /// The case, the letter or the ticket that asks for it.
    #[schema(example = "Letter of 3 May")]
    reference: String,
}

/// State for what purpose you look at a merchant's data, until the session ends or you state another
#[utoipa::path(post, operation_id = "state_purpose", path = "/merchants/{merchant}/purpose", tag = "looks",
    request_body = Purposed, responses((status = 200, body = PurposeView)))]
async fn state_purpose(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<Purposed>,
) -> Result<axum::Json<PurposeView>, Problem> {
    require(&staff, &call, SEES_PEOPLE)?;
    if app.projections.models().directory.row(merchant).is_none() {
        return Err(Problem::not_found());
    }
    let mut fields = Fields::default();
    let purpose = fields.code("/purpose", &body.purpose);
    let reference = fields.take("/reference", FreeText::parse(&body.reference));
    let statement = (|| {
        let (staff, purpose, reference) = (staff.id, purpose?, reference?);
        Some(Statement { staff, merchant, purpose, reference })
    })();
    let statement = fields.finish(statement)?;
    let view = PurposeView::of(&statement);
    use_case::state_purpose(&app, &call, onlooker(&staff), statement).await?;
    Ok(axum::Json(view))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LooksQuery {
    /// Only at the data of that merchant.
    merchant: Option<String>,
    /// Only by that member of staff.
    staff: Option<String>,
    /// Only at that document.
    document: Option<String>,
    /// 1 to 100, 20 unless told.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    starting_after: Option<String>,
}

/// List who looked at what, when and why, the newest first
#[utoipa::path(get, operation_id = "list_looks", path = "/looks", tag = "looks", params(LooksQuery),
    responses((status = 200, body = List<LookView>)))]
async fn list_looks(
    State(app): State<App>,
    staff: StaffMember,
    call: Call,
    Query(query): Query<LooksQuery>,
) -> Result<List<LookView>, Problem> {
    require(&staff, &call, &[Role::Auditor])?;
    let page = PageQuery { limit: query.limit, starting_after: query.starting_after };
    let merchant = id("merchant", query.merchant.as_deref(), MerchantId::parse)?;
    let by = id("staff", query.staff.as_deref(), StaffId::parse)?;
    let document = id("document", query.document.as_deref(), DocumentId::parse)?;
    let filter = Filter { merchant, staff: by, document };
    let (before, limit) = (page.after()?, page.limit()?);
    let models = app.projections.models();
    let (found, has_more) =
        search(app.store.reader(), &models.looks, filter, before, limit).await?;
    let view = |(recorded, look): &(_, _)| LookView::of(recorded, look, &models.staff);
    let views = found.iter().map(view).collect();
    Ok(List::page(views, has_more, |look: &LookView| look.position.to_string()))
}

fn id<I: Id>(
    name: &str,
    text: Option<&str>,
    read: impl FnOnce(&str) -> Option<I>,
) -> Result<Option<I>, Problem> {
    parameter(name, text, |text| read(text).ok_or(Invalid::Id))
}
