//! The path from outside, through real requests: once, twice, wrongly, and by a stranger.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is the result")]

mod access_tokens;
mod authorisation;
mod bank_account;
mod client_file;
mod contacts;
mod contract;
mod conventions;
mod documents;
mod feed;
mod idempotency;
mod leaks;
mod looks;
mod messages;
mod path;
mod registration;
mod review;
mod spellings;
mod staff;
mod timers;
