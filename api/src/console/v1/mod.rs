//! Version 1 of the console's API, one file per room.

mod audit_trail;
mod bank_account;
mod client_file;
mod looks;
mod merchants;
mod messages;
mod operations;
mod registration;
mod review;
mod services;
mod staff;

use super::{
    MERCHANTS_AT_ONCE, SEES_PEOPLE, ThenQuery, act, card, card_after, load, look, onlooker, require,
};
use crate::app::App;
use crate::http::Door;
use utoipa_axum::router::OpenApiRouter;

pub fn router(door: &Door) -> OpenApiRouter<App> {
    let rooms = OpenApiRouter::new()
        .merge(merchants::router())
        .merge(messages::router())
        .merge(review::router())
        .merge(registration::router())
        .merge(client_file::router())
        .merge(services::router())
        .merge(bank_account::router())
        .merge(audit_trail::router())
        .merge(looks::router())
        .merge(operations::router());
    // Members of staff prove who they are: their routes do not all pass the same door.
    door.before(rooms).merge(staff::router(door))
}
