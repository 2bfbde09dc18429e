//! What is asked for.

use crate::services::{Command, Service};

pub fn request_services(services: impl IntoIterator<Item = Service>) -> Command {
    Command::Request { services: services.into_iter().collect() }
}
