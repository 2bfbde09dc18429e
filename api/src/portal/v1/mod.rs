//! Version 1 of the portal's API, one file per room.

mod api_keys;
mod bank_account;
mod client_file;
mod contract;
mod registration;
mod review;
mod services;
mod user;

use super::load;
use crate::app::App;
use crate::http::Door;
use utoipa_axum::router::OpenApiRouter;

pub fn router(door: &Door) -> OpenApiRouter<App> {
    let rooms = OpenApiRouter::new()
        .merge(registration::router())
        .merge(client_file::router())
        .merge(contract::router())
        .merge(review::router())
        .merge(services::router())
        .merge(api_keys::router())
        .merge(bank_account::router());
    // Users prove who they are: their routes do not all pass the same door.
    door.before(rooms).merge(user::router(door))
}
