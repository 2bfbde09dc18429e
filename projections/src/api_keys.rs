//! Whose key is it: from the hash of an API key to its merchant.

use dashmap::DashMap;
use domain::api_keys::{Event, NewKey};
use domain::{ApiKeyId, Id, MerchantId, merchant};
use store::Recorded;
use store::aggregate::{MERCHANT, id_of};
use uuid::Uuid;

#[derive(Default)]
pub struct KeyIndex {
    keys: DashMap<[u8; 32], (Uuid, Uuid)>,
}

impl KeyIndex {
    /// Revoked keys stay: whether a key works, its merchant's own history says.
    pub fn apply(&self, recorded: &Recorded, event: &merchant::Event) {
        let Some(merchant) = id_of::<MerchantId>(&recorded.stream, MERCHANT) else { return };
        match event {
            merchant::Event::ApiKeys(
                Event::Issued { key, .. } | Event::Rotated { to: key, .. },
            ) => self.insert(merchant, key),
            merchant::Event::ApiKeys(Event::Revoked { .. })
            | merchant::Event::Registration(_)
            | merchant::Event::ClientFile(_)
            | merchant::Event::Contract(_)
            | merchant::Event::Review(_)
            | merchant::Event::Services(_)
            | merchant::Event::Messages(_) => {}
        }
    }

    fn insert(&self, merchant: MerchantId, key: &NewKey) {
        self.keys.insert(key.hash, (merchant.uuid(), key.id.uuid()));
    }

    pub fn find(&self, hash: &[u8; 32]) -> Option<(MerchantId, ApiKeyId)> {
        self.keys
            .get(hash)
            .map(|entry| (MerchantId::from_uuid(entry.0), ApiKeyId::from_uuid(entry.1)))
    }

    /// By hash.
    pub fn rows(&self) -> Vec<([u8; 32], Uuid, Uuid)> {
        let mut rows: Vec<_> =
            self.keys.iter().map(|entry| (*entry.key(), entry.0, entry.1)).collect();
        rows.sort();
        rows
    }

    pub fn restore(&self, rows: Vec<([u8; 32], Uuid, Uuid)>) {
        for (hash, merchant, key) in rows {
            self.keys.insert(hash, (merchant, key));
        }
    }
}
