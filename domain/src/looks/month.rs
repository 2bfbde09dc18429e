//! A month in Paris.

use crate::calendar::paris_date;
use chrono::{DateTime, Datelike, Utc};
use std::fmt;

/// Written as `202611`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    month: u8,
}

impl Month {
    pub fn of(at: DateTime<Utc>) -> Self {
        let day = paris_date(at);
        Self { year: u16::try_from(day.year()).unwrap_or_default(), month: day.month() as u8 }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let is_written = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: u32 = text.parse().ok().filter(|_| is_written)?;
        let (year, month) = (u16::try_from(number / 100).ok()?, (number % 100) as u8);
        (1..=12).contains(&month).then_some(Self { year, month })
    }

    pub fn next(self) -> Self {
        match self.month {
            12.. => Self { year: self.year.saturating_add(1), month: 1 },
            month => Self { month: month + 1, ..self },
        }
    }

    /// How many months lie between this one and a later one.
    pub fn months_until(self, later: Self) -> u32 {
        let count = |month: Self| u32::from(month.year) * 12 + u32::from(month.month);
        count(later).saturating_sub(count(self))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}", self.year, self.month)
    }
}
