//! A moment: a time, a day, "2 hours ago", a revision or a position.

use crate::exit::Failure;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use store::{AsOf, Position, Revision};

/// What `--as-of` takes.
pub const HELP: &str = "A time (2026-10-01T12:00:00Z), a day (its end, UTC), \"2 hours ago\", v17 \
                        (revision) or @123456 (position)";

pub fn parse(text: &str, now: DateTime<Utc>) -> Result<AsOf, Failure> {
    let text = text.trim();
    let number = |prefix: char| text.strip_prefix(prefix).and_then(|rest| rest.parse::<u64>().ok());
    if let Some(revision) = number('v') {
        return Ok(AsOf::Revision(Revision(revision)));
    }
    if let Some(position) = number('@') {
        return Ok(AsOf::Position(Position(position)));
    }
    if let Ok(time) = text.parse::<DateTime<Utc>>() {
        return Ok(AsOf::Time(time));
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        let end = day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN).and_utc();
        return Ok(AsOf::Time(end - TimeDelta::microseconds(1)));
    }
    ago(text)
        .map(|span| AsOf::Time(now - span))
        .ok_or_else(|| Failure::Usage(format!("`{text}` is not a moment. {HELP}")))
}

/// "3 days ago".
fn ago(text: &str) -> Option<TimeDelta> {
    let mut words = text.strip_suffix("ago")?.split_whitespace();
    let count: i64 = words.next()?.parse().ok().filter(|count| (0..1_000_000).contains(count))?;
    let unit = words.next()?;
    match unit.trim_end_matches('s') {
        "minute" => Some(TimeDelta::minutes(count)),
        "hour" => Some(TimeDelta::hours(count)),
        "day" => Some(TimeDelta::days(count)),
        "week" => Some(TimeDelta::weeks(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_all_their_forms() {
        let now: DateTime<Utc> = "2026-11-23T12:00:00Z".parse().unwrap();
        let read = |text: &str| parse(text, now).unwrap();
        assert_eq!(read("v17"), AsOf::Revision(Revision(17)));
        assert_eq!(read("@123"), AsOf::Position(Position(123)));
        assert_eq!(read("2 hours ago"), AsOf::Time(now - TimeDelta::hours(2)));
        assert_eq!(read("1 day ago"), AsOf::Time(now - TimeDelta::days(1)));
        assert_eq!(read("2026-11-23T12:00:00Z"), AsOf::Time(now));
        let end = "2026-11-22T23:59:59.999999Z".parse().unwrap();
        assert_eq!(read("2026-11-22"), AsOf::Time(end));
        for text in ["", "yesterday", "v", "@-1", "2 fortnights ago"] {
            assert!(matches!(parse(text, now), Err(Failure::Usage(_))), "{text}");
        }
    }
}
