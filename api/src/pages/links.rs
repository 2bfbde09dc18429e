//! Activate, set a password, join the staff, sign the contract: a page asks, a form acts, so that
//! a mail scanner that follows a link uses nothing up.

use crate::app::App;
use crate::auth::links::Purpose;
use crate::call::Call;
use crate::console::v1::staff;
use crate::documents::upload;
use crate::error::Problem;
use crate::portal::v1 as portal;
use crate::processes::registration as flow;
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use domain::client_file::MediaType;
use domain::merchant::State as MerchantState;
use domain::values::Language;
use domain::{Actor, Channel, Coded, ContractId, MerchantId, Occasion, PersonId};
use serde::Deserialize;
use std::sync::Arc;
use store::{AsOf, Merchant};

#[derive(Template, Default)]
#[template(path = "page.html")]
struct Page {
    language: &'static str,
    title: String,
    problem: Option<String>,
    paragraphs: Vec<String>,
    code: Option<String>,
    links: Vec<(String, String)>,
    forms: Vec<PageForm>,
}

struct PageForm {
    action: &'static str,
    hidden: Vec<(&'static str, String)>,
    fields: Vec<Field>,
    button: &'static str,
}

struct Field {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
}

impl Page {
    fn new(call: &Call, french: &str, english: &str) -> Self {
        Self {
            language: call.language.code(),
            title: say(call, french, english).to_owned(),
            ..Self::default()
        }
    }

    fn paragraph(mut self, call: &Call, french: &str, english: &str) -> Self {
        self.paragraphs.push(say(call, french, english).to_owned());
        self
    }

    fn form(mut self, form: PageForm) -> Self {
        self.forms.push(form);
        self
    }

    fn with_problem(mut self, call: &Call, problem: &Problem) -> Self {
        let detail = problem
            .errors
            .first()
            .map_or((&problem.french, &problem.english), |error| (&error.french, &error.english));
        self.problem = Some(say(call, detail.0, detail.1).to_owned());
        self
    }

    fn answer(&self, status: StatusCode) -> Response {
        match self.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

fn say<'a>(call: &Call, french: &'a str, english: &'a str) -> &'a str {
    match call.language {
        Language::French => french,
        Language::English => english,
    }
}

#[derive(Deserialize)]
pub struct Token {
    #[serde(default)]
    token: String,
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
    link("/portal/v1/openapi.json", "API de l'Espace Client (OpenAPI)", "Portal API (OpenAPI)");
    link("/console/v1/openapi.json", "API de la console (OpenAPI)", "Console API (OpenAPI)");
    link("/readyz", "État du service", "State of the service");
    if app.config.development || app.config.demo {
        link("/dev/mailbox", "Boîte aux lettres de développement", "Development mailbox");
    }
    page.answer(StatusCode::OK)
}

fn token_form(
    action: &'static str,
    token: &str,
    fields: Vec<Field>,
    button: &'static str,
) -> PageForm {
    PageForm { action, hidden: vec![("token", token.to_owned())], fields, button }
}

fn password_field(call: &Call) -> Field {
    Field {
        name: "password",
        label: say(
            call,
            "Mot de passe (12 caractères au moins)",
            "Password (at least 12 characters)",
        ),
        kind: "password",
        autocomplete: "new-password",
    }
}

fn code_field(call: &Call) -> Field {
    Field {
        name: "code",
        label: say(call, "Code à six chiffres", "Six-digit code"),
        kind: "text",
        autocomplete: "one-time-code",
    }
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

fn say_static(call: &Call, french: &'static str, english: &'static str) -> &'static str {
    say(call, french, english)
}

pub async fn activate(State(app): State<App>, call: Call, Form(body): Form<Token>) -> Response {
    let outcome = async {
        let (user, link) = portal::read_link(&app, Purpose::Activation, &body.token)?;
        flow::activate(&app, &call, user, link).await
    };
    match outcome.await {
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
    match portal::set_password(&app, &call, &body.token, &body.password).await {
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
    match staff::look_into(app, token).await {
        Ok((email, url, secret)) => {
            let mut page = page.paragraph(
                call,
                "Enregistrez ce secret dans votre application d'authentification, puis saisissez \
                 le code qu'elle affiche.",
                "Enrol this secret in your authenticator, then enter the code it shows.",
            );
            page.paragraphs.extend(email);
            page.code = Some(secret);
            page.links.push((url, say(call, "Ouvrir l'application", "Open the app").to_owned()));
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
    match staff::accept(&app, &call, &body.token, &body.password, &body.code).await {
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

/// A signer who followed their link, and the contract it was for.
struct Signing {
    merchant: MerchantId,
    signer: PersonId,
    state: Arc<MerchantState>,
    occasion: Occasion,
}

async fn signing(app: &App, call: &Call, token: &str) -> Result<Signing, Problem> {
    let (merchant, contract, signer): (MerchantId, ContractId, PersonId) =
        app.links.read_signing(token).ok_or_else(portal::unknown_link)?;
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let is_current =
        state.contract.presented.as_ref().is_some_and(|presented| presented.contract == contract);
    if !is_current {
        let refusal = domain::contract::Refusal::FileChanged;
        return Err(domain::merchant::Refusal::from(refusal).into());
    }
    let occasion = Occasion::new(Actor::Signer(signer), Channel::Portal, call.at);
    Ok(Signing { merchant, signer, state, occasion })
}

pub async fn ask_to_sign(
    State(app): State<App>,
    call: Call,
    Query(query): Query<Token>,
) -> Response {
    match signing(&app, &call, &query.token).await {
        Ok(found) => signing_page(&call, &query.token, &found.state).answer(StatusCode::OK),
        Err(problem) => Page::new(&call, "Votre contrat", "Your contract")
            .with_problem(&call, &problem)
            .answer(problem.status),
    }
}

fn signing_page(call: &Call, token: &str, state: &MerchantState) -> Page {
    let sha256 = state.contract.presented.as_ref().and_then(|presented| presented.sha256.known());
    let sha256 = sha256
        .map_or(String::new(), |sha256| sha256.iter().map(|byte| format!("{byte:02x}")).collect());
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
    let found = match signing(&app, &call, &body.token).await {
        Ok(found) => found,
        Err(problem) => {
            return Page::new(&call, "Votre contrat", "Your contract")
                .with_problem(&call, &problem)
                .answer(problem.status);
        }
    };
    let page = signing_page(&call, &body.token, &found.state);
    if body.step == "code" {
        let sent =
            portal::send_code(&app, &call, found.merchant, found.signer, &found.occasion).await;
        return match sent {
            Ok((mobile, _)) => page
                .paragraph(
                    &call,
                    &format!("Un code a été envoyé au {mobile}."),
                    &format!("A code was sent to {mobile}."),
                )
                .answer(StatusCode::OK),
            Err(problem) => page.with_problem(&call, &problem).answer(problem.status),
        };
    }
    let attempt = portal::Attempt { signer: found.signer, sha256: &body.sha256, code: &body.code };
    let outcome =
        portal::sign(&app, &call, found.merchant, &found.state, attempt, &found.occasion).await;
    match outcome {
        Ok(_) => Page::new(&call, "Vous avez signé", "You have signed").answer(StatusCode::OK),
        Err(problem) => page.with_problem(&call, &problem).answer(problem.status),
    }
}

pub async fn read_contract(
    State(app): State<App>,
    call: Call,
    Query(query): Query<Token>,
) -> Result<Response, Problem> {
    let found = signing(&app, &call, &query.token).await?;
    let pdf = crate::processes::contract::read(&app, found.merchant, &found.state).await?;
    Ok(upload::attachment(pdf, MediaType::Pdf, "contract"))
}
