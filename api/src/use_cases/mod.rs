//! Use cases: what touches more than one stream, the vault, a document or a secret. One command of
//! one stream is no use case: its surface builds it and has it executed.
//!
//! A use case takes a request that knows no HTTP and answers with the closed list of errors. No rule
//! lives here.

pub mod api_keys;
mod attempt;
pub mod bank_account;
mod call;
pub mod client_file;
pub mod contract;
pub mod freezes;
pub mod looks;
pub mod messages;
pub mod registration;
pub mod staff;
pub mod user;

pub use crate::error::Error;
pub use call::{Call, Evidence};
