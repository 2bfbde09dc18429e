//! Looks: who of our staff reads whose personal data, for what purpose, on what ground.
//!
//! ```text
//! a month       unopened ─▶ open ─▶ forgotten        its key seals what was looked at in it
//! a case        ─ state a purpose ─▶ look ─▶ look …    one stream for a case in a session
//! ```
//!
//! Nothing personal is shown before its look is recorded. Who looked is forgotten with the key of the
//! month, [`KEPT_MONTHS`] later unless told otherwise (CNIL, recommendation 2021-122 on logging: six
//! months to a year); that somebody did stays.

mod command;
mod decide;
mod event;
mod month;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Refusal};
pub use decide::decide;
pub use event::{Event, Look, Looker, Purpose, Statement, Thing, ThingKind};
pub use month::Month;
pub use state::{State, evolve};

pub const KEPT_MONTHS: u32 = 12;
/// Whoever looks at the same again within this, has not stopped looking.
pub const LOOK_MINUTES: i64 = 60;
