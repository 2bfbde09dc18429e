//! A member of staff: invited, joined with a password and a second factor, given roles, locked.

mod command;
mod decide;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Refusal};
pub use decide::decide;
pub use event::{Event, Profile, Role, Roles, SignInFailure};
pub use state::{State, evolve};

pub const INVITATION_HOURS: i64 = 72;
pub const SIGN_IN_FAILURES_MAX: u8 = 5;
pub const LOCK_MINUTES: i64 = 15;
