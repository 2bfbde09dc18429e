//! Activate, set a password, join the staff: a page asks, a form acts, so that a mail scanner that
//! follows a link uses nothing up.

use super::page::{Page, code_field, password_field, say, say_static, token_form};
use crate::app::App;
use crate::http::Problem;
use crate::use_cases::{Call, staff, user};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Token {
    #[serde(default)]
    pub token: String,
}

pub async fn home(State(app): State<App>, call: Call) -> Response {
    let mut page = Page::new(&call, "Greffe", "Greffe").paragraph(
        &call,
        "L'Espace Client et la console arrivent ici. En attendant, tout se fait par l'API.",
        "The portal and the console will be here. Until then everything is done by the API.",
    );
    let mut link = |href: &str, french: &str, english: &str| {
        page.links.push((href.to_owned(), say(&call, french, english).to_owned()));
    };
    link("/docs/", "Référence des API", "Reference of the APIs");
    link("/portal/v1/openapi.json", "API de l'Espace Client (OpenAPI)", "Portal API (OpenAPI)");
    link("/console/v1/openapi.json", "API de la console (OpenAPI)", "Console API (OpenAPI)");
    link("/readyz", "État du service", "State of the service");
    if app.config.development || app.config.demo {
        link("/dev/mailbox", "Boîte aux lettres de développement", "Development mailbox");
    }
    page.answer(StatusCode::OK)
}

pub async fn ask_activation(call: Call, Query(query): Query<Token>) -> Response {
    activation_page(&call, &query.token).answer(StatusCode::OK)
}

fn activation_page(call: &Call, token: &str) -> Page {
    let button = say_static(call, "Activer mon compte", "Activate my account");
    Page::new(call, "Activez votre compte", "Activate your account").form(token_form(
        "/activate",
        token,
        vec![],
        button,
    ))
}

pub async fn activate(State(app): State<App>, call: Call, Form(body): Form<Token>) -> Response {
    match user::activate(&app, &call, &body.token).await.map_err(Problem::from) {
        Ok(_) => Page::new(&call, "Votre compte est activé", "Your account is active")
            .paragraph(
                &call,
                "Vous pouvez vous connecter et renseigner votre entreprise.",
                "You can sign in and tell us about your company.",
            )
            .answer(StatusCode::OK),
        Err(problem) => Page::new(&call, "Activez votre compte", "Activate your account")
            .with_problem(&call, &problem)
            .answer(problem.status),
    }
}

pub async fn ask_password(call: Call, Query(query): Query<Token>) -> Response {
    password_page(&call, &query.token).answer(StatusCode::OK)
}

fn password_page(call: &Call, token: &str) -> Page {
    let button = say_static(call, "Enregistrer", "Save");
    let fields = vec![password_field(call)];
    Page::new(call, "Choisissez un nouveau mot de passe", "Choose a new password").form(token_form(
        "/reset-password",
        token,
        fields,
        button,
    ))
}

#[derive(Deserialize)]
pub struct NewPassword {
    token: String,
    password: String,
}

pub async fn set_password(
    State(app): State<App>,
    call: Call,
    Form(body): Form<NewPassword>,
) -> Response {
    let outcome = user::change_password(&app, &call, &body.token, &body.password).await;
    match outcome.map_err(Problem::from) {
        Ok(()) => Page::new(&call, "Votre mot de passe a changé", "Your password was changed")
            .answer(StatusCode::OK),
        Err(problem) => {
            password_page(&call, &body.token).with_problem(&call, &problem).answer(problem.status)
        }
    }
}

pub async fn ask_to_join(
    State(app): State<App>,
    call: Call,
    Query(query): Query<Token>,
) -> Response {
    join_page(&app, &call, &query.token).await
}

async fn join_page(app: &App, call: &Call, token: &str) -> Response {
    let page = Page::new(call, "Rejoignez la console", "Join the console");
    match staff::look_into(app, token).await.map_err(Problem::from) {
        Ok(invitation) => {
            let mut page = page.paragraph(
                call,
                "Enregistrez ce secret dans votre application d'authentification, puis saisissez \
                 le code qu'elle affiche.",
                "Enrol this secret in your authenticator, then enter the code it shows.",
            );
            page.paragraphs.extend(invitation.email);
            page.code = Some(invitation.totp_secret);
            page.links.push((
                invitation.totp_url,
                say(call, "Ouvrir l'application", "Open the app").to_owned(),
            ));
            let fields = vec![password_field(call), code_field(call)];
            let button = say_static(call, "Rejoindre", "Join");
            page.form(token_form("/join", token, fields, button)).answer(StatusCode::OK)
        }
        Err(problem) => page.with_problem(call, &problem).answer(problem.status),
    }
}

#[derive(Deserialize)]
pub struct Joining {
    token: String,
    password: String,
    code: String,
}

pub async fn join(State(app): State<App>, call: Call, Form(body): Form<Joining>) -> Response {
    let page = Page::new(&call, "Rejoignez la console", "Join the console");
    let outcome = staff::accept(&app, &call, &body.token, &body.password, &body.code).await;
    match outcome.map_err(Problem::from) {
        Ok(()) => page
            .paragraph(
                &call,
                "Votre compte est prêt : POST /console/v1/sessions.",
                "Your account is ready: POST /console/v1/sessions.",
            )
            .answer(StatusCode::OK),
        Err(problem) => page.with_problem(&call, &problem).answer(problem.status),
    }
}
