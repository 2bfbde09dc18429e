//! What a client is told of how often it may ask.

use super::problem::Problem;
use crate::limits::{Allowance, WINDOW_SECONDS};
use axum::http::{HeaderMap, HeaderValue, header};

pub fn check(allowance: &Allowance) -> Result<(), Problem> {
    match allowance.left {
        Some(_) => Ok(()),
        None => Err(Problem::too_many_requests(allowance.seconds)),
    }
}

/// Tells the sender what is left. Where nothing is, a connection without a proxy ends with the answer:
/// what else was sent on it is not looked at.
pub fn tell(allowance: &Allowance, is_direct: bool, headers: &mut HeaderMap) {
    let Allowance { most, left, seconds } = allowance;
    if left.is_none() && is_direct {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let policy = format!("\"default\";q={most};w={WINDOW_SECONDS}");
    let state = format!("\"default\";r={};t={seconds}", left.unwrap_or(0));
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}
