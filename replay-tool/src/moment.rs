//! A moment: a time, a day, "2 hours ago", a revision, a position or an event.

use crate::exit::Failure;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use domain::{EventId, Id};
use store::{AsOf, Position, Recorded, Revision};

/// What `--as-of` takes.
pub const HELP: &str = "A time (2026-10-01T12:00:00Z), a day (its end, see --tz), \"2 hours ago\", v17 (revision), \
                        @123456 (position) or evt_… (event)";

/// How far clocks may differ without one of them being wrong.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);

/// What was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Time(DateTime<Utc>),
    /// From when, and up to before when.
    Day(DateTime<Utc>, DateTime<Utc>),
    Revision(Revision),
    Position(Position),
    Event(EventId),
}

/// How moments are read: days are days somewhere.
#[derive(Clone, Copy)]
pub struct Clock {
    pub now: DateTime<Utc>,
    pub zone: Tz,
}

impl Clock {
    pub fn parse(&self, text: &str) -> Result<Moment, Failure> {
        let text = text.trim();
        let number =
            |prefix: char| text.strip_prefix(prefix).and_then(|rest| rest.parse::<u64>().ok());
        if let Some(revision) = number('v') {
            return Ok(Moment::Revision(Revision(revision)));
        }
        if let Some(position) = number('@') {
            return Ok(Moment::Position(Position(position)));
        }
        if let Ok(time) = text.parse::<DateTime<Utc>>() {
            return Ok(Moment::Time(time));
        }
        if let Ok(day) = text.parse::<NaiveDate>() {
            return Ok(Moment::Day(self.midnight(day), self.midnight(next(day))));
        }
        if let Some(event) = EventId::parse(&text.to_ascii_lowercase()) {
            return Ok(Moment::Event(event));
        }
        ago(text)
            .and_then(|span| self.now.checked_sub_signed(span))
            .map(Moment::Time)
            .ok_or_else(|| Failure::Usage(format!("`{text}` is not a moment. {HELP}")))
    }

    /// The state of a stream as of a moment that has been. What is still to come nobody knows.
    pub fn as_of(&self, moment: Moment, stream: &[Recorded]) -> Result<AsOf, Failure> {
        let last = stream.last();
        match moment {
            Moment::Time(time) => self.past(time).map(|()| AsOf::Time(time)),
            Moment::Day(begins, ends) => {
                self.past(begins).map(|()| AsOf::Time(ends - TimeDelta::microseconds(1)))
            }
            Moment::Revision(revision) => match last {
                Some(last) if last.revision < revision => Err(Failure::NotFound(format!(
                    "there is no {revision}: the last is {}",
                    last.revision
                ))),
                _ => Ok(AsOf::Revision(revision)),
            },
            Moment::Position(position) => Ok(AsOf::Position(position)),
            Moment::Event(event) => stream
                .iter()
                .find(|recorded| recorded.metadata.event_id == event)
                .map(|recorded| AsOf::Revision(recorded.revision))
                .ok_or_else(|| Failure::NotFound(format!("{event} is not an event of it"))),
        }
    }

    fn past(&self, time: DateTime<Utc>) -> Result<(), Failure> {
        if time - self.now <= CLOCKS_DIFFER {
            return Ok(());
        }
        let time = self.local(time);
        Err(Failure::NotFound(format!("{time} is still to come: nobody knows what will be then")))
    }

    /// Whether something was recorded at that moment or later.
    pub fn is_since(&self, moment: Moment, recorded: &Recorded) -> bool {
        match moment {
            Moment::Time(time) | Moment::Day(time, _) => recorded.metadata.recorded_at >= time,
            Moment::Revision(revision) => recorded.revision >= revision,
            Moment::Position(position) => recorded.position >= position,
            Moment::Event(event) => recorded.metadata.event_id == event,
        }
    }

    /// Whether something was recorded by the end of that moment.
    pub fn is_until(&self, moment: Moment, recorded: &Recorded) -> bool {
        match moment {
            Moment::Time(time) => recorded.metadata.recorded_at <= time,
            Moment::Day(_, ends) => recorded.metadata.recorded_at < ends,
            Moment::Revision(revision) => recorded.revision <= revision,
            Moment::Position(position) => recorded.position <= position,
            Moment::Event(event) => recorded.metadata.event_id == event,
        }
    }

    /// A time as the reader's clock shows it.
    pub fn local(&self, time: DateTime<Utc>) -> String {
        time.with_timezone(&self.zone).format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Where clocks jump over midnight, the day begins with the first moment there is.
    fn midnight(&self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        let first = self.zone.from_local_datetime(&midnight).earliest();
        let later = || self.zone.from_local_datetime(&(midnight + TimeDelta::hours(1))).earliest();
        first.or_else(later).map_or_else(|| midnight.and_utc(), |local| local.to_utc())
    }
}

fn next(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
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
    use chrono_tz::Europe::Paris;
    use proptest::prelude::*;

    fn clock(now: &str) -> Clock {
        Clock { now: now.parse().unwrap(), zone: Paris }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn moments_are_read_in_all_their_forms() {
        let clock = clock("2026-11-23T12:00:00Z");
        let read = |text: &str| clock.parse(text).unwrap();
        assert_eq!(read("v17"), Moment::Revision(Revision(17)));
        assert_eq!(read("@123"), Moment::Position(Position(123)));
        assert_eq!(read("2 hours ago"), Moment::Time(clock.now - TimeDelta::hours(2)));
        assert_eq!(read("1 day ago"), Moment::Time(clock.now - TimeDelta::days(1)));
        assert_eq!(read("2026-11-23T12:00:00Z"), Moment::Time(clock.now));
        assert_eq!(
            read("EVT_000000000000000000000000000000FF"),
            Moment::Event(EventId::from_u128(255))
        );
        for text in ["", "yesterday", "v", "@-1", "2 fortnights ago", "evt_1"] {
            assert!(matches!(clock.parse(text), Err(Failure::Usage(_))), "{text}");
        }
    }

    /// The rules' days are days in Paris.
    #[test]
    fn a_day_is_a_day_in_paris_unless_somebody_says_otherwise() {
        let clock = clock("2026-11-23T12:00:00Z");
        let day = |clock: Clock, text| clock.parse(text).unwrap();
        let (winter, summer) = (day(clock, "2026-11-22"), day(clock, "2026-07-01"));
        assert_eq!(winter, Moment::Day(at("2026-11-21T23:00:00Z"), at("2026-11-22T23:00:00Z")));
        assert_eq!(summer, Moment::Day(at("2026-06-30T22:00:00Z"), at("2026-07-01T22:00:00Z")));
        let utc = Clock { zone: Tz::UTC, ..clock };
        assert_eq!(
            day(utc, "2026-11-22"),
            Moment::Day(at("2026-11-22T00:00:00Z"), at("2026-11-23T00:00:00Z"))
        );
        // There was no midnight in Cairo on the day on which summer time began.
        let cairo = Clock { zone: chrono_tz::Africa::Cairo, ..clock };
        assert!(matches!(day(cairo, "2026-04-24"), Moment::Day(begins, ends) if begins < ends));
    }

    #[test]
    fn what_is_still_to_come_is_said_and_today_is_not() {
        let clock = clock("2026-11-23T12:00:00Z");
        let as_of = |text: &str| clock.as_of(clock.parse(text).unwrap(), &[]);
        for text in [
            "3000-01-01",
            "2026-11-24",
            "2026-11-23T12:01:01Z",
            "evt_00000000000000000000000000000001",
        ] {
            assert!(matches!(as_of(text), Err(Failure::NotFound(_))), "{text}");
        }
        assert!(matches!(as_of("2026-11-23"), Ok(AsOf::Time(_))));
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
            let clock = Clock { now, zone: Paris };
            let read = |text: String| clock.parse(&text).unwrap();
            prop_assert_eq!(read(format!(" v{number} ")), Moment::Revision(Revision(number)));
            prop_assert_eq!(read(format!("@{number}")), Moment::Position(Position(number)));
            let text = time.to_rfc3339_opts(SecondsFormat::Micros, true);
            prop_assert_eq!(read(text), Moment::Time(time));
            let ago = now - TimeDelta::days(count);
            prop_assert_eq!(read(format!("{count} days ago")), Moment::Time(ago));
            // A day holds its own times and none of the next.
            let Moment::Day(begins, ends) = read(time.with_timezone(&Paris).date_naive().to_string())
            else {
                return Err(TestCaseError::fail("a day is a day"));
            };
            prop_assert!(begins <= time && time < ends);
        }

        #[test]
        fn whatever_is_typed_is_a_moment_or_a_mistake(
            text in prop_oneof!["\\PC{0,30}", "[v@0-9 :TZ+-]{0,30}", "[0-9]{1,25} [a-z]{1,8} ago"],
            now in any_time(),
        ) {
            match (Clock { now, zone: Paris }).parse(&text) {
                Ok(_) => {}
                Err(Failure::Usage(said)) => prop_assert!(said.contains(HELP)),
                Err(_) => return Err(TestCaseError::fail("not the typist's mistake")),
            }
        }
    }
}
