//! The bank account that a merchant is paid to, and its change (section 8 of the source text).
//!
//! ```text
//! Requested ─confirm what was shown─▶ Confirmed ─verify─▶ Verified ─activate, by someone else─▶ Active
//!     │ 30 days                            └─── refuse, with words for the merchant ───▶ Refused
//!     ▼                    Requested, Confirmed, Verified ─the owner, or the link sent─▶ Cancelled
//!  Expired
//! ```
//!
//! The first account is the one of the client file; approval makes it the room's. From then on there is
//! one account that is paid to at any time, and it was verified. A new one is paid to 72 hours after it
//! became active; until that moment of its activation, the old one is.

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
