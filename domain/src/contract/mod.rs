//! The contract: presented once everything is provided, signed by each required signer with a
//! one-time code; the last signature sends the file.
//!
//! ```text
//! (nothing) ─present─▶ Presented ─sign─▶ … ─last signature─▶ Signed
//!                        ▲    │ the file changes: present again
//!                        └────┘                                  │ the PDF with its evidence is made, once
//!                                                                 ▼
//!                                                               Filed
//! ```

mod command;
mod decide;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Refusal};
pub use decide::{decide, is_current};
pub use event::{Event, Evidence, SignatureLevel};
pub use state::{Code, Filed, Presented, Signature, State, evolve};

/// The version of the general terms that new contracts carry.
pub const TERMS_VERSION: u16 = 1;
pub const CODE_MINUTES: i64 = 10;
pub const CODE_ATTEMPTS_MAX: u8 = 5;
/// Codes that one signer may ask for per contract.
pub const CODES_MAX: u8 = 10;
/// Codes that are sent for one merchant within 24 hours, whoever is to sign what: presenting the
/// contract again must not make us write to somebody without end.
pub const CODES_PER_DAY_MAX: usize = 20;
/// Days within which we aim to answer (S27: "quelques jours").
pub const ANSWER_DAYS: u64 = 5;
