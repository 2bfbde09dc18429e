//! The contract: present it, read it, sign it with a one-time code.

use super::account::load;
use super::user::wrong_code;
use crate::app::App;
use crate::auth::sessions::PortalUser;
use crate::call::{Call, Json, MomentQuery, Query, Versioned, id};
use crate::documents::upload;
use crate::error::Problem;
use crate::processes::contract as paper;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::client_file::{MediaType, PersonDetails};
use domain::contract::{Command, Event, Evidence};
use domain::merchant::{Command as MerchantCommand, State as MerchantState};
use domain::{ChallengeId, Id, MerchantId, Occasion, PersonId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{AsOf, Merchant};
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

#[derive(Serialize, ToSchema)]
struct Contract {
    /// Always `contract`.
    object: &'static str,
    id: Option<String>,
    terms_version: Option<u16>,
    /// SHA-256 of the PDF, in hexadecimal: what is signed is what was read.
    sha256: Option<String>,
    /// False if the file has changed since: present it again.
    is_current: bool,
    is_signed: bool,
    signers: Vec<SignerView>,
}

#[derive(Serialize, ToSchema)]
struct SignerView {
    person: String,
    name: Option<String>,
    signed_at: Option<DateTime<Utc>>,
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn view(state: &MerchantState) -> Contract {
    let presented = state.contract.presented.as_ref();
    let signers = presented.iter().flat_map(|presented| &presented.signers).map(|signer| {
        let person = state.file.people.get(signer).and_then(|person| person.details.known());
        SignerView {
            person: signer.to_string(),
            name: person.map(domain::client_file::PersonDetails::full_name),
            signed_at: state.contract.signatures.get(signer).map(|signature| signature.signed_at),
        }
    });
    Contract {
        object: "contract",
        id: presented.map(|presented| presented.contract.to_string()),
        terms_version: presented.map(|presented| presented.terms_version),
        sha256: presented.and_then(|presented| presented.sha256.known()).map(hex),
        is_current: presented
            .is_some_and(|p| p.file_version == state.file.version || state.review.is_submitted()),
        is_signed: state.contract.is_signed(),
        signers: signers.collect(),
    }
}

/// Present the contract: makes the PDF from the file as it is and invites every signer
#[utoipa::path(post, path = "/merchants/{merchant}/contract", tag = "contract",
    responses((status = 201, body = Contract)))]
async fn present_contract(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
) -> Result<Versioned<Contract>, Problem> {
    let merchant: MerchantId = id(&merchant)?;
    let loaded = load(&app, &user, merchant, AsOf::Now).await?;
    let done = paper::present(&app, &call, &call.by(&user), merchant, loaded).await?;
    Ok(Versioned::created(done.revision, view(&done.state)))
}

/// Read how the contract stands
#[utoipa::path(get, path = "/merchants/{merchant}/contract", tag = "contract",
    params(MomentQuery), responses((status = 200, body = Contract)))]
async fn read_contract(
    State(app): State<App>,
    user: PortalUser,
    Path(merchant): Path<String>,
    Query(moment): Query<MomentQuery>,
) -> Result<Versioned<Contract>, Problem> {
    let loaded = load(&app, &user, id(&merchant)?, moment.moment()?).await?;
    Ok(Versioned::ok(loaded.revision, view(&loaded.state)))
}

/// Download the contract; once signed, with its page of evidence
#[utoipa::path(get, path = "/merchants/{merchant}/contract/pdf", tag = "contract",
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
async fn download_contract(
    State(app): State<App>,
    user: PortalUser,
    Path(merchant): Path<String>,
) -> Result<Response, Problem> {
    let merchant: MerchantId = id(&merchant)?;
    let state = load(&app, &user, merchant, AsOf::Now).await?.state;
    let pdf = paper::read(&app, merchant, &state).await?;
    Ok(upload::attachment(pdf, MediaType::Pdf, "contract"))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SigningCodeBody {
    /// Who is to sign; the code goes to their own mobile.
    person: String,
}

#[derive(Serialize, ToSchema)]
struct SigningCodeSent {
    /// Always `code_sent`.
    object: &'static str,
    person: String,
    mobile: String,
    expires_at: DateTime<Utc>,
}

/// Send a signing code to a signer's mobile
#[utoipa::path(post, path = "/merchants/{merchant}/contract/codes", tag = "contract",
    request_body = SigningCodeBody, responses((status = 201, body = SigningCodeSent)))]
async fn send_signing_code(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    Json(body): Json<SigningCodeBody>,
) -> Result<(StatusCode, axum::Json<SigningCodeSent>), Problem> {
    let (merchant, person) = (id(&merchant)?, id::<PersonId>(&body.person)?);
    let (mobile, expires_at) = send_code(&app, &call, merchant, person, &call.by(&user)).await?;
    let sent =
        SigningCodeSent { object: "code_sent", person: person.to_string(), mobile, expires_at };
    Ok((StatusCode::CREATED, axum::Json(sent)))
}

/// Sends a code; answers the masked number and until when it works.
pub async fn send_code(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    signer: PersonId,
    occasion: &Occasion,
) -> Result<(String, DateTime<Utc>), Problem> {
    if !app.config.has_sms() {
        return Err(Problem::no_sms());
    }
    let challenge: ChallengeId = call.derive("code");
    let command: MerchantCommand = Command::SendCode { signer, challenge }.into();
    if app.store.done::<Merchant>(merchant, call.command_id).await?.is_none() {
        let known = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
        // Only what will be sent is counted, and nothing for somebody who may not ask.
        domain::merchant::decide(command.clone(), &known, occasion)?;
        app.take_code(details_of(&known, signer).map(|details| &details.mobile))?;
    }
    let done = app.execute::<Merchant>(merchant, command, occasion, &call.request()).await?;
    let expires_at = done.state.contract.codes.get(&signer).map_or(call.at, |c| c.expires_at);
    Ok((masked_mobile(&done.state, signer), expires_at))
}

fn masked_mobile(state: &MerchantState, signer: PersonId) -> String {
    details_of(state, signer).map(|details| details.mobile.masked()).unwrap_or_default()
}

fn details_of(state: &MerchantState, signer: PersonId) -> Option<&PersonDetails> {
    state.file.people.get(&signer)?.details.known()
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignatureBody {
    person: String,
    /// The `sha256` of the contract that was read.
    sha256: String,
    /// The six digits of the SMS.
    code: String,
}

/// Sign the contract; the last signature sends the file to our teams
#[utoipa::path(post, path = "/merchants/{merchant}/contract/signatures", tag = "contract",
    request_body = SignatureBody, responses((status = 201, body = Contract)))]
async fn sign_contract(
    State(app): State<App>,
    user: PortalUser,
    call: Call,
    Path(merchant): Path<String>,
    Json(body): Json<SignatureBody>,
) -> Result<Versioned<Contract>, Problem> {
    let merchant: MerchantId = id(&merchant)?;
    let state = load(&app, &user, merchant, AsOf::Now).await?.state;
    let signer: PersonId = id(&body.person)?;
    let attempt = Attempt { signer, sha256: &body.sha256, code: &body.code };
    let (state, revision) = sign(&app, &call, merchant, &state, attempt, &call.by(&user)).await?;
    Ok(Versioned::created(revision, view(&state)))
}

pub struct Attempt<'a> {
    pub signer: PersonId,
    pub sha256: &'a str,
    pub code: &'a str,
}

/// Signs for one signer.
pub async fn sign(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    known: &MerchantState,
    attempt: Attempt<'_>,
    occasion: &Occasion,
) -> Result<(Arc<MerchantState>, Option<store::Revision>), Problem> {
    // Without a code there is nothing to compare with; the rules then say so.
    let challenge = known
        .contract
        .codes
        .get(&attempt.signer)
        .map_or(ChallengeId::from_uuid(uuid::Uuid::nil()), |code| code.challenge);
    let command = Command::Sign {
        signer: attempt.signer,
        sha256: unhex(attempt.sha256).unwrap_or([0; 32]),
        challenge,
        is_code_right: app.codes.is_right(challenge, attempt.code),
        evidence: Evidence {
            ip_address: call.ip_address.clone(),
            user_agent: call.user_agent.clone(),
            mobile: masked_mobile(known, attempt.signer),
        },
    };
    let done = app.execute::<Merchant>(merchant, command.into(), occasion, &call.request()).await?;
    match done.events.first() {
        Some(domain::Event::Merchant(domain::merchant::Event::Contract(
            Event::SigningCodeRefused { .. },
        ))) => Err(wrong_code()),
        _ => {
            file_if_signed(app, merchant, &done.state, call.at).await;
            Ok((done.state, done.revision))
        }
    }
}

/// The signature stands whatever happens here: what fails is tried again by its timer.
async fn file_if_signed(app: &App, merchant: MerchantId, state: &MerchantState, at: DateTime<Utc>) {
    if state.contract.is_signed()
        && let Err(problem) = paper::file(app, merchant, at).await
    {
        tracing::warn!(code = problem.code, "a signed contract waits to be filed");
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let bytes: Option<Vec<u8>> = (0..64)
        .step_by(2)
        .map(|at| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    if text.len() == 64 { bytes?.try_into().ok() } else { None }
}
