//! Revisions as HTTP writes them: entity tags and the condition `If-Match` (RFC 9110, 13.1.1).

use super::problem::Problem;
use axum::http::{HeaderMap, HeaderValue, header};
use chrono::NaiveDate;
use domain::values::Language;
use store::Revision;

/// What a caller says to have seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// `*`: whatever is there.
    Any,
    /// One of these. A tag that was never ours is none of them.
    OneOf(Vec<Revision>),
}

/// `"42"`, a list of such, or `*`. A tag that a proxy has made weak is judged by its number: what it
/// did to the bytes changes nothing of what was seen.
pub fn parse(value: &HeaderValue) -> Result<Seen, Problem> {
    let text = value.to_str().map_err(|_| malformed())?.trim();
    if text == "*" {
        return Ok(Seen::Any);
    }
    let known = tags(text).ok_or_else(malformed)?.into_iter().filter_map(number);
    Ok(Seen::OneOf(known.map(Revision).collect()))
}

/// The revision of a tag, whatever else it depends on.
fn number(tag: &str) -> Option<u64> {
    tag.split('-').next()?.parse().ok()
}

/// What stands between the quotes of each tag of a list, which may have gaps (RFC 9110, 5.6.1.2).
fn tags(list: &str) -> Option<Vec<&str>> {
    let mut tags = vec![];
    let mut rest = list.trim_start_matches([',', ' ', '\t']);
    while !rest.is_empty() {
        let quoted = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
        let (tag, behind) = quoted.split_once('"')?;
        tags.push(tag);
        let next = behind.trim_start_matches([' ', '\t']);
        if !next.is_empty() && !next.starts_with(',') {
            return None;
        }
        rest = next.trim_start_matches([',', ' ', '\t']);
    }
    (!tags.is_empty()).then_some(tags)
}

fn malformed() -> Problem {
    Problem::malformed(
        "If-Match takes the ETag of an earlier answer with its quotes, as \"42\".",
        "If-Match attend l'ETag d'une réponse précédente avec ses guillemets, par exemple \"42\".",
    )
}

/// The tag of a revision.
pub fn of(revision: u64) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"{revision}\"")).ok()
}

/// The tag of what depends on the day and on the language, too: `"42-2026-11-29-fr"`.
pub fn judged(revision: u64, day: NaiveDate, language: Language) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"{revision}-{day}-{language}\"")).ok()
}

/// The same tag with another revision.
pub fn with_revision(tag: &HeaderValue, revision: u64) -> Option<HeaderValue> {
    let text = tag.to_str().ok()?.trim_matches('"');
    let rest = text.split_once('-').map(|(_, rest)| format!("-{rest}")).unwrap_or_default();
    HeaderValue::try_from(format!("\"{revision}{rest}\"")).ok()
}

/// Whether `If-None-Match` names a tag: what its sender has is what they would get (RFC 9110, 13.1.2).
pub fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let Some(named) = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let tag = tag.to_str().unwrap_or_default().trim_matches('"');
    named.trim() == "*" || tags(named).is_some_and(|named| named.contains(&tag))
}

/// The tags of several.
pub fn list(revisions: &[Revision]) -> Option<HeaderValue> {
    let tags: Vec<String> =
        revisions.iter().map(|revision| format!("\"{}\"", revision.0)).collect();
    // No tag at all is none that anybody has.
    let tags = if tags.is_empty() { "\"-\"".to_owned() } else { tags.join(", ") };
    HeaderValue::try_from(tags).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Seen> {
        parse(&HeaderValue::from_str(text).unwrap()).ok()
    }

    #[test]
    fn tags_are_read_in_all_their_forms() {
        let one_of = |revisions: &[u64]| {
            Some(Seen::OneOf(revisions.iter().map(|number| Revision(*number)).collect()))
        };
        assert_eq!(read("\"17\""), one_of(&[17]));
        assert_eq!(read(" W/\"17\" "), one_of(&[17]));
        assert_eq!(read("\"16\", W/\"17\",\"18\""), one_of(&[16, 17, 18]));
        assert_eq!(read("*"), Some(Seen::Any));
        assert_eq!(read("\"17-2026-11-29-fr\""), one_of(&[17]));
        // Somebody else's tags, which nothing here ever had.
        assert_eq!(read("\"abc\", \"17\""), one_of(&[17]));
        assert_eq!(read("\"abc\""), one_of(&[]));
        assert_eq!(read(", \"17\",,\"a,b\""), one_of(&[17]));
        for malformed in ["", "17", "\"17", "w/\"17\"", "\"1\"7\"", "\"17\" \"18\"", "**", ","] {
            assert_eq!(read(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let revisions = [Revision(1), Revision(2)];
        assert_eq!(parse(&list(&revisions).unwrap()).unwrap(), Seen::OneOf(revisions.to_vec()));
        assert_eq!(parse(&list(&[]).unwrap()).unwrap(), Seen::OneOf(vec![]));
        assert_eq!(parse(&of(7).unwrap()).unwrap(), Seen::OneOf(vec![Revision(7)]));
    }

    #[test]
    fn what_its_sender_has_is_told_by_its_tag() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 29).unwrap();
        let tag = judged(42, day, Language::French).unwrap();
        assert_eq!(tag, "\"42-2026-11-29-fr\"");
        assert_eq!(with_revision(&tag, 7).unwrap(), "\"7-2026-11-29-fr\"");
        assert_eq!(with_revision(&of(42).unwrap(), 7).unwrap(), "\"7\"");
        let named = |text: &'static str| {
            let value = HeaderValue::from_static(text);
            is_known(&HeaderMap::from_iter([(header::IF_NONE_MATCH, value)]), &tag)
        };
        assert!(named("\"42-2026-11-29-fr\""));
        assert!(named("\"41\", W/\"42-2026-11-29-fr\"") && named("*"));
        for other in ["\"42\"", "\"42-2026-11-28-fr\"", "\"42-2026-11-29-en\"", "42", ""] {
            assert!(!named(other), "{other}");
        }
        assert!(!is_known(&HeaderMap::new(), &tag));
    }
}
