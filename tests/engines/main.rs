//! The cluster engine, on the double of its server: the contract of every engine, each known fault
//! of the client, and commands under random faults.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is the result")]

mod contract;
