//! Dates as they are entered: RFC 3339, four digits for the year, and a year that can be meant.

use super::Invalid;
use super::written::{is_dash, is_invisible};
use chrono::{Datelike, NaiveDate};

/// A day that somebody entered. What is in the future or too long ago for a field depends on the
/// day it is, and is judged by the field's own rules.
pub fn parse_date(text: &str) -> Result<NaiveDate, Invalid> {
    let visible = text.chars().filter(|c| !is_invisible(*c));
    let text: String = visible.map(|c| if is_dash(c) { '-' } else { c }).collect();
    let text = text.trim();
    let has_form = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let day = text.parse::<NaiveDate>().ok().filter(|_| has_form).ok_or(Invalid::Date)?;
    // The oldest companies that still trade were founded later; cards end sooner.
    if (1600..=2199).contains(&day.year()) { Ok(day) } else { Err(Invalid::DateOutOfRange) }
}
