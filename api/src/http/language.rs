//! The language in which a caller is answered: what they ask for, else that of their account, else French.

use super::accept;
use axum::http::{HeaderMap, header};
use domain::Coded;
use domain::values::Language;

/// What the headers say, or French.
pub fn preferred(headers: &HeaderMap) -> Language {
    accepted(headers).unwrap_or(Language::French)
}

/// The one of ours that `Accept-Language` wants most (RFC 9110, 12.5.4); of equals the first.
pub fn accepted(headers: &HeaderMap) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for (range, weight) in accept::wanted(headers, header::ACCEPT_LANGUAGE) {
        let Some(language) = range.split('-').next().and_then(Language::from_code) else {
            continue;
        };
        if best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_one_wanted_most_is_spoken() {
        let of = |text: &'static str| {
            let value = HeaderValue::from_static(text);
            accepted(&HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value)]))
        };
        let (french, english) = (Some(Language::French), Some(Language::English));
        assert_eq!(of("en"), english);
        assert_eq!(of("fr-CH, en;q=0.9"), french);
        assert_eq!(of("fr;q=0.3, en-GB;q=0.8"), english);
        assert_eq!(of("de, en; q=0.2"), english);
        assert_eq!(of("FR, en"), french);
        assert_eq!(of("en;q=0, fr;q=0.1"), french);
        for unknown in ["", "de", "*", "en;q=0", "en;q=lots"] {
            assert_eq!(of(unknown), None, "{unknown}");
        }
    }
}
