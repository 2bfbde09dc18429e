//! Time. Everything starts on a Monday morning in winter, when Paris is one hour ahead of UTC.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Ten in the morning in Paris, so many days after the beginning.
pub fn day(number: i64) -> DateTime<Utc> {
    at("2026-11-02T09:00:00Z") + TimeDelta::days(number)
}

pub fn second() -> TimeDelta {
    TimeDelta::seconds(1)
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
