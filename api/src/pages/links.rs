//! Activate, set a password, join the staff: a page asks, a form acts, so that a mail scanner that
//! follows a link uses nothing up.

use super::page::{failed, said, said_again};
use super::texts::Text;
use crate::app::App;
use crate::http::Problem;
use crate::use_cases::{Call, staff, user};
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Token {
    #[serde(default)]
    pub token: String,
}

pub async fn home(State(app): State<App>, call: Call) -> Response {
    said(&call, &Text::Home { has_mailbox: app.config.is_open() })
}

pub async fn ask_activation(call: Call, Query(Token { token }): Query<Token>) -> Response {
    said(&call, &Text::Activate { token })
}

pub async fn activate(
    State(app): State<App>,
    call: Call,
    Form(Token { token }): Form<Token>,
) -> Response {
    match user::activate(&app, &call, &token).await.map_err(Problem::from) {
        Ok(_) => said(&call, &Text::Activated {}),
        Err(problem) => said_again(&call, &Text::Activate { token }, &problem),
    }
}

pub async fn ask_password(call: Call, Query(Token { token }): Query<Token>) -> Response {
    said(&call, &Text::NewPassword { token })
}

#[derive(Deserialize)]
pub struct NewPassword {
    token: String,
    password: String,
}

pub async fn set_password(
    State(app): State<App>,
    call: Call,
    Form(NewPassword { token, password }): Form<NewPassword>,
) -> Response {
    match user::change_password(&app, &call, &token, &password).await.map_err(Problem::from) {
        Ok(()) => said(&call, &Text::PasswordChanged {}),
        Err(problem) => said_again(&call, &Text::NewPassword { token }, &problem),
    }
}

pub async fn ask_to_join(
    State(app): State<App>,
    call: Call,
    Query(Token { token }): Query<Token>,
) -> Response {
    match staff::look_into(&app, &token).await.map_err(Problem::from) {
        Ok(invitation) => said(&call, &Text::Join { token, invitation: Some(invitation) }),
        Err(problem) => failed(&problem, call.language),
    }
}

#[derive(Deserialize)]
pub struct Joining {
    token: String,
    password: String,
    code: String,
}

/// Whoever got the code wrong has enrolled the secret: it is not shown again.
pub async fn join(
    State(app): State<App>,
    call: Call,
    Form(Joining { token, password, code }): Form<Joining>,
) -> Response {
    match staff::accept(&app, &call, &token, &password, &code).await.map_err(Problem::from) {
        Ok(()) => said(&call, &Text::Joined {}),
        Err(problem) => said_again(&call, &Text::Join { token, invitation: None }, &problem),
    }
}
