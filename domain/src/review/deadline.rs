//! The deadline of an additional-documents request (S31, choice A8).

use crate::calendar::end_of_day_after;
use chrono::{DateTime, TimeDelta, Utc};

pub const DOCUMENTS_DAYS: u64 = 30;
/// A reopened item leaves at least this many days.
const REOPENED_DAYS_MIN: u64 = 7;
/// Reminders go out this many days before the deadline.
pub const REMINDER_DAYS: [u8; 3] = [15, 7, 1];

/// 24:00 in Paris, thirty days after the day of the request.
pub fn documents_deadline(requested_at: DateTime<Utc>) -> DateTime<Utc> {
    end_of_day_after(requested_at, DOCUMENTS_DAYS)
}

/// The time that was left, at least seven days.
pub fn reopened_deadline(deadline: DateTime<Utc>, reopened_at: DateTime<Utc>) -> DateTime<Utc> {
    deadline.max(end_of_day_after(reopened_at, REOPENED_DAYS_MIN))
}

/// When the reminder `days_left` days before the deadline is due.
pub(super) fn reminder_due_at(deadline: DateTime<Utc>, days_left: u8) -> DateTime<Utc> {
    deadline - TimeDelta::days(i64::from(days_left))
}

/// Reminders still to come after `now`, soonest first.
pub(super) fn reminders_after(deadline: DateTime<Utc>, now: DateTime<Utc>) -> Vec<u8> {
    REMINDER_DAYS.into_iter().filter(|days| reminder_due_at(deadline, *days) > now).collect()
}
