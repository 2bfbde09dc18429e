//! What merchants read, one file per room.

pub mod api_keys;
pub mod bank_account;
pub mod client_file;
pub mod contract;
pub mod events;
pub mod registration;
pub mod review;
pub mod services;
pub mod user;
