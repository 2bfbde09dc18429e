//! A new login e-mail proves itself, and an old contact stops a change.

use super::links::Token;
use super::page::{said, said_again};
use super::texts::Text;
use crate::app::App;
use crate::http::Problem;
use crate::use_cases::{Call, user};
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;

pub async fn ask_to_confirm(call: Call, Query(Token { token }): Query<Token>) -> Response {
    said(&call, &Text::ConfirmEmail { token })
}

pub async fn confirm(
    State(app): State<App>,
    call: Call,
    Form(Token { token }): Form<Token>,
) -> Response {
    match user::confirm_email_change(&app, &call, &token).await.map_err(Problem::from) {
        Ok(()) => said(&call, &Text::EmailChanged {}),
        Err(problem) => said_again(&call, &Text::ConfirmEmail { token }, &problem),
    }
}

pub async fn ask_to_cancel(call: Call, Query(Token { token }): Query<Token>) -> Response {
    said(&call, &Text::CancelContactChange { token })
}

pub async fn cancel(
    State(app): State<App>,
    call: Call,
    Form(Token { token }): Form<Token>,
) -> Response {
    match user::cancel_contact_change(&app, &call, &token).await.map_err(Problem::from) {
        Ok(()) => said(&call, &Text::ContactChangeCancelled {}),
        Err(problem) => said_again(&call, &Text::CancelContactChange { token }, &problem),
    }
}
