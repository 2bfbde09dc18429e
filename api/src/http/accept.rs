//! What a caller takes, as `Accept` and its like say it: ranges and how much each is wanted (RFC 9110, 12.4.2).

use axum::http::{HeaderMap, HeaderName};

/// What is taken, in small letters, with its weight. What is refused or cannot be read is left out.
pub fn wanted(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = (String, f32)> {
    let lists = headers.get_all(name).into_iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).filter_map(range)
}

/// Whether a range is taken by its own name.
pub fn takes(headers: &HeaderMap, name: HeaderName, range: &str) -> bool {
    wanted(headers, name).any(|(wanted, _)| wanted == range)
}

fn range(text: &str) -> Option<(String, f32)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next()?.to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix(['q', 'Q'])?.trim().strip_prefix('='));
    let weight = weight.map_or(Some(1.0), |weight| weight.trim().parse().ok())?;
    (weight > 0.0).then_some((name, weight))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderValue, header};

    #[test]
    fn what_is_refused_is_not_taken() {
        let takes = |text: &'static str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(text))]);
            takes(&headers, header::ACCEPT, "text/html")
        };
        for wanted in [
            "text/html",
            "application/json, TEXT/HTML",
            "application/json, text/html;q=0.5",
            "text/html ; q=1.0",
            "text/html;charset=utf-8;q=0.5",
            "text/html;level=1",
        ] {
            assert!(takes(wanted), "{wanted}");
        }
        for refused in [
            "",
            "text/plain",
            "text/html;q=0",
            "text/html; q = 0.0",
            "text/html;level=1;Q=0",
            "*/*",
            "text/html;q=lots",
        ] {
            assert!(!takes(refused), "{refused}");
        }
        assert!(!super::takes(&HeaderMap::new(), header::ACCEPT, "text/html"));
    }
}
