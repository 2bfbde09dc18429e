//! What an owner is told of API keys.

use super::{OwnerText, Text};
use domain::api_keys::{Event, Mode};
use domain::messages::Template;

pub fn text(event: &Event) -> Option<OwnerText> {
    Some(match event {
        Event::Issued { mode: Mode::Live, .. } => (Template::ApiKeyIssued, Text::ApiKeyIssued {}),
        Event::Revoked { key, .. } => (Template::ApiKeyRevoked, Text::ApiKeyRevoked { key: *key }),
        Event::Issued { mode: Mode::Test, .. } | Event::Rotated { .. } => return None,
    })
}
