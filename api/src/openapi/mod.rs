//! OpenAPI 3.1, from the handlers: what is declared beside each, and what all of them share.

mod complete;
mod pages;
mod problems;
mod refusals;
mod surface;

use crate::app::App;
use crate::http::{Declared, Door};
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;
use complete::complete;
use serde_json::Value;
use std::sync::Arc;
use surface::{CONSOLE, INTERNAL, PAYMENT, PORTAL, Surface};
use utoipa::openapi::OpenApi;

/// What the handlers of each surface declare.
pub struct Declarations {
    pub portal: OpenApi,
    pub console: OpenApi,
    pub payment: OpenApi,
    pub internal: OpenApi,
}

/// A document, whole.
struct Document {
    surface: &'static Surface,
    value: Value,
}

impl Declarations {
    fn documents(self) -> [Document; 4] {
        let whole = |declared, surface: &'static Surface| Document {
            surface,
            value: complete(declared, surface),
        };
        [
            whole(self.portal, &PORTAL),
            whole(self.console, &CONSOLE),
            whole(self.payment, &PAYMENT),
            whole(self.internal, &INTERNAL),
        ]
    }
}

pub fn router(app: &App, declarations: Declarations) -> Router<App> {
    let mut routes = Router::new();
    let mut listed = vec![];
    for document in declarations.documents() {
        listed.push((document.surface.title, document.surface.path));
        // Written out once: it is long, and anybody may ask for it.
        let text = Bytes::from(document.value.to_string());
        let serve = get(move || {
            let text = text.clone();
            async move { ([(header::CONTENT_TYPE, "application/json")], text) }
        });
        routes = routes.route(document.surface.path, serve);
    }
    let is_development = app.config.development || app.config.demo;
    let config = Arc::new(pages::config(&listed, is_development));
    let reference = Router::new()
        .route("/docs", get(pages::reference))
        .route("/docs/", get(pages::reference_file))
        .route("/docs/{*path}", get(pages::reference_file))
        .with_state(config);
    let routes = routes.route("/docs/problems", get(pages::problems)).merge(reference);
    Door::new(app, Declared::PUBLIC).before_plain(routes)
}
