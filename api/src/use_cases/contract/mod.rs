//! The contract: a paper that is presented and filed, and signatures by one-time codes.

mod paper;
mod signing;

pub use paper::{file, present, read};
pub use signing::{Attempt, CodeSent, Signing, invited, send_code, sign};
