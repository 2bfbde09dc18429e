//! Version 1 of the console's API, one file per room.

mod audit_trail;
mod merchants;
mod operations;
mod registration;
mod review;
mod services;
pub mod staff;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

pub use merchants::card;

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().nest(
        "/console/v1",
        OpenApiRouter::new()
            .merge(staff::router())
            .merge(merchants::router())
            .merge(review::router())
            .merge(registration::router())
            .merge(services::router())
            .merge(audit_trail::router())
            .merge(operations::router()),
    )
}
