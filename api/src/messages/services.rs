//! What an owner is told of services.

use super::OwnerText;
use domain::Worded;
use domain::messages::Template;
use domain::services::Event;

pub fn text(event: &Event) -> Option<OwnerText> {
    Some(match event {
        Event::Activated { service } => (
            Template::ServiceActivated,
            ("Service activé", "Service activated"),
            (
                format!("Bonjour,\n\nLe service « {} » est activé.\n", service.french()),
                format!("Hello,\n\nThe service “{}” is active.\n", service.english()),
            ),
        ),
        Event::Refused { service, .. } => (
            Template::ServiceRefused,
            ("Service non disponible", "Service not available"),
            (
                format!(
                    "Bonjour,\n\nLe service « {} » ne peut être ouvert pour votre compte.\n",
                    service.french()
                ),
                format!(
                    "Hello,\n\nThe service “{}” cannot be opened for your account.\n",
                    service.english()
                ),
            ),
        ),
        Event::Requested { .. } => return None,
    })
}
