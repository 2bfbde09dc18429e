//! Whose key is it: from the hash of an API key to its merchant.

use crate::wire;
use dashmap::DashMap;
use domain::api_keys::Event;
use domain::{ApiKeyId, MerchantId, merchant};
use serde::{Deserialize, Serialize};

/// A key by its hash: whose it is, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyEntry {
    hash: [u8; 32],
    #[serde(with = "wire::id")]
    merchant: MerchantId,
    #[serde(with = "wire::id")]
    key: ApiKeyId,
}

/// The key that an event adds. Revoked keys stay: whether a key works, its merchant's own history
/// says.
pub fn added(merchant: MerchantId, event: &merchant::Event) -> Option<KeyEntry> {
    let merchant::Event::ApiKeys(event) = event else { return None };
    match event {
        Event::Issued { key, .. } | Event::Rotated { to: key, .. } => {
            Some(KeyEntry { hash: key.hash, merchant, key: key.id })
        }
        Event::Revoked { .. } => None,
    }
}

#[derive(Default)]
pub struct KeyIndex {
    keys: DashMap<[u8; 32], (MerchantId, ApiKeyId)>,
}

impl KeyIndex {
    pub fn apply(&self, merchant: MerchantId, event: &merchant::Event) {
        self.restore(added(merchant, event));
    }

    pub fn find(&self, hash: &[u8; 32]) -> Option<(MerchantId, ApiKeyId)> {
        self.keys.get(hash).map(|entry| *entry)
    }

    /// By hash.
    pub fn rows(&self) -> Vec<KeyEntry> {
        let entry = |hash: &[u8; 32], (merchant, key): (MerchantId, ApiKeyId)| KeyEntry {
            hash: *hash,
            merchant,
            key,
        };
        let mut rows: Vec<_> = self.keys.iter().map(|row| entry(row.key(), *row.value())).collect();
        rows.sort_unstable();
        rows
    }

    pub fn restore(&self, entries: impl IntoIterator<Item = KeyEntry>) {
        for KeyEntry { hash, merchant, key } in entries {
            self.keys.insert(hash, (merchant, key));
        }
    }

    pub fn has_all_of(&self, other: &Self) -> bool {
        other.keys.iter().all(|entry| self.keys.get(entry.key()).as_deref() == Some(entry.value()))
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}
