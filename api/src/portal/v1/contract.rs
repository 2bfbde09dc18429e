//! The contract: present it, read it, sign it with a one-time code.

use crate::app::App;
use crate::http::attachment;
use crate::http::{At, Json, MomentQuery, PortalUser, Problem, Versioned};
use crate::portal::load;
use crate::portal::read::Read;
use crate::use_cases::Call;
use crate::use_cases::contract::{self as use_case, Attempt};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::client_file::MediaType;
use domain::{Id, MerchantId, PersonId};
use projections::views::ids;
use projections::views::portal::contract::Contract;
use serde::{Deserialize, Serialize};
use store::AsOf;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(present_contract, read_contract))
        .routes(routes!(download_contract))
        .routes(routes!(send_signing_code))
        .routes(routes!(sign_contract))
}

/// Present the contract: makes the PDF from the file as it is and invites every signer
#[utoipa::path(post, operation_id = "present_contract", path = "/merchants/{merchant}/contract", tag = "contract",
    responses((status = 201, body = Contract)))]
async fn present_contract(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
) -> Result<Versioned<Contract>, Problem> {
    let loaded = load(&app, &user, merchant, AsOf::Now).await?;
    let done = use_case::present(&app, &call, &call.by(&user), merchant, loaded).await?;
    Ok(Versioned::created(done.revision, Contract::of(&done.state)))
}

/// Read how the contract stands
#[utoipa::path(get, operation_id = "read_contract", path = "/merchants/{merchant}/contract", tag = "contract",
    params(MomentQuery), responses((status = 200, body = Contract), (status = 304)))]
async fn read_contract(State(app): State<App>, read: Read) -> Result<Versioned<Contract>, Problem> {
    let found = read.load(&app).await?;
    let contract = Contract::of(&found.loaded.state);
    Ok(read.answer(&found, contract))
}

/// Download the contract; once signed, with its page of evidence
#[utoipa::path(get, operation_id = "download_contract", path = "/merchants/{merchant}/contract/pdf", tag = "contract",
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
async fn download_contract(
    State(app): State<App>,
    user: PortalUser,
    At(merchant): At<MerchantId>,
) -> Result<Response, Problem> {
    let state = load(&app, &user, merchant, AsOf::Now).await?.state;
    let pdf = use_case::read(&app, merchant, &state).await?;
    Ok(attachment(pdf, MediaType::Pdf, "contract"))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SigningCodeBody {
    /// Who is to sign; the code goes to their own mobile.
    #[schema(value_type = ids::PersonId)]
    person: String,
}

#[derive(Serialize, ToSchema)]
struct SigningCodeSent {
    /// Always `code_sent`.
    object: &'static str,
    person: ids::PersonId,
    /// The number, masked.
    #[schema(example = "+33 •••• 78")]
    mobile: String,
    /// Until when the code works.
    expires_at: DateTime<Utc>,
}

/// Send a signing code to a signer's mobile
#[utoipa::path(post, operation_id = "send_signing_code", path = "/merchants/{merchant}/contract/codes", tag = "contract",
    request_body = SigningCodeBody, responses((status = 201, body = SigningCodeSent)))]
async fn send_signing_code(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<SigningCodeBody>,
) -> Result<(StatusCode, axum::Json<SigningCodeSent>), Problem> {
    let person = PersonId::parse(&body.person).ok_or_else(Problem::not_found)?;
    let sent = use_case::send_code(&app, &call, &call.by(&user), merchant, person).await?;
    let sent = SigningCodeSent {
        object: "code_sent",
        person: person.into(),
        mobile: sent.mobile,
        expires_at: sent.expires_at,
    };
    Ok((StatusCode::CREATED, axum::Json(sent)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignatureBody {
    /// Who signs.
    #[schema(value_type = ids::PersonId)]
    person: String,
    /// The `sha256` of the contract that was read.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    sha256: String,
    /// The six digits of the SMS.
    #[schema(example = "123456")]
    code: String,
}

/// Sign the contract; the last signature sends the file to our teams
#[utoipa::path(post, operation_id = "sign_contract", path = "/merchants/{merchant}/contract/signatures", tag = "contract",
    request_body = SignatureBody, responses((status = 201, body = Contract)))]
async fn sign_contract(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    At(merchant): At<MerchantId>,
    Json(body): Json<SignatureBody>,
) -> Result<Versioned<Contract>, Problem> {
    let state = load(&app, &user, merchant, AsOf::Now).await?.state;
    let signer = PersonId::parse(&body.person).ok_or_else(Problem::not_found)?;
    let attempt = Attempt { signer, sha256: sha256(&body.sha256), code: &body.code };
    let done = use_case::sign(&app, &call, &call.by(&user), merchant, &state, attempt).await?;
    Ok(Versioned::created(done.revision, Contract::of(&done.state)))
}

/// A hash as it was shown.
fn sha256(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok().map(|()| bytes)
}
