//! API keys: test keys on entry, live keys once live; shown once, kept as a hash.

mod command;
mod decide;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Refusal};
pub use decide::decide;
pub use event::{Event, Mode, NewKey, RevocationReason};
pub use state::{Key, State, evolve, works};

/// The longest time an old key goes on working after its rotation.
pub const OVERLAP_DAYS_MAX: u8 = 7;
/// How many keys of one mode may work at a time.
pub const ACTIVE_KEYS_MAX: usize = 10;
