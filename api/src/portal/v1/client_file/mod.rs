//! The client file: read it, withdraw it; what it consists of is below.

mod address;
mod company;
mod documents;
mod people;

use crate::app::App;
use crate::http::{At, MomentQuery, PortalUser, Problem, Query, Versioned};
use crate::portal::load;
use crate::use_cases::Call;
use axum::extract::State;
use chrono::{DateTime, Utc};
use company::{CompanyBody, PayoutAccountView, company_view, payout_account_view};
use documents::{DocumentView, document_view};
use domain::MerchantId;
use domain::client_file::Command;
use domain::merchant::State as MerchantState;
use domain::values::Language;
use people::{OwnershipBody, PersonView, ownership_view, person_view};
use projections::views::onboarding::file_status;
use serde::Serialize;
use store::{Executed, Merchant};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_client_file))
        .merge(company::router())
        .merge(people::router())
        .merge(documents::router())
        .routes(routes!(withdraw_client_file))
}

#[derive(Serialize, ToSchema)]
struct ClientFile {
    /// Always `client_file`.
    object: &'static str,
    /// `not_started`, `draft`, `ready_to_sign`, `submitted`, `in_review`, `awaiting_documents`,
    /// `expired`, `approved`, `rejected` or `withdrawn`; treat others as unknown.
    status: &'static str,
    /// Grows with every change of what we examine.
    version: u32,
    company: Option<CompanyBody>,
    people: Vec<PersonView>,
    ownership: Option<Vec<OwnershipBody>>,
    payout_account: Option<PayoutAccountView>,
    documents: Vec<DocumentView>,
}

fn view(state: &MerchantState, at: DateTime<Utc>, language: Language) -> ClientFile {
    let file = &state.file;
    let company = file.company.as_ref().and_then(|company| company.known());
    ClientFile {
        object: "client_file",
        status: file_status(state, at),
        version: file.version,
        company: company.map(company_view),
        people: file.people.iter().map(|(id, person)| person_view(id, person)).collect(),
        ownership: file
            .ownership
            .as_ref()
            .and_then(|holdings| holdings.known())
            .map(|holdings| holdings.iter().map(ownership_view).collect()),
        payout_account: file.payout_account.as_ref().map(payout_account_view),
        documents: file
            .documents
            .values()
            .map(|document| document_view(state, document, language))
            .collect(),
    }
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
    Ok(Versioned::ok(done.revision, view(&done.state, call.at, call.language)))
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
#[utoipa::path(get, path = "/merchants/{merchant}/client-file", tag = "client_file",
    params(MomentQuery), responses((status = 200, body = ClientFile)))]
async fn read_client_file(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<ClientFile>, Problem> {
    let loaded = load(&app, &user, merchant, moment.moment()?).await?;
    let file = view(&loaded.state, moment.time(call.at), call.language);
    Ok(Versioned::ok(loaded.revision, file))
}

/// Withdraw the application; the account is closed
#[utoipa::path(post, path = "/merchants/{merchant}/client-file/withdrawal", tag = "client_file",
    responses((status = 200, body = ClientFile)))]
async fn withdraw_client_file(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
) -> Result<Versioned<ClientFile>, Problem> {
    change(&app, &user, &call, merchant, Command::Withdraw).await
}
