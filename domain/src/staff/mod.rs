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
