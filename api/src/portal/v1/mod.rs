//! Version 1 of the portal's API, one file per room.

mod account;
mod api_keys;
mod client_file;
mod contract;
mod registration;
mod review;
mod services;
mod user;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

pub(crate) use client_file::content;
pub use contract::{Attempt, send_code, sign};
pub(crate) use registration::{read_link, set_password, unknown_link};

pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().nest(
        "/portal/v1",
        OpenApiRouter::new()
            .merge(registration::router())
            .merge(user::router())
            .merge(account::router())
            .merge(client_file::router())
            .merge(contract::router())
            .merge(review::router())
            .merge(services::router())
            .merge(api_keys::router()),
    )
}
