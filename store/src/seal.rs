//! Sealing: encryption that commits to its key and its context, and can be forgotten.
//!
//! ```text
//! salt = 32 random bytes
//! (K, C, nonce) = HKDF-SHA256(data key, salt, context)       32 + 32 + 12 bytes
//! sealed = salt ‖ C ‖ AES-256-GCM(K, nonce, aad = context, pad(plaintext))
//! ```
//!
//! `C` is compared first, in constant time: a blob opens under one key and in one place only.
//! Padding to size classes keeps lengths from telling what is inside.

use crate::chance::{self, Chance};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A key of 32 bytes, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub fn random(chance: &dyn Chance) -> Self {
        Self::new(chance::bytes(chance))
    }

    /// 64 hexadecimal digits, as a master key lies in its file; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok().map(|()| Self::new(bytes))
    }

    pub fn to_hex(&self) -> String {
        hex::encode(self.bytes())
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A key never stands in a log.
impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(…)")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("the sealed data does not belong to this key and place, or was altered")]
    Altered,
    #[error("the data is too large to be sealed")]
    TooLarge,
}

const SALT: usize = 32;
const COMMITMENT: usize = 32;
const LENGTH_PREFIX: usize = 4;
/// The smallest size class; each further one doubles, up to `CLASS_STEP`.
const CLASS_MIN: usize = 64;
const CLASS_STEP: usize = 65_536;

/// `context` names the place: what was sealed for one place does not open in another.
pub fn seal(
    key: &DataKey,
    context: &[u8],
    plaintext: &[u8],
    chance: &dyn Chance,
) -> Result<Vec<u8>, SealError> {
    let salt: [u8; SALT] = chance::bytes(chance);
    let parts = derive(key, &salt, context)?;
    let padded = Zeroizing::new(pad(plaintext)?);
    let ciphertext = parts
        .cipher
        .encrypt(&parts.nonce, Payload { msg: &padded, aad: context })
        .map_err(|_| SealError::TooLarge)?;
    Ok([salt.as_slice(), &parts.commitment, &ciphertext].concat())
}

pub fn open(key: &DataKey, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let (salt, rest) = sealed.split_at_checked(SALT).ok_or(SealError::Altered)?;
    let (commitment, ciphertext) = rest.split_at_checked(COMMITMENT).ok_or(SealError::Altered)?;
    let parts = derive(key, salt, context)?;
    if !bool::from(parts.commitment.ct_eq(commitment)) {
        return Err(SealError::Altered);
    }
    let padded = parts
        .cipher
        .decrypt(&parts.nonce, Payload { msg: ciphertext, aad: context })
        .map_err(|_| SealError::Altered)?;
    unpad(&padded).ok_or(SealError::Altered)
}

struct Parts {
    cipher: Aes256Gcm,
    commitment: [u8; COMMITMENT],
    nonce: Nonce<aes_gcm::aes::cipher::consts::U12>,
}

fn derive(key: &DataKey, salt: &[u8], context: &[u8]) -> Result<Parts, SealError> {
    let mut okm = Zeroizing::new([0_u8; 32 + COMMITMENT + 12]);
    Hkdf::<Sha256>::new(Some(salt), key.bytes())
        .expand_multi_info(&[b"greffe/seal/v1", context], okm.as_mut())
        .map_err(|_| SealError::TooLarge)?;
    let (key, rest) = okm.split_at(32);
    let (commitment, nonce) = rest.split_at(COMMITMENT);
    let wrong_length = |_| SealError::TooLarge;
    Ok(Parts {
        cipher: Aes256Gcm::new_from_slice(key).map_err(|_| SealError::TooLarge)?,
        commitment: commitment.try_into().map_err(wrong_length)?,
        nonce: <[u8; 12]>::try_from(nonce).map_err(wrong_length)?.into(),
    })
}

fn pad(plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
    let length = u32::try_from(plaintext.len()).map_err(|_| SealError::TooLarge)?;
    let mut padded = Vec::with_capacity(size_class(plaintext.len() + LENGTH_PREFIX));
    padded.extend_from_slice(&length.to_le_bytes());
    padded.extend_from_slice(plaintext);
    padded.resize(size_class(padded.len()), 0);
    Ok(padded)
}

fn unpad(padded: &[u8]) -> Option<Vec<u8>> {
    let (length, rest) = padded.split_first_chunk::<LENGTH_PREFIX>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    rest.get(..length).map(<[u8]>::to_vec)
}

fn size_class(length: usize) -> usize {
    if length > CLASS_STEP {
        length.next_multiple_of(CLASS_STEP)
    } else {
        length.next_power_of_two().max(CLASS_MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;

    fn key(byte: u8) -> DataKey {
        DataKey::new([byte; 32])
    }

    #[test]
    fn what_was_sealed_opens_with_the_same_key_in_the_same_place() {
        let chance = SeededChance::new(1);
        for length in [0, 1, 59, 60, 61, 1_000, 70_000] {
            let plaintext = vec![7; length];
            let sealed = seal(&key(1), b"here", &plaintext, &chance).unwrap();
            assert_eq!(open(&key(1), b"here", &sealed).unwrap(), plaintext);
            assert_eq!(open(&key(2), b"here", &sealed), Err(SealError::Altered));
            assert_eq!(open(&key(1), b"there", &sealed), Err(SealError::Altered));
        }
    }

    #[test]
    fn a_key_is_written_and_read_in_hexadecimal() {
        let text = key(0xa7).to_hex();
        assert_eq!(DataKey::from_hex(&text).unwrap().bytes(), key(0xa7).bytes());
        for wrong in ["", "00", &text[1..], &format!("{text}0"), &text.replace('a', "g")] {
            assert!(DataKey::from_hex(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn lengths_of_one_class_look_the_same() {
        let chance = SeededChance::new(1);
        let length = |plaintext: &[u8]| seal(&key(1), b"", plaintext, &chance).unwrap().len();
        assert_eq!(length(b"Li"), length(b"Wolfeschlegelsteinhausenbergerdorff"));
    }

    #[test]
    fn the_same_text_never_looks_the_same() {
        let chance = SeededChance::new(1);
        let once = seal(&key(1), b"", b"Marie", &chance).unwrap();
        assert_ne!(once, seal(&key(1), b"", b"Marie", &chance).unwrap());
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let sealed = seal(&key(1), b"", b"Marie", &SeededChance::new(1)).unwrap();
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert_eq!(open(&key(1), b"", &altered), Err(SealError::Altered), "byte {index}");
        }
    }

    proptest::proptest! {
        #[test]
        fn anything_opens_where_it_was_sealed_and_nothing_altered_opens_at_all(
            plaintext in proptest::collection::vec(proptest::num::u8::ANY, 0..3_000),
            context in proptest::collection::vec(proptest::num::u8::ANY, 0..80),
            seed in proptest::num::u64::ANY,
            at in proptest::num::usize::ANY,
            bit in 0..8_u8,
        ) {
            let sealed = seal(&key(1), &context, &plaintext, &SeededChance::new(seed)).unwrap();
            assert_eq!(open(&key(1), &context, &sealed).unwrap(), plaintext);
            let mut altered = sealed.clone();
            let index = at % altered.len();
            altered[index] ^= 1 << bit;
            assert_eq!(open(&key(1), &context, &altered), Err(SealError::Altered));
            assert_eq!(open(&key(1), &context, &sealed[..index]), Err(SealError::Altered));
            let elsewhere = [context.as_slice(), b"x"].concat();
            assert_eq!(open(&key(1), &elsewhere, &sealed), Err(SealError::Altered));
        }
    }
}
