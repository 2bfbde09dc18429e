//! A new login e-mail proves itself, and an old contact stops a change.

use super::links::Token;
use super::page::{Page, say_static, token_form};
use crate::app::App;
use crate::http::Problem;
use crate::use_cases::{Call, user};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;

pub async fn ask_to_confirm(call: Call, Query(query): Query<Token>) -> Response {
    let button = say_static(&call, "Confirmer mon adresse", "Confirm my address");
    confirm_title(&call)
        .form(token_form("/confirm-email", &query.token, vec![], button))
        .answer(StatusCode::OK)
}

fn confirm_title(call: &Call) -> Page {
    Page::new(call, "Confirmez votre nouvelle adresse", "Confirm your new address")
}

pub async fn confirm(State(app): State<App>, call: Call, Form(body): Form<Token>) -> Response {
    match user::confirm_email_change(&app, &call, &body.token).await.map_err(Problem::from) {
        Ok(()) => Page::new(&call, "Votre adresse a changé", "Your address has changed")
            .paragraph(&call, "Connectez-vous désormais avec elle.", "Sign in with it from now on.")
            .answer(StatusCode::OK),
        Err(problem) => confirm_title(&call).with_problem(&call, &problem).answer(problem.status),
    }
}

pub async fn ask_to_cancel(call: Call, Query(query): Query<Token>) -> Response {
    let button = say_static(&call, "Annuler le changement", "Cancel the change");
    cancel_title(&call)
        .form(token_form("/cancel-contact-change", &query.token, vec![], button))
        .answer(StatusCode::OK)
}

fn cancel_title(call: &Call) -> Page {
    Page::new(call, "Annulez le changement de contact", "Cancel the change of contact")
}

pub async fn cancel(State(app): State<App>, call: Call, Form(body): Form<Token>) -> Response {
    match user::cancel_contact_change(&app, &call, &body.token).await.map_err(Problem::from) {
        Ok(()) => Page::new(&call, "Le changement est annulé", "The change is cancelled")
            .paragraph(
                &call,
                "Toutes les sessions sont closes. Choisissez un nouveau mot de passe.",
                "All sessions are ended. Choose a new password.",
            )
            .answer(StatusCode::OK),
        Err(problem) => cancel_title(&call).with_problem(&call, &problem).answer(problem.status),
    }
}
