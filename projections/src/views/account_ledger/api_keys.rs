//! What happened to API keys.

use super::Sentence;
use domain::Worded;
use domain::api_keys::{Event, NewKey};

pub fn sentence(event: &Event) -> Sentence {
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
        Event::Revoked { key, .. } => {
            Sentence::new(format!("Clé API révoquée ({key})"), format!("API key revoked ({key})"))
        }
    }
}
