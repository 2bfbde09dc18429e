//! One file per command.

pub mod copy;
pub mod diff;
pub mod log;
pub mod rebuild;
pub mod show;
pub mod stats;
pub mod verify;
