//! The answers: read models folded from the ledger, disposable and rebuilt at will, and views of what
//! is folded.

pub mod diff;
pub mod history;
mod keep;
pub mod models;
mod rebuild;
pub mod runner;
pub mod snapshot;
pub mod views;
mod wire;

pub use models::ReadModels;
pub use runner::{Projections, RunError};
