//! The bank account that a merchant is paid to, and its change (section 8 of the source text).
//!
//! ```text
//! Requested ─confirm what was shown─▶ Confirmed ─verify─▶ Verified ─activate, by someone else─▶ Active
//!     │ 30 days                            └─── refuse, with words for the merchant ───▶ Refused
//!     ▼                    Requested, Confirmed, Verified ─the owner, or the link sent─▶ Cancelled
//!  Expired
//! ```
//!
//! The first account is the one of the client file; approval makes it the room's. From then on at most one
//! account is paid to at any time, and it was verified: the old one until a new one is active, nobody for 72
//! hours, then the new one.

mod command;
mod decide;
mod event;
mod payout;
mod reading;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, NewChange, Refusal};
pub use decide::decide;
pub use event::{Event, RefusalReason, Rib};
pub use payout::{Hold, Payout, payout};
pub use reading::{Comparison, Reading, compare_holders, compare_ibans};
pub use state::{
    Account, Change, Ending, Stage, State, evolve, evolve_with_account, evolve_with_review,
};

/// How long a request waits for its confirmation.
pub const CONFIRMATION_DAYS: u64 = 30;
/// Contacts that changed within this time ask for no change; an account is first paid to this long after
/// its activation (choices A16 and A17).
pub const COOLING_OFF_HOURS: i64 = 72;
/// How soon we look at a change that was confirmed: our own measure, which nobody is promised.
pub const VERIFICATION_TARGET_DAYS: u64 = 2;
/// How many changes are asked for within 24 hours.
pub const CHANGES_PER_DAY_MAX: usize = 5;
/// The contacts are frozen at most so long before the request that it is for.
pub const FREEZING_MINUTES: i64 = 5;
/// A freeze whose request did not follow within this time never will be used.
pub const ABANDONED_FREEZE_MINUTES: i64 = 10;
const _: () = assert!(FREEZING_MINUTES < ABANDONED_FREEZE_MINUTES);
