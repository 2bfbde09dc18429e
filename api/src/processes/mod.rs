//! Processes: they read the ledger's order and act on it with messages, timers and follow-ups.

pub mod contract;
mod courier;
pub mod deadlines;
mod mail;
pub mod mailer;
pub mod messages;
pub mod outbox;
pub mod outcomes;
mod owed;
pub mod reconcile;
pub mod registration;
pub mod sms;
pub mod smtp;
