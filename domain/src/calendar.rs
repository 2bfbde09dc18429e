//! Legal time: days and months are counted in Paris and end at 24:00.

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Europe::Paris;

/// The day it is in Paris.
pub fn paris_date(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Paris).date_naive()
}

/// 24:00 in Paris, `days` calendar days after the day of `from`, which is not counted
/// (article 641 of the code of civil procedure, by analogy).
pub fn end_of_day_after(from: DateTime<Utc>, days: u64) -> DateTime<Utc> {
    midnight_after(paris_date(from).checked_add_days(Days::new(days)), from)
}

/// 24:00 in Paris on the same day of the month, `months` later, or on its last day.
pub fn end_of_same_day_after(from: DateTime<Utc>, months: u32) -> DateTime<Utc> {
    midnight_after(paris_date(from).checked_add_months(Months::new(months)), from)
}

/// Whole years from `birth` to `on`; negative never, zero for a date in the future.
pub fn age_in_years(birth: NaiveDate, on: NaiveDate) -> u32 {
    on.years_since(birth).unwrap_or(0)
}

fn midnight_after(day: Option<NaiveDate>, fallback: DateTime<Utc>) -> DateTime<Utc> {
    // Paris changes its clocks at 02:00 or 03:00, so midnight exists exactly once. The fallback is
    // for dates past the year 262,000.
    day.and_then(|day| day.succ_opt())
        .and_then(|next| Paris.from_local_datetime(&next.and_time(NaiveTime::MIN)).earliest())
        .map_or(fallback, |midnight| midnight.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn thirty_days_end_at_midnight_in_paris_across_the_change_to_winter_time() {
        assert_eq!(end_of_day_after(at("2026-10-01T09:00:00Z"), 30), at("2026-10-31T23:00:00Z"));
        assert_eq!(end_of_day_after(at("2026-09-01T09:00:00Z"), 30), at("2026-10-01T22:00:00Z"));
    }

    #[test]
    fn the_day_of_the_request_is_the_day_in_paris() {
        assert_eq!(end_of_day_after(at("2026-11-30T23:30:00Z"), 30), at("2026-12-31T23:00:00Z"));
    }

    #[test]
    fn a_month_from_the_last_day_of_january_ends_on_the_last_day_of_february() {
        assert_eq!(
            end_of_same_day_after(at("2027-01-31T22:30:00Z"), 1),
            at("2027-02-28T23:00:00Z")
        );
    }

    #[test]
    fn a_year_is_complete_on_the_birthday() {
        let birth = NaiveDate::from_ymd_opt(2008, 11, 23).unwrap();
        assert_eq!(age_in_years(birth, NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()), 17);
        assert_eq!(age_in_years(birth, NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()), 18);
    }
}
