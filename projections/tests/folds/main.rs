//! Every read model and view, compared with what whole histories say: folded anew, from everything,
//! in the plainest way. `PROPTEST_CASES` sets how many histories are lived.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may give up")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for a few of the events")]

#[path = "../../../domain/tests/lives/mod.rs"]
mod lives;

mod audit_trail;
mod lived;
mod merchants;
mod others;
mod restored;
mod timers;
mod views;

use proptest::prelude::ProptestConfig;

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(16),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
