//! The steps of the onboarding.

use super::load;
use crate::app::App;
use crate::http::{At, MomentQuery, PortalUser, Problem, Query, Versioned};
use crate::use_cases::Call;
use axum::extract::State;
use chrono::{DateTime, Utc};
use domain::MerchantId;
use domain::values::Language;
use projections::views::onboarding::{file_status, onboarding};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_onboarding))
}

#[derive(Serialize, ToSchema)]
struct OnboardingView {
    /// Always `onboarding`.
    object: &'static str,
    client_file_status: &'static str,
    steps: Vec<StepView>,
    requirements_open: usize,
    requirements_total: usize,
    /// When you can expect our answer.
    answer_expected_by: Option<DateTime<Utc>>,
    /// Until when the additional documents must be here.
    documents_deadline: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
struct StepView {
    step: &'static str,
    title: &'static str,
    /// `done`, `current`, `waiting_for_us` or `to_come`.
    progress: &'static str,
    /// The request that takes it further.
    action: String,
}

/// Read the steps of your onboarding: where you stand and what comes next
#[utoipa::path(get, path = "/merchants/{merchant}/onboarding", tag = "registration",
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
    let found = onboarding(&loaded.state, at);
    let steps = found
        .steps
        .iter()
        .map(|(step, progress)| StepView {
            step: step.code(),
            title: match call.language {
                Language::French => step.french(),
                Language::English => step.english(),
            },
            progress: progress.code(),
            action: step.action().replace("{merchant}", &merchant.to_string()),
        })
        .collect();
    let view = OnboardingView {
        object: "onboarding",
        client_file_status: file_status(&loaded.state, at),
        steps,
        requirements_open: found.requirements_open,
        requirements_total: found.requirements_total,
        answer_expected_by: found.answer_expected_by,
        documents_deadline: found.documents_deadline,
    };
    Ok(Versioned::ok(loaded.revision, view))
}
