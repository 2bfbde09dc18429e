//! What the client file needs, and why.

use crate::app::App;
use crate::http::{List, MomentQuery, Problem, Versioned};
use crate::portal::read::Read;
use axum::extract::State;
use projections::views::portal::registration::RequirementView;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_requirements))
}

/// List what the client file needs, one entry per thing
#[utoipa::path(get, operation_id = "list_requirements", path = "/merchants/{merchant}/requirements", tag = "registration",
    params(MomentQuery), responses((status = 200, body = List<RequirementView>), (status = 304)))]
async fn list_requirements(
    State(app): State<App>,
    read: Read,
) -> Result<Versioned<List<RequirementView>>, Problem> {
    let found = read.load(&app).await?;
    let views = RequirementView::all(read.merchant, &found.loaded.state, found.at, read.language);
    Ok(read.answer(&found, List::whole(views)))
}
