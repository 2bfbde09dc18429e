//! Services: asked for with the client file, opened by its approval; later ones one by one.
//!
//! ```text
//! Unrequested ─▶ Requested ─▶ Active
//!                    └─▶ Refused ─▶ Requested
//! ```

mod command;
mod decide;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Refusal};
pub use decide::decide;
pub use event::{Event, Service, ServiceRefusal};
pub use state::{State, Status, evolve};
