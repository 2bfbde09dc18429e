//! Views: what people are shown, made from the folded state or from an event. What merchants read is made
//! in `portal`, which knows nothing of `console`.

pub mod account_ledger;
pub mod bank_account;
mod code;
pub mod console;
pub mod ids;
pub mod lists;
pub mod onboarding;
pub mod portal;
pub mod services;

pub use code::Code;
