//! Documents: sealed blobs in an object store. The ledger holds only the hash of the sealed bytes.

use crate::chance::Chance;
use crate::seal::{self, SealError};
use crate::vault::{Vault, VaultError};
use bytes::Bytes;
use domain::{Id, SubjectId};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error("the document store cannot be used: {0}")]
    Unavailable(#[from] object_store::Error),
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The key of the person it was about is destroyed.
    #[error("the document was erased")]
    Forgotten,
    #[error("the document was altered: {0}")]
    Altered(#[from] SealError),
    #[error("the document is not the one that the ledger speaks of")]
    OtherHash,
}

pub struct Documents {
    blobs: Arc<dyn ObjectStore>,
    vault: Arc<Vault>,
    chance: Arc<dyn Chance>,
}

impl Documents {
    pub fn new(blobs: Arc<dyn ObjectStore>, vault: Arc<Vault>, chance: Arc<dyn Chance>) -> Self {
        Self { blobs, vault, chance }
    }

    /// Seals a document under the key of `subject` and stores it; answers the hash of the sealed
    /// bytes.
    pub async fn put(
        &self,
        id: Uuid,
        subject: SubjectId,
        content: &[u8],
    ) -> Result<[u8; 32], DocumentError> {
        let key = self.vault.data_key_or_new(subject)?.ok_or(DocumentError::Forgotten)?;
        let sealed = seal::seal(&key, id.as_bytes(), content, self.chance.as_ref())?;
        let hash = Sha256::digest(&sealed).into();
        self.blobs.put(&path(id), Bytes::from(sealed).into()).await?;
        Ok(hash)
    }

    /// The document, if its sealed bytes are those the ledger speaks of.
    pub async fn get(
        &self,
        id: Uuid,
        subject: SubjectId,
        sealed_sha256: &[u8; 32],
    ) -> Result<Vec<u8>, DocumentError> {
        let key = self.vault.data_key(subject)?.ok_or(DocumentError::Forgotten)?;
        let sealed = self.blobs.get(&path(id)).await?.bytes().await?;
        if Sha256::digest(&sealed).as_slice() != sealed_sha256 {
            return Err(DocumentError::OtherHash);
        }
        Ok(seal::open(&key, id.as_bytes(), &sealed)?)
    }

    /// The document, for callers that know the hash of its own bytes and check that.
    pub async fn get_unchecked(
        &self,
        id: Uuid,
        subject: SubjectId,
    ) -> Result<Vec<u8>, DocumentError> {
        let key = self.vault.data_key(subject)?.ok_or(DocumentError::Forgotten)?;
        let sealed = self.blobs.get(&path(id)).await?.bytes().await?;
        Ok(seal::open(&key, id.as_bytes(), &sealed)?)
    }

    /// Removes a blob that no event speaks of.
    pub async fn discard(&self, id: Uuid) -> Result<(), DocumentError> {
        Ok(self.blobs.delete(&path(id)).await?)
    }
}

/// Spread over 256 folders; the name says nothing.
fn path(id: Uuid) -> Path {
    let name = id.simple().to_string();
    let folder = name.get(30..).unwrap_or_default().to_owned();
    Path::from_iter([folder, name])
}

/// Whose key a document is sealed with: the person's it is about, or the merchant's.
pub fn subject_of(merchant: domain::MerchantId, person: Option<domain::PersonId>) -> SubjectId {
    person.map_or_else(|| merchant.into(), SubjectId::from)
}

/// The id of a blob as the object store knows it.
pub fn blob_id(id: impl Id) -> Uuid {
    id.uuid()
}
