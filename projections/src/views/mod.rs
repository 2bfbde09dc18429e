//! Views: what people are shown, made from the folded state or from an event.

pub mod account_ledger;
pub mod bank_account;
pub mod card;
pub mod onboarding;
