//! What an owner is told of services.

use super::{OwnerText, Text};
use domain::messages::Template;
use domain::services::Event;

pub fn text(event: &Event) -> Option<OwnerText> {
    Some(match event {
        Event::Activated { service } => {
            (Template::ServiceActivated, Text::ServiceActivated { service: *service })
        }
        Event::Refused { service, .. } => {
            (Template::ServiceRefused, Text::ServiceRefused { service: *service })
        }
        Event::Requested { .. } => return None,
    })
}
