//! API keys as they are written: what a value looks like, and what the ledger may know of it.

use domain::api_keys::{Mode, NewKey};
use domain::{ApiKeyId, Id};
use sha2::{Digest, Sha256};
use store::chance::{self, Chance};
use store::seal::DataKey;
use store::vault::mac;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// What the public SDKs check: 24 letters and digits after the prefix.
const SECRET_LENGTH: usize = 24;

fn prefix(mode: Mode) -> &'static str {
    match mode {
        Mode::Test => "stest_",
        Mode::Live => "sprod_",
    }
}

/// Makes the values of keys.
pub struct Keys {
    secret: DataKey,
}

impl Keys {
    pub fn new(secret: DataKey) -> Self {
        Self { secret }
    }

    /// A test key follows from its id, so that the portal can show it at any time.
    pub fn test(&self, id: ApiKeyId) -> String {
        let first = mac(&self.secret, &[b"1", id.uuid().as_bytes()]);
        let second = mac(&self.secret, &[b"2", id.uuid().as_bytes()]);
        format!("{}{}", prefix(Mode::Test), letters(first.into_iter().chain(second)))
    }

    /// A live key is random and known to nobody but whoever it is shown to.
    pub fn value(&self, mode: Mode, id: ApiKeyId, chance: &dyn Chance) -> String {
        match mode {
            Mode::Test => self.test(id),
            Mode::Live => {
                let random: [u8; 64] = chance::bytes(chance);
                format!("{}{}", prefix(mode), letters(random.into_iter()))
            }
        }
    }
}

/// 24 letters and digits, evenly drawn: bytes past the last whole multiple of 62 are skipped.
fn letters(bytes: impl Iterator<Item = u8>) -> String {
    bytes
        .filter(|byte| *byte < 248)
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 62)))
        .take(SECRET_LENGTH)
        .map(|letter| char::from(*letter))
        .collect()
}

pub fn hash(value: &str) -> [u8; 32] {
    Sha256::digest(value.as_bytes()).into()
}

/// What the ledger may know of a key.
pub fn recorded(id: ApiKeyId, value: &str) -> NewKey {
    let last_four = value.as_bytes().last_chunk().copied().unwrap_or(*b"????");
    NewKey { id, hash: hash(value), last_four }
}
