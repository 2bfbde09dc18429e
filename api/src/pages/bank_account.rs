//! To stop the change of a bank account, by the link that came with a message: without signing in, and
//! nothing else.

use super::links::Token;
use super::page::{Page, say_static, token_form};
use crate::app::App;
use crate::http::Problem;
use crate::use_cases::{Call, bank_account};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;

pub async fn ask(State(app): State<App>, call: Call, Query(query): Query<Token>) -> Response {
    match bank_account::read_link(&app, &query.token).map_err(Problem::from) {
        Ok(_) => page(&call, &query.token).answer(StatusCode::OK),
        Err(problem) => title(&call).with_problem(&call, &problem).answer(problem.status),
    }
}

fn title(call: &Call) -> Page {
    Page::new(
        call,
        "Annulez le changement de compte bancaire",
        "Cancel the change of the bank account",
    )
}

fn page(call: &Call, token: &str) -> Page {
    let button = say_static(call, "Annuler le changement", "Cancel the change");
    title(call)
        .paragraph(
            call,
            "Les versements continuent sur l'ancien compte.",
            "Payouts go on to the old account.",
        )
        .form(token_form("/cancel-bank-account-change", token, vec![], button))
}

pub async fn cancel(State(app): State<App>, call: Call, Form(body): Form<Token>) -> Response {
    match bank_account::cancel_by_link(&app, &call, &body.token).await.map_err(Problem::from) {
        Ok(()) => Page::new(&call, "Le changement est annulé", "The change is cancelled")
            .paragraph(
                &call,
                "Si vous ne l'aviez pas demandé, changez votre mot de passe et contactez notre support.",
                "If you had not asked for it, change your password and contact our support.",
            )
            .answer(StatusCode::OK),
        Err(problem) => title(&call).with_problem(&call, &problem).answer(problem.status),
    }
}
