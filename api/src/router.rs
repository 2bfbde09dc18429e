//! Every surface, behind its door.

use crate::app::App;
use crate::http::{Declared, Door, Problem};
use crate::{console, dev, internal, openapi, operations, pages, payment, portal, reports};
use axum::Router;
use axum::extract::DefaultBodyLimit;

/// All routes. Where there is none, that is said as by any other.
pub fn router(app: App) -> Router {
    let (portal, portal_document) = portal::router(&app).split_for_parts();
    let (console, console_document) = console::router(&app).split_for_parts();
    let (payment, payment_document) = payment::router(&app).split_for_parts();
    let (internal, internal_document) = internal::router(&app).split_for_parts();
    let declarations = openapi::Declarations {
        portal: portal_document,
        console: console_document,
        payment: payment_document,
        internal: internal_document,
    };
    let nowhere = Router::new().fallback(async || Problem::not_found());
    Door::new(&app, Declared::PUBLIC)
        .before_plain(nowhere)
        .merge(portal)
        .merge(console)
        .merge(payment)
        .merge(internal)
        .merge(operations::router(&app))
        .merge(reports::router(&app))
        .merge(pages::router(&app))
        .merge(dev::router(&app))
        .merge(openapi::router(&app, declarations))
        // The framework's own limit is lower than ours, which the door sets.
        .layer(DefaultBodyLimit::disable())
        .with_state(app)
}
