//! The account: created, activated, entered in test mode, opened live, stopped, closed.
//!
//! ```text
//! Created ─activate─▶ Activated ─company basics─▶ Test ─file approved─▶ Live
//!    │ 30 days                                      │  ▲ reactivate      │
//!    ▼                                              ▼  │ (four eyes)     ▼
//!  Lapsed                                        Deactivated ◀── 30 days without documents
//!  any ─suspend─▶ Suspended ─lift (four eyes)─▶ back      Deactivated ─12 months─▶ Closed
//!                                      Test ─withdraw, or file rejected─▶ Closed
//! ```

mod command;
mod decide;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Refusal};
pub use decide::decide;
pub use event::{ClosureReason, CompanyBasics, CompanyIdentity, Event};
pub use state::{State, Status, evolve};

/// Days after which an account that was never activated lapses (choice A1).
pub const LAPSE_DAYS: i64 = 30;
/// Months after which a deactivated account is closed (choice A11).
pub const CLOSURE_MONTHS: u32 = 12;
