//! What happened to API keys.

use super::{Names, Sentence};
use domain::Worded;
use domain::api_keys::{Event, NewKey};

pub fn sentence(event: &Event, names: Names<'_>) -> Sentence {
    let end = |key: &NewKey| String::from_utf8_lossy(&key.last_four).into_owned();
    match event {
        Event::Issued { key, mode, .. } => Sentence::new(
            format!("Clé API créée ({}, …{})", mode.french(), end(key)),
            format!("API key issued ({}, …{})", mode.english(), end(key)),
        ),
        Event::Rotated { to, mode, .. } => Sentence::new(
            format!("Clé API renouvelée ({}, …{})", mode.french(), end(to)),
            format!("API key rotated ({}, …{})", mode.english(), end(to)),
        ),
        Event::Revoked { key, .. } => match names.key(*key) {
            Some(end) => Sentence::new(
                format!("Clé API révoquée (…{end})"),
                format!("API key revoked (…{end})"),
            ),
            None => Sentence::new("Clé API révoquée", "API key revoked"),
        },
    }
}
