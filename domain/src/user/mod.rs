//! A person who signs in to the portal: their login, activation, password, mobile and locks.
//!
//! ```text
//! Registered ─follow the link─▶ Verified ─name and mobile─▶ … ─code─▶ MobileVerified
//!      │ 30 days
//!      ▼
//!   Lapsed
//!
//! e-mail, mobile:  ─ask for another─▶ Requested ─proved by the new one─▶ Changed
//!                                         └─ the old one says no ─▶ Cancelled
//! ```

mod command;
mod contacts;
mod decide;
mod event;
mod state;
#[cfg(test)]
mod tests;
mod tokens;

pub use command::{Command, Refusal};
pub use decide::decide;
pub use event::{CodeKind, CodePurpose, Event, Profile, Scope, SignInFailure};
pub use state::{Challenge, Contact, ContactChange, FormerContact, Freeze, Link, State, evolve};
pub use tokens::Token;

pub const ACTIVATION_HOURS: i64 = 72;
pub const ACTIVATIONS_PER_DAY_MAX: usize = 5;
pub const PASSWORD_RESET_MINUTES: i64 = 60;
/// How often one link is sent. There is no limit by the day: whoever asks for somebody else's must
/// not keep them from getting one.
pub const SENDINGS_OF_RESET_MAX: u8 = 3;
pub const CODE_MINUTES: i64 = 10;
pub const CODE_ATTEMPTS_MAX: u8 = 5;
pub const CODES_PER_HOUR_MAX: usize = 5;
pub const CODES_PER_DAY_MAX: usize = 20;
/// How often in a day the owner of an address is told that somebody has registered with it again.
pub const REPETITIONS_PER_DAY_MAX: usize = 3;
/// How long the change of a contact waits for its proof.
pub const CONTACT_CHANGE_HOURS: i64 = 24;
pub const CONTACT_CHANGES_PER_DAY_MAX: usize = 5;
/// Former contacts that are told at once: no other change comes about meanwhile.
pub const FORMER_CONTACTS_MAX: usize = 5;
/// How long a contact that was replaced is still told of what matters most: whoever took a login over
/// has changed it.
pub const FORMER_CONTACT_DAYS: i64 = 30;
/// Personal access tokens that work at the same time.
pub const TOKENS_MAX: usize = 20;
/// How long one works at most.
pub const TOKEN_DAYS_MAX: i64 = 366;
