//! The review: queue, cases, documents, decisions in pairs.

mod cases;
mod decisions;
mod documents;
mod queue;

use crate::app::App;
use crate::http::{Fields, Problem};
use domain::values::FreeText;
use utoipa_axum::router::OpenApiRouter;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(queue::router())
        .merge(cases::router())
        .merge(documents::router())
        .merge(decisions::router())
}

fn text(pointer: &str, text: &str) -> Result<FreeText, Problem> {
    let mut fields = Fields::default();
    let parsed = fields.take(pointer, FreeText::parse(text));
    fields.finish(parsed)
}
