//! What the client file needs, and why.

use super::load;
use crate::app::App;
use crate::http::{At, List, MomentQuery, PortalUser, Problem, Query, Versioned};
use crate::use_cases::Call;
use axum::extract::State;
use domain::MerchantId;
use projections::views::portal::registration::RequirementView;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_requirements))
}

/// List what the client file needs, one entry per thing
#[utoipa::path(get, operation_id = "list_requirements", path = "/merchants/{merchant}/requirements", tag = "registration",
    params(MomentQuery), responses((status = 200, body = List<RequirementView>)))]
async fn list_requirements(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<List<RequirementView>>, Problem> {
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    let at = moment.time(call.at);
    let views = RequirementView::all(merchant, &loaded.state, at, call.language);
    Ok(Versioned::ok(loaded.revision, List::whole(views)))
}
