//! A page: a title, some words, links, and forms.

use crate::http::Problem;
use crate::use_cases::Call;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use domain::Coded;
use domain::values::Language;

#[derive(Clone, Template, Default)]
#[template(path = "page.html")]
pub struct Page {
    pub language: &'static str,
    pub title: String,
    pub problem: Option<String>,
    pub paragraphs: Vec<String>,
    pub code: Option<String>,
    pub links: Vec<(String, String)>,
    pub forms: Vec<PageForm>,
}

#[derive(Clone)]
pub struct PageForm {
    pub action: &'static str,
    pub hidden: Vec<(&'static str, String)>,
    pub fields: Vec<Field>,
    pub button: &'static str,
}

#[derive(Clone)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: &'static str,
    pub autocomplete: &'static str,
}

impl Page {
    pub fn new(call: &Call, french: &str, english: &str) -> Self {
        Self {
            language: call.language.code(),
            title: say(call, french, english).to_owned(),
            ..Self::default()
        }
    }

    pub fn paragraph(mut self, call: &Call, french: &str, english: &str) -> Self {
        self.paragraphs.push(say(call, french, english).to_owned());
        self
    }

    pub fn form(mut self, form: PageForm) -> Self {
        self.forms.push(form);
        self
    }

    pub fn with_problem(mut self, call: &Call, problem: &Problem) -> Self {
        let detail = problem
            .errors
            .first()
            .map_or((&problem.french, &problem.english), |error| (&error.french, &error.english));
        self.problem = Some(say(call, detail.0, detail.1).to_owned());
        self
    }

    pub fn answer(&self, status: StatusCode) -> Response {
        match self.render() {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

/// The page for what went wrong before a page could be made.
pub fn failed(problem: &Problem, language: Language) -> Response {
    let (title, words) = match language {
        Language::French => ("Cela n'a pas fonctionné", &problem.french),
        Language::English => ("That did not work", &problem.english),
    };
    let page = Page {
        language: language.code(),
        title: title.to_owned(),
        problem: Some(words.to_string()),
        ..Page::default()
    };
    page.answer(problem.status)
}

pub fn say<'a>(call: &Call, french: &'a str, english: &'a str) -> &'a str {
    match call.language {
        Language::French => french,
        Language::English => english,
    }
}

pub fn say_static(call: &Call, french: &'static str, english: &'static str) -> &'static str {
    say(call, french, english)
}

pub fn token_form(
    action: &'static str,
    token: &str,
    fields: Vec<Field>,
    button: &'static str,
) -> PageForm {
    PageForm { action, hidden: vec![("token", token.to_owned())], fields, button }
}

pub fn password_field(call: &Call) -> Field {
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

pub fn code_field(call: &Call) -> Field {
    Field {
        name: "code",
        label: say(call, "Code à six chiffres", "Six-digit code"),
        kind: "text",
        autocomplete: "one-time-code",
    }
}
