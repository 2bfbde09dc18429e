//! Whole lives: whatever is asked, by whomever, in whatever order, some things never happen.
//! `PROPTEST_CASES` sets how many are lived.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may give up")]
#![allow(clippy::wildcard_enum_match_arm, reason = "each invariant is about a few of the events")]

#[path = "../lives/mod.rs"]
mod lives;

mod email_claim;
mod looks;
mod merchant;
mod staff;
mod user;

use proptest::prelude::ProptestConfig;

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(256),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
