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
    use chrono::SecondsFormat;
    use proptest::prelude::*;

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

    fn any_time() -> impl Strategy<Value = DateTime<Utc>> {
        // The years 1 to 9999.
        (-62_135_596_800_000_000..253_402_300_800_000_000_i64)
            .prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_in_a_form_is_read_as_it(
            number in any::<u64>(),
            time in any_time(),
            now in any_time(),
            count in 0..1_000_000_i64,
        ) {
            let read = |text: String| parse(&text, now).unwrap();
            prop_assert_eq!(read(format!(" v{number} ")), AsOf::Revision(Revision(number)));
            prop_assert_eq!(read(format!("@{number}")), AsOf::Position(Position(number)));
            let text = time.to_rfc3339_opts(SecondsFormat::Micros, true);
            prop_assert_eq!(read(text), AsOf::Time(time));
            let ago = now - TimeDelta::days(count);
            prop_assert_eq!(read(format!("{count} days ago")), AsOf::Time(ago));
            // A day holds its own times and none of the next.
            let AsOf::Time(end) = read(time.date_naive().to_string()) else {
                return Err(TestCaseError::fail("a day is a time"));
            };
            prop_assert!(time <= end && end.date_naive() == time.date_naive());
            prop_assert!((end + TimeDelta::microseconds(1)).date_naive() > time.date_naive());
        }

        #[test]
        fn whatever_is_typed_is_a_moment_or_a_mistake(
            text in prop_oneof!["\\PC{0,30}", "[v@0-9 :TZ+-]{0,30}", "[0-9]{1,25} [a-z]{1,8} ago"],
            now in any_time(),
        ) {
            match parse(&text, now) {
                Ok(_) => {}
                Err(Failure::Usage(said)) => prop_assert!(said.contains(HELP)),
                Err(_) => return Err(TestCaseError::fail("not the typist's mistake")),
            }
        }
    }
}
