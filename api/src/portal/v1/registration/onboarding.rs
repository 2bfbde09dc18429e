//! The steps of the onboarding.

use crate::app::App;
use crate::http::{MomentQuery, Problem, Versioned};
use crate::portal::read::Read;
use axum::extract::State;
use projections::views::portal::registration::OnboardingView;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_onboarding))
}

/// Read the steps of your onboarding: where you stand and what comes next
#[utoipa::path(get, operation_id = "read_onboarding", path = "/merchants/{merchant}/onboarding", tag = "registration",
    params(MomentQuery), responses((status = 200, body = OnboardingView), (status = 304)))]
async fn read_onboarding(
    State(app): State<App>,
    read: Read,
) -> Result<Versioned<OnboardingView>, Problem> {
    let found = read.load(&app).await?;
    let view = OnboardingView::of(read.merchant, &found.loaded.state, found.at, read.language);
    Ok(read.answer(&found, view))
}
