//! The steps of the onboarding.

use super::load;
use crate::app::App;
use crate::http::{At, MomentQuery, PortalUser, Problem, Query, Versioned};
use crate::use_cases::Call;
use axum::extract::State;
use domain::MerchantId;
use projections::views::portal::registration::OnboardingView;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_onboarding))
}

/// Read the steps of your onboarding: where you stand and what comes next
#[utoipa::path(get, operation_id = "read_onboarding", path = "/merchants/{merchant}/onboarding", tag = "registration",
    params(MomentQuery), responses((status = 200, body = OnboardingView)))]
async fn read_onboarding(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<OnboardingView>, Problem> {
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    let at = moment.time(call.at);
    let view = OnboardingView::of(merchant, &loaded.state, at, call.language);
    Ok(Versioned::ok(loaded.revision, view))
}
