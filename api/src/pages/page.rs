//! A page: its text in the reader's language, and what went wrong before it.

use super::texts::Text;
use crate::http::Problem;
use crate::use_cases::Call;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use domain::Coded;
use domain::values::Language;

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    language: &'static str,
    title: &'a str,
    problem: Option<&'a str>,
    /// As its template wrote it, with everything escaped that came from outside.
    content: &'a str,
}

pub fn said(call: &Call, text: &Text) -> Response {
    respond(StatusCode::OK, call.language, text, None)
}

/// The form again, with what was wrong; without it where its link works no more.
pub fn said_again(call: &Call, text: &Text, problem: &Problem) -> Response {
    if problem.status == StatusCode::GONE {
        return failed(problem, call.language);
    }
    let words = words_of(problem, call.language);
    respond(problem.status, call.language, text, Some(&words))
}

/// What went wrong, where nothing can be tried again, or before a page could be made.
pub fn failed(problem: &Problem, language: Language) -> Response {
    let words = words_of(problem, language);
    respond(problem.status, language, &Text::Failed {}, Some(&words))
}

/// The first of the fields' if there are some: a form is short.
fn words_of(problem: &Problem, language: Language) -> String {
    let (english, french) = match problem.errors.first() {
        Some(error) => (&error.english, &error.french),
        None => (&problem.english, &problem.french),
    };
    language.of(english.to_string(), french.to_string())
}

fn respond(status: StatusCode, language: Language, text: &Text, problem: Option<&str>) -> Response {
    let page = text.render(language).and_then(|text| {
        let (title, content) = text.split_once('\n').unwrap_or((&text, ""));
        Page { language: language.code(), title, problem, content }.render()
    });
    match page {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => Problem::internal(error).into_response(),
    }
}
