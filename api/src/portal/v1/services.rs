//! Services: which are wanted, which are open.

use crate::app::App;
use crate::http::{At, Fields, Json, List, MomentQuery, PortalUser, Problem, Versioned};
use crate::portal::read::Read;
use crate::use_cases::Call;
use axum::extract::State;
use domain::MerchantId;
use domain::services::{Command, Service};
use projections::views::lists;
use projections::views::portal::services::{ServiceView, list};
use serde::Deserialize;
use std::collections::BTreeSet;
use store::Merchant;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_services, request_services))
}

/// List the services and how each stands
#[utoipa::path(get, operation_id = "list_services", path = "/merchants/{merchant}/services", tag = "services",
    params(MomentQuery), responses((status = 200, body = List<ServiceView>), (status = 304)))]
async fn list_services(
    State(app): State<App>,
    read: Read,
) -> Result<Versioned<List<ServiceView>>, Problem> {
    let found = read.load(&app).await?;
    let services = List::whole(list(&found.loaded.state));
    Ok(read.answer(&found, services))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// All that you want, also those that you asked for before.
    #[schema(value_type = Vec<lists::Service>)]
    services: Vec<String>,
}

/// Choose services; once live, ask for more
#[utoipa::path(put, operation_id = "request_services", path = "/merchants/{merchant}/services", tag = "services",
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
    Ok(Versioned::ok(done.revision, List::whole(list(&done.state))))
}
