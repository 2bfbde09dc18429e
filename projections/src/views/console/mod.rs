//! What staff read, one file per room.

pub mod audit_trail;
pub mod bank_account;
pub mod card;
pub mod lists;
pub mod looks;
pub mod merchants;
pub mod messages;
pub mod operations;
pub mod review;
pub mod staff;
pub mod withheld;
