//! What happens when things break: a killed server, a damaged record, many at once.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is the result")]

mod concurrency;
mod damage;
mod departures;
mod kill;
mod messages;
mod newer;
mod older_vault;
