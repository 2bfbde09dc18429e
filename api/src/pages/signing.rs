//! Signing the contract, by whoever was sent the link.

use super::links::Token;
use super::page::{Page, PageForm, code_field, say, say_static};
use crate::app::App;
use crate::http::{Problem, attachment};
use crate::use_cases::contract::{self, Attempt, Signing};
use crate::use_cases::{Call, Error};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::client_file::MediaType;
use domain::merchant::State as MerchantState;
use serde::Deserialize;

pub async fn ask_to_sign(
    State(app): State<App>,
    call: Call,
    Query(query): Query<Token>,
) -> Response {
    match contract::invited(&app, &call, &query.token).await.map_err(Problem::from) {
        Ok(found) => signing_page(&call, &query.token, &found.state).answer(StatusCode::OK),
        Err(problem) => Page::new(&call, "Votre contrat", "Your contract")
            .with_problem(&call, &problem)
            .answer(problem.status),
    }
}

fn signing_page(call: &Call, token: &str, state: &MerchantState) -> Page {
    let sha256 = state.contract.presented.as_ref().and_then(|presented| presented.sha256.known());
    let sha256 = sha256.map(hex::encode).unwrap_or_default();
    let mut page = Page::new(call, "Votre contrat", "Your contract");
    let text = say(call, "Lire le contrat (PDF)", "Read the contract (PDF)");
    page.links.push((format!("/sign/contract?token={token}"), text.to_owned()));
    let hidden = |step: &str| {
        vec![("token", token.to_owned()), ("sha256", sha256.clone()), ("step", step.to_owned())]
    };
    page.form(PageForm {
        action: "/sign",
        hidden: hidden("code"),
        fields: vec![],
        button: say_static(call, "Recevoir un code par SMS", "Get a code by SMS"),
    })
    .form(PageForm {
        action: "/sign",
        hidden: hidden("sign"),
        fields: vec![code_field(call)],
        button: say_static(call, "Signer", "Sign"),
    })
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
        Err(problem) => {
            return Page::new(&call, "Votre contrat", "Your contract")
                .with_problem(&call, &problem)
                .answer(problem.status);
        }
    };
    let page = signing_page(&call, &body.token, &found.state);
    let outcome = match body.step.as_str() {
        "code" => send_code(&app, &call, &found, page.clone()).await,
        _ => enter_code(&app, &call, &found, &body).await,
    };
    match outcome.map_err(Problem::from) {
        Ok(page) => page.answer(StatusCode::OK),
        Err(problem) => page.with_problem(&call, &problem).answer(problem.status),
    }
}

async fn send_code(app: &App, call: &Call, found: &Signing, page: Page) -> Result<Page, Error> {
    let Signing { merchant, signer, occasion, .. } = found;
    let mobile = contract::send_code(app, call, occasion, *merchant, *signer).await?.mobile;
    Ok(page.paragraph(
        call,
        &format!("Un code a été envoyé au {mobile}."),
        &format!("A code was sent to {mobile}."),
    ))
}

async fn enter_code(
    app: &App,
    call: &Call,
    found: &Signing,
    body: &SigningStep,
) -> Result<Page, Error> {
    let Signing { merchant, signer, state, occasion } = found;
    let mut sha256 = [0; 32];
    let is_hash = hex::decode_to_slice(&body.sha256, &mut sha256).is_ok();
    let attempt = Attempt { signer: *signer, sha256: is_hash.then_some(sha256), code: &body.code };
    contract::sign(app, call, occasion, *merchant, state, attempt).await?;
    Ok(Page::new(call, "Vous avez signé", "You have signed"))
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
