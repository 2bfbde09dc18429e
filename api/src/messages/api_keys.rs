//! What an owner is told of API keys.

use super::OwnerText;
use domain::api_keys::{Event, Mode};
use domain::messages::Template;

pub fn text(event: &Event) -> Option<OwnerText> {
    Some(match event {
        Event::Issued { mode: Mode::Live, .. } => (
            Template::ApiKeyIssued,
            ("Nouvelle clé de production", "New live key"),
            (
                "Bonjour,\n\nUne clé de production vient d'être créée. Si ce n'était pas vous, révoquez-la et contactez notre support.\n".to_owned(),
                "Hello,\n\nA live key was just issued. If it was not you, revoke it and contact our support.\n".to_owned(),
            ),
        ),
        Event::Revoked { key, .. } => (
            Template::ApiKeyRevoked,
            ("Clé révoquée", "Key revoked"),
            (
                format!("Bonjour,\n\nLa clé {key} a été révoquée et ne fonctionne plus.\n"),
                format!("Hello,\n\nThe key {key} was revoked and no longer works.\n"),
            ),
        ),
        Event::Issued { mode: Mode::Test, .. } | Event::Rotated { .. } => return None,
    })
}
