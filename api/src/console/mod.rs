//! The officers' API (console).

pub mod v1;
