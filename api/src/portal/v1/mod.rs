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
use crate::http::{Door, Tokens};
use domain::user::Scope;
use utoipa_axum::router::OpenApiRouter;

pub fn router(door: &Door) -> OpenApiRouter<App> {
    let writing = |scope| door.taking(Tokens::Write(scope));
    let reading = door.taking(Tokens::Read);
    OpenApiRouter::new()
        .merge(writing(Scope::Registration).before(registration::router()))
        .merge(writing(Scope::ClientFile).before(client_file::router()))
        .merge(door.before(client_file::router_of_owner()))
        .merge(writing(Scope::Contract).before(contract::router()))
        .merge(reading.before(review::router()))
        .merge(writing(Scope::Services).before(services::router()))
        .merge(door.before(api_keys::router()))
        .merge(reading.before(bank_account::router()))
        // Users prove who they are: their routes do not all pass the same door.
        .merge(user::router(door))
}
