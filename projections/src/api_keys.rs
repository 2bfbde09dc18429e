//! Whose key is it: from the hash of an API key to its merchant.

use dashmap::DashMap;
use domain::api_keys::Event;
use domain::{ApiKeyId, Id, MerchantId, merchant};
use uuid::Uuid;

/// A key by its hash: whose it is, and which.
pub type KeyEntry = ([u8; 32], Uuid, Uuid);

/// The key that an event adds. Revoked keys stay: whether a key works, its merchant's own history
/// says.
pub fn added(merchant: MerchantId, event: &merchant::Event) -> Option<KeyEntry> {
    match event {
        merchant::Event::ApiKeys(Event::Issued { key, .. } | Event::Rotated { to: key, .. }) => {
            Some((key.hash, merchant.uuid(), key.id.uuid()))
        }
        merchant::Event::ApiKeys(Event::Revoked { .. })
        | merchant::Event::Registration(_)
        | merchant::Event::ClientFile(_)
        | merchant::Event::Contract(_)
        | merchant::Event::Review(_)
        | merchant::Event::Services(_)
        | merchant::Event::Messages(_) => None,
    }
}

#[derive(Default)]
pub struct KeyIndex {
    keys: DashMap<[u8; 32], (Uuid, Uuid)>,
}

impl KeyIndex {
    pub fn apply(&self, merchant: MerchantId, event: &merchant::Event) {
        self.restore(added(merchant, event));
    }

    pub fn find(&self, hash: &[u8; 32]) -> Option<(MerchantId, ApiKeyId)> {
        self.keys
            .get(hash)
            .map(|entry| (MerchantId::from_uuid(entry.0), ApiKeyId::from_uuid(entry.1)))
    }

    /// By hash.
    pub fn rows(&self) -> Vec<KeyEntry> {
        let mut rows: Vec<_> =
            self.keys.iter().map(|entry| (*entry.key(), entry.0, entry.1)).collect();
        rows.sort();
        rows
    }

    pub fn restore(&self, entries: impl IntoIterator<Item = KeyEntry>) {
        for (hash, merchant, key) in entries {
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
