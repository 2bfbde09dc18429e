//! Services: which are wanted, which are open.

use crate::app::App;
use crate::http::{At, Fields, Json, List, MomentQuery, PortalUser, Problem, Query, Versioned};
use crate::portal::load;
use crate::use_cases::Call;
use axum::extract::State;
use domain::merchant::State as MerchantState;
use domain::services::{Command, Service};
use domain::{Coded, MerchantId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::Merchant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_services, request_services))
}

#[derive(Serialize, ToSchema)]
struct ServiceView {
    /// Always `service`.
    object: &'static str,
    service: &'static str,
    /// `unrequested`, `requested`, `active` or `refused`.
    status: &'static str,
}

fn view(state: &MerchantState) -> List<ServiceView> {
    List::whole(
        Service::ALL
            .iter()
            .map(|service| ServiceView {
                object: "service",
                service: service.code(),
                status: state.services.services.get(service).map_or("unrequested", |s| s.code()),
            })
            .collect(),
    )
}

/// List the services and how each stands
#[utoipa::path(get, path = "/merchants/{merchant}/services", tag = "services",
    params(MomentQuery), responses((status = 200, body = List<ServiceView>)))]
async fn list_services(
    State(app): State<App>,
    user: PortalUser,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<List<ServiceView>>, Problem> {
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    Ok(Versioned::ok(loaded.revision, view(&loaded.state)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Of `payment_link`, `api`, `tap_to_pay`, `terminal` and `online_shop`.
    #[schema(example = json!(["api", "payment_link"]))]
    services: Vec<String>,
}

/// Choose services; once live, ask for more
#[utoipa::path(put, path = "/merchants/{merchant}/services", tag = "services",
    request_body = Wanted, responses((status = 200, body = List<ServiceView>)))]
async fn request_services(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<Wanted>,
) -> Result<Versioned<List<ServiceView>>, Problem> {
    let mut fields = Fields::default();
    let services: Option<BTreeSet<Service>> = body
        .services
        .iter()
        .enumerate()
        .map(|(index, code)| fields.code(format!("/services/{index}"), code))
        .collect();
    let command = Command::Request { services: fields.finish(services)? };
    let done =
        app.execute::<Merchant>(merchant, command.into(), &call.by(&user), &call.request()).await?;
    Ok(Versioned::ok(done.revision, view(&done.state)))
}
