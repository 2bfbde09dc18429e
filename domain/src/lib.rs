//! The rules of Greffe: what may be asked, what then has happened, and what is refused.
//!
//! Everything here is a pure function of its arguments. Time, ids and actors come in; nothing
//! reads a clock, a disk or a network, and nothing can be serialised: how events lie on disk is
//! the business of `store`.

#[macro_use]
mod codes;

pub mod access;
pub mod actor;
pub mod api_keys;
pub mod bank_account;
pub mod calendar;
pub mod client_file;
pub mod contract;
pub mod email_claim;
#[cfg(test)]
mod given;
pub mod ids;
pub mod looks;
pub mod merchant;
pub mod messages;
pub mod personal;
pub mod registration;
pub mod restriction;
pub mod review;
pub mod services;
pub mod sign_in;
pub mod staff;
pub mod strong_authentication;
pub mod user;
mod validity;
pub mod values;

pub use actor::{Actor, ActorKind, Channel, Occasion};
pub use codes::{Coded, Refuses, Worded};
pub use ids::*;
pub use personal::Personal;

/// Every event of every stream, by room.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Merchant(merchant::Event),
    User(user::Event),
    Staff(staff::Event),
    EmailClaim(email_claim::Event),
    Looks(looks::Event),
}
