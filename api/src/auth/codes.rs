//! One-time codes sent by SMS: derived from the challenge's id, so that nothing secret is stored.

use domain::{ChallengeId, Id};
use store::seal::DataKey;
use store::vault::mac;
use subtle::ConstantTimeEq;

pub struct Codes {
    secret: DataKey,
}

impl Codes {
    pub fn new(secret: DataKey) -> Self {
        Self { secret }
    }

    /// Six digits.
    pub fn code(&self, challenge: ChallengeId) -> String {
        let mac = mac(&self.secret, &[b"code", challenge.uuid().as_bytes()]);
        let number = mac.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        format!("{:06}", number % 1_000_000)
    }

    /// Compares in constant time; spaces that people type are ignored.
    pub fn is_right(&self, challenge: ChallengeId, entered: &str) -> bool {
        let entered: String = entered.chars().filter(|c| !c.is_whitespace()).collect();
        self.code(challenge).as_bytes().ct_eq(entered.as_bytes()).into()
    }
}
