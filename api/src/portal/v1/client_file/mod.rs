//! The client file: read it, withdraw it; what it consists of is below.

mod address;
mod company;
mod documents;
mod people;

use crate::app::App;
use crate::http::{At, MomentQuery, PortalUser, Problem, Versioned};
use crate::portal::read::Read;
use crate::use_cases::Call;
use axum::extract::State;
use domain::MerchantId;
use domain::client_file::Command;
use domain::merchant::State as MerchantState;
use projections::views::portal::client_file::ClientFile;
use store::{Executed, Merchant};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_client_file))
        .merge(company::router())
        .merge(people::router())
        .merge(documents::router())
}

/// What ends the account is done at the portal alone.
pub fn router_of_owner() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(withdraw_client_file))
}

/// Carries out a command on the file and answers the file.
async fn change(
    app: &App,
    user: &PortalUser,
    call: &Call,
    merchant: MerchantId,
    command: Command,
) -> Result<Versioned<ClientFile>, Problem> {
    let done = execute(app, user, call, merchant, command).await?;
    Ok(Versioned::ok(done.revision, ClientFile::of(&done.state, call.at, call.language)))
}

async fn execute(
    app: &App,
    user: &PortalUser,
    call: &Call,
    merchant: MerchantId,
    command: Command,
) -> Result<Executed<MerchantState>, Problem> {
    Ok(app.execute::<Merchant>(merchant, command.into(), &call.by(user), &call.request()).await?)
}

/// Read the client file
#[utoipa::path(get, operation_id = "read_client_file", path = "/merchants/{merchant}/client-file", tag = "client_file",
    params(MomentQuery), responses((status = 200, body = ClientFile), (status = 304)))]
async fn read_client_file(
    State(app): State<App>,
    read: Read,
) -> Result<Versioned<ClientFile>, Problem> {
    let found = read.load(&app).await?;
    let file = ClientFile::of(&found.loaded.state, found.at, read.language);
    Ok(read.answer(&found, file))
}

/// Withdraw the application; the account is closed
#[utoipa::path(post, operation_id = "withdraw_client_file", path = "/merchants/{merchant}/client-file/withdrawal", tag = "client_file",
    responses((status = 200, body = ClientFile)))]
async fn withdraw_client_file(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
) -> Result<Versioned<ClientFile>, Problem> {
    change(&app, &user, &call, merchant, Command::Withdraw).await
}
