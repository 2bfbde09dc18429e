//! One file per command.

pub mod bisect;
pub mod blame;
pub mod copy;
pub mod diff;
pub mod event;
pub mod export;
pub mod log;
pub mod merchants;
pub mod messages;
pub mod rebuild;
pub mod show;
pub mod stats;
pub mod trace;
pub mod verify;
