//! The review: officers take a file, judge its documents, ask for more, and decide in pairs.
//!
//! ```text
//! Submitted ─take─▶ InReview ⇄ AwaitingDocuments ──30 days──▶ Expired (account deactivated)
//!                      │  ▲
//!               propose│  │ return, or the file changed
//!                      ▼  │
//!               DecisionProposed ─confirm, by someone else─▶ Approved | Rejected
//! ```

mod command;
mod deadline;
mod decide;
mod event;
mod proposal;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Refusal};
pub use deadline::{DOCUMENTS_DAYS, REMINDER_DAYS, documents_deadline, reopened_deadline};
pub use decide::{can_hold_cases, decide, events_of_answer};
pub use event::{Event, NewItem, Proposal, ProposalKind, RejectionReason, RequestReason};
pub use state::{
    Item, OpenProposal, Request, Stage, State, evolve, evolve_with_account, evolve_with_answer,
    evolve_with_file, evolve_with_message,
};

/// The most items that one request holds.
pub const ITEMS_MAX: usize = 20;
/// The longest time a case can be put aside.
pub const SNOOZE_DAYS_MAX: i64 = 30;
