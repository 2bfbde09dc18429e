//! Where randomness comes from: the machine, or a seed in tests and demonstrations.

use chrono::{DateTime, Utc};
use domain::Id;
use sha2::{Digest, Sha256};
use std::sync::Mutex;

pub trait Chance: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's own source.
pub struct SystemChance;

impl Chance for SystemChance {
    /// # Panics
    /// If the operating system cannot give random bytes: nothing here is safe without them.
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::expect_used, reason = "without randomness no key and no id may be made")]
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// The same bytes for the same seed: SHA-256 in counter mode.
pub struct SeededChance {
    seed: u64,
    counter: Mutex<u64>,
}

impl SeededChance {
    pub fn new(seed: u64) -> Self {
        Self { seed, counter: Mutex::new(0) }
    }
}

impl Chance for SeededChance {
    fn fill(&self, bytes: &mut [u8]) {
        let mut counter = self.counter.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        for chunk in bytes.chunks_mut(32) {
            *counter = counter.wrapping_add(1);
            let mut hash = Sha256::new();
            hash.update(self.seed.to_be_bytes());
            hash.update(counter.to_be_bytes());
            for (byte, random) in chunk.iter_mut().zip(hash.finalize()) {
                *byte = random;
            }
        }
    }
}

/// `N` random bytes.
pub fn bytes<const N: usize>(chance: &dyn Chance) -> [u8; N] {
    let mut bytes = [0; N];
    chance.fill(&mut bytes);
    bytes
}

/// A new id, ordered by time (UUIDv7), so that index writes stay near the right edge.
pub fn id<I: Id>(chance: &dyn Chance, at: DateTime<Utc>) -> I {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or(0);
    I::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &bytes(chance)).into_uuid())
}
