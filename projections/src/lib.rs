//! The answers: read models folded from the ledger, disposable and rebuilt at will.

pub mod account_ledger;
pub mod api_keys;
pub mod audit_trail;
pub mod card;
pub mod changes;
pub mod deadlines;
pub mod documents;
mod keep;
pub mod onboarding;
mod positions;
pub mod public_revisions;
pub mod read_models;
mod rebuild;
pub mod registration;
pub mod review;
pub mod runner;
pub mod snapshot;
pub mod staff;
pub mod subjects;
pub mod user;

pub use read_models::ReadModels;
pub use runner::{Projections, RunError};
