//! The language that a caller prefers.

use axum::http::{HeaderMap, HeaderValue, header};
use domain::Coded;
use domain::values::Language;

/// French unless English comes first.
pub fn preferred(headers: &HeaderMap) -> Language {
    first_known(headers.get(header::ACCEPT_LANGUAGE))
}

/// The same for the value of an `Accept-Language`.
pub fn first_known(accepted: Option<&HeaderValue>) -> Language {
    let wanted = accepted.and_then(|value| value.to_str().ok());
    let first = wanted.and_then(|list| {
        list.split(',').map(str::trim).find_map(|tag| {
            let primary = tag.split(['-', ';']).next().unwrap_or_default().to_ascii_lowercase();
            Language::from_code(&primary)
        })
    });
    first.unwrap_or(Language::French)
}
