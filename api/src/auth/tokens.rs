//! Personal access tokens as they are written: whose it is, and 256 random bits that only their owner
//! knows.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Id, UserId};
use sha2::{Digest, Sha256};
use store::chance::{self, Chance};
use uuid::Uuid;

/// By which scanners of repositories know one, too.
const PREFIX: &str = "greffe_pat_";

/// A new value.
pub fn value(user: UserId, chance: &dyn Chance) -> String {
    let random: [u8; 32] = chance::bytes(chance);
    let bytes = [user.uuid().as_bytes().as_slice(), &random].concat();
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Whose it would be, if it is written like one.
pub fn owner(value: &str) -> Option<UserId> {
    let bytes = URL_SAFE_NO_PAD.decode(value.strip_prefix(PREFIX)?).ok()?;
    let (user, random) = bytes.split_first_chunk::<16>()?;
    (random.len() == 32).then(|| UserId::from_uuid(Uuid::from_bytes(*user)))
}

/// What the ledger may know of it.
pub fn hash(value: &str) -> [u8; 32] {
    Sha256::digest(value.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::chance::SeededChance;

    #[test]
    fn a_value_tells_whose_it_is_and_nothing_else_does() {
        let user = UserId::from_u128(7);
        let chance = SeededChance::new(1);
        let (one, other) = (value(user, &chance), value(user, &chance));
        assert_ne!(one, other);
        assert_eq!(owner(&one), Some(user));
        for wrong in ["", "greffe_pat_", &one[1..], &one[..one.len() - 2], "greffe_pat_!!!!"] {
            assert_eq!(owner(wrong), None, "{wrong}");
        }
    }
}
