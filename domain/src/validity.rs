//! What works for a while: links, codes, invitations and locks.

use chrono::{DateTime, TimeDelta, Utc};

/// Whether something that works for `life` until `expires_at` works at a moment. What would have begun
/// after that moment was made by a clock that was wrong, and does not work: it would work for too long.
pub fn works(expires_at: DateTime<Utc>, life: TimeDelta, at: DateTime<Utc>) -> bool {
    at < expires_at && expires_at - at <= life
}
