//! Signing the contract, by whoever was sent the link.

use super::links::Token;
use super::page::{failed, said, said_again};
use super::texts::Text;
use crate::app::App;
use crate::http::{Problem, attachment};
use crate::use_cases::contract::{self, Attempt, Signing};
use crate::use_cases::{Call, Error};
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::client_file::MediaType;
use domain::merchant::State as MerchantState;
use serde::Deserialize;

pub async fn ask_to_sign(
    State(app): State<App>,
    call: Call,
    Query(Token { token }): Query<Token>,
) -> Response {
    match contract::invited(&app, &call, &token).await.map_err(Problem::from) {
        Ok(found) => said(&call, &form(&token, &found.state, None)),
        Err(problem) => failed(&problem, call.language),
    }
}

fn form(token: &str, state: &MerchantState, sent_to: Option<String>) -> Text {
    let sha256 = state.contract.presented.as_ref().and_then(|presented| presented.sha256.known());
    Text::Sign {
        token: token.to_owned(),
        sha256: sha256.map(hex::encode).unwrap_or_default(),
        sent_to,
    }
}

#[derive(Deserialize)]
pub struct SigningStep {
    token: String,
    sha256: String,
    step: String,
    #[serde(default)]
    code: String,
}

pub async fn sign(State(app): State<App>, call: Call, Form(body): Form<SigningStep>) -> Response {
    let found = match contract::invited(&app, &call, &body.token).await.map_err(Problem::from) {
        Ok(found) => found,
        Err(problem) => return failed(&problem, call.language),
    };
    let outcome = match body.step.as_str() {
        "code" => send_code(&app, &call, &found, &body.token).await,
        _ => enter_code(&app, &call, &found, &body).await,
    };
    match outcome.map_err(Problem::from) {
        Ok(text) => said(&call, &text),
        Err(problem) => said_again(&call, &form(&body.token, &found.state, None), &problem),
    }
}

async fn send_code(app: &App, call: &Call, found: &Signing, token: &str) -> Result<Text, Error> {
    let Signing { merchant, signer, occasion, state } = found;
    let mobile = contract::send_code(app, call, occasion, *merchant, *signer).await?.mobile;
    Ok(form(token, state, Some(mobile)))
}

async fn enter_code(
    app: &App,
    call: &Call,
    found: &Signing,
    body: &SigningStep,
) -> Result<Text, Error> {
    let Signing { merchant, signer, state, occasion } = found;
    let mut sha256 = [0; 32];
    let is_hash = hex::decode_to_slice(&body.sha256, &mut sha256).is_ok();
    let attempt = Attempt { signer: *signer, sha256: is_hash.then_some(sha256), code: &body.code };
    contract::sign(app, call, occasion, *merchant, state, attempt).await?;
    Ok(Text::Signed {})
}

pub async fn read_contract(
    State(app): State<App>,
    call: Call,
    Query(query): Query<Token>,
) -> Result<Response, Problem> {
    let found = contract::invited(&app, &call, &query.token).await?;
    let pdf = contract::read(&app, found.merchant, &found.state).await?;
    Ok(attachment(pdf, MediaType::Pdf, "contract"))
}
