//! The documents, to read: a reference that needs no network, and what each kind of problem means.

use crate::http::problem::{Explained, catalogue};
use crate::http::{Problem, language};
use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::values::Language;
use std::sync::Arc;
use utoipa_swagger_ui::{Config, Url, serve};

/// What the reference needs: its own scripts and styles, and our documents. Pictures of its own stand in
/// its styles.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// Requests are sent from it in development only: elsewhere they would be real.
pub fn config(documents: &[(&'static str, &'static str)], is_development: bool) -> Config<'static> {
    let urls: Vec<Url<'_>> = documents.iter().map(|(name, path)| Url::new(name, path)).collect();
    let config = Config::new(urls).validator_url("none").deep_linking(true).filter(true);
    if is_development { config } else { config.supported_submit_methods([""; 0]) }
}

pub async fn reference() -> Redirect {
    Redirect::permanent("/docs/")
}

pub async fn reference_file(
    State(config): State<Arc<Config<'static>>>,
    path: Option<Path<String>>,
) -> Result<Response, Problem> {
    let path = path.map(|Path(path)| path).unwrap_or_default();
    let file = serve(&path, config).map_err(Problem::internal)?.ok_or_else(Problem::not_found)?;
    let mut response = Response::new(Body::from(file.bytes.into_owned()));
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::try_from(file.content_type) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
    Ok(response)
}

#[derive(Template)]
#[template(path = "problems.html")]
struct Problems {
    language: Language,
    title: &'static str,
    about: &'static str,
    problems: Vec<Explained>,
}

/// What each kind of problem means, at the address that stands in its `type`.
pub async fn problems(headers: HeaderMap) -> Result<Response, Problem> {
    let language = language::preferred(&headers);
    let page = Problems {
        language,
        title: language.of("Problems", "Problèmes"),
        about: language.of(
            "Every problem has a stable code. Decide by the code, show the words.",
            "Chaque problème a un code stable. Décidez d'après le code, affichez les mots.",
        ),
        problems: once_each(catalogue()),
    };
    Ok(Html(page.render().map_err(Problem::internal)?).into_response())
}

/// What several rooms say no to is explained once.
fn once_each(mut problems: Vec<Explained>) -> Vec<Explained> {
    problems.dedup_by_key(|problem| (problem.status, problem.code));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;
    use std::path::Path;

    fn page() -> String {
        let mut page =
            "# Problems\n\nGenerated: `UPDATE_FIXTURES=1 cargo test -p api openapi`. Every \
                        problem (RFC 9457) that an answer can be, by its status. The same in both \
                        languages at `/docs/problems`, which is the `type` of each.\n\n\
                        | status | code | English | French | whose rule |\n|---|---|---|---|---|\n"
                .to_owned();
        for Explained { status, code, english, french, room } in catalogue() {
            let (status, room) = (status.as_u16(), room.unwrap_or("–"));
            let row = format!("| {status} | `{code}` | {english} | {french} | {room} |");
            writeln!(page, "{}", row.replace('\n', " ")).unwrap();
        }
        page
    }

    #[test]
    fn the_page_of_problems_is_up_to_date() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/problems.md");
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::write(&file, page()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(file).unwrap(), page());
    }

    /// The same code is the same problem wherever it is said.
    #[test]
    fn a_code_has_one_status() {
        let problems = once_each(catalogue());
        for (one, next) in problems.iter().zip(problems.iter().skip(1)) {
            assert_ne!((one.status, one.code), (next.status, next.code));
        }
        for one in &problems {
            let others = problems.iter().filter(|other| other.code == one.code);
            assert_eq!(others.count(), 1, "{} has several statuses", one.code);
        }
    }

    #[test]
    fn nothing_can_be_sent_from_the_reference_outside_of_development() {
        let written = |is_development| {
            let config = config(&[("portal", "/portal/v1/openapi.json")], is_development);
            let file = serve("swagger-initializer.js", Arc::new(config)).unwrap().unwrap();
            String::from_utf8(file.bytes.into_owned()).unwrap()
        };
        assert!(written(false).contains("\"supportedSubmitMethods\": []"));
        assert!(!written(true).contains("supportedSubmitMethods"));
        assert!(written(false).contains("\"validatorUrl\": \"none\""));
    }
}
