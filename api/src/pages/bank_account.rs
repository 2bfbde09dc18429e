//! To stop the change of a bank account, by the link that came with a message: without signing in, and
//! nothing else.

use super::links::Token;
use super::page::{failed, said, said_again};
use super::texts::Text;
use crate::app::App;
use crate::http::Problem;
use crate::use_cases::{Call, bank_account};
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;

pub async fn ask(
    State(app): State<App>,
    call: Call,
    Query(Token { token }): Query<Token>,
) -> Response {
    match bank_account::read_link(&app, &token).map_err(Problem::from) {
        Ok(_) => said(&call, &Text::CancelBankAccountChange { token }),
        Err(problem) => failed(&problem, call.language),
    }
}

pub async fn cancel(
    State(app): State<App>,
    call: Call,
    Form(Token { token }): Form<Token>,
) -> Response {
    match bank_account::cancel_by_link(&app, &call, &token).await.map_err(Problem::from) {
        Ok(()) => said(&call, &Text::BankAccountChangeCancelled {}),
        Err(problem) => said_again(&call, &Text::CancelBankAccountChange { token }, &problem),
    }
}
