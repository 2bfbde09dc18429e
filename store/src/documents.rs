//! Documents: sealed blobs in an object store. The ledger holds only the hash of the sealed bytes.
//!
//! A blob is written once, flushed before anybody speaks of it, and never replaced: whoever puts
//! the same document again gets the hash of what is there.

use crate::chance::Chance;
use crate::files;
use crate::seal::{self, DataKey, SealError};
use crate::vault::{Key, Vault, VaultError};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{Event, Id, SubjectId, bank_account, client_file, contract, merchant};
use futures::{Stream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Mutex;
use uuid::Uuid;

/// The folder of the documents inside a server's directory.
pub const DOCUMENTS_FOLDER: &str = "documents";

#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error("the document store cannot be used: {0}")]
    Unavailable(#[from] object_store::Error),
    #[error("the document store's folder cannot be flushed: {0}")]
    Folder(#[from] std::io::Error),
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The key of the person it was about is destroyed.
    #[error("the document was erased")]
    Forgotten,
    /// The key of the person it is about is neither there nor destroyed.
    #[error("the key of the document is lost")]
    KeyLost,
    #[error("the document was altered: {0}")]
    Altered(#[from] SealError),
    #[error("the document is not the one that the ledger speaks of")]
    OtherHash,
    /// What lies under this id was put by another command.
    #[error("another document lies under this id")]
    Taken,
}

/// Where blobs lie. What `put` has answered is on disk.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// The folder, if they lie in one: the store does not flush the removal of a name.
    folder: Option<PathBuf>,
}

impl Blobs {
    /// In a folder, made if there is none.
    pub fn in_folder(folder: &std::path::Path) -> Result<Self, DocumentError> {
        files::make_folder(folder)?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), folder: Some(folder.to_owned()) })
    }

    /// In a folder that is there, to look at; `None` if it is not.
    pub fn found_in(folder: &std::path::Path) -> Result<Option<Self>, DocumentError> {
        if folder.is_dir() { Self::in_folder(folder).map(Some) } else { Ok(None) }
    }

    /// In memory, for tests.
    pub fn in_memory() -> Self {
        Self { store: Arc::new(object_store::memory::InMemory::new()), folder: None }
    }

    /// False if something lies there already.
    async fn create(&self, path: &Path, bytes: Bytes) -> Result<bool, DocumentError> {
        match self.store.put_opts(path, bytes.into(), PutMode::Create.into()).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => {
                // Whoever put it may have been cut off before its name was flushed.
                self.flush_name(path).await?;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The hash of a blob as it lies there; `None` if there is none.
    pub async fn sha256(&self, id: Uuid) -> Result<Option<[u8; 32]>, DocumentError> {
        match self.read(&path(id)).await {
            Ok(sealed) => Ok(Some(Sha256::digest(&sealed).into())),
            Err(DocumentError::Unavailable(object_store::Error::NotFound { .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn read(&self, path: &Path) -> Result<Bytes, DocumentError> {
        Ok(self.store.get(path).await?.bytes().await?)
    }

    async fn remove(&self, path: &Path) -> Result<(), DocumentError> {
        match self.store.delete(path).await {
            Ok(()) => self.flush_name(path).await,
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes what was being written when an earlier run was cut off: `{id}#{number}` in the folder.
    async fn remove_unfinished(
        &self,
        is_ours: impl Fn(Uuid) -> bool,
    ) -> Result<u64, DocumentError> {
        let Some(folder) = self.folder.clone() else { return Ok(0) };
        let unfinished = tokio::task::spawn_blocking(move || unfinished_in(&folder));
        let mut removed = 0;
        for (id, path) in unfinished.await.map_err(std::io::Error::other)?? {
            if !is_ours(id) {
                std::fs::remove_file(path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    async fn flush_name(&self, path: &Path) -> Result<(), DocumentError> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let file = folder.join(path.as_ref());
        let flushed = tokio::task::spawn_blocking(move || {
            files::flush_folder_of(&file)?;
            files::flush_folder(&folder)
        });
        Ok(flushed.await.map_err(std::io::Error::other)??)
    }

    /// The ids of all blobs that were written before a time.
    fn written_before(
        &self,
        limit: DateTime<Utc>,
    ) -> impl Stream<Item = Result<Uuid, DocumentError>> + '_ {
        let is_older = move |found: &ObjectMeta| found.last_modified < limit;
        self.store.list(None).map_err(DocumentError::from).try_filter_map(move |found| async move {
            let name = found.location.filename().filter(|_| is_older(&found));
            Ok(name.and_then(|name| Uuid::try_parse(name).ok()))
        })
    }
}

pub struct Documents {
    blobs: Blobs,
    vault: Arc<Vault>,
    chance: Arc<dyn Chance>,
    /// What was put since the start, until what an earlier run left behind is swept.
    claims: Mutex<Option<HashSet<Uuid>>>,
}

impl Documents {
    pub fn new(blobs: Blobs, vault: Arc<Vault>, chance: Arc<dyn Chance>) -> Self {
        Self { blobs, vault, chance, claims: Mutex::new(Some(HashSet::new())) }
    }

    /// Seals a document under the key of `subject` and stores it; answers the hash of the sealed
    /// bytes. The same document put again is the same blob, with the hash it had.
    pub async fn put(
        &self,
        id: Uuid,
        subject: SubjectId,
        content: Bytes,
    ) -> Result<[u8; 32], DocumentError> {
        let (sealed_sha256, kept) = self.put_or_keep(id, subject, content.clone()).await?;
        match kept {
            Some(kept) if kept != content => Err(DocumentError::Taken),
            Some(_) | None => Ok(sealed_sha256),
        }
    }

    /// The same; what lies there already is kept, whatever it says, and given back.
    pub async fn put_or_keep(
        &self,
        id: Uuid,
        subject: SubjectId,
        content: Bytes,
    ) -> Result<([u8; 32], Option<Vec<u8>>), DocumentError> {
        if let Some(claims) = self.claims.lock().await.as_mut() {
            claims.insert(id);
        }
        let key = self.key(subject).await?;
        let sealed = self.seal(id, key.clone(), content).await?;
        let hash = Sha256::digest(&sealed).into();
        if self.blobs.create(&path(id), sealed).await? {
            return Ok((hash, None));
        }
        let there = self.blobs.read(&path(id)).await?;
        let hash = Sha256::digest(&there).into();
        Ok((hash, Some(open(id, key, there).await?)))
    }

    /// The document, if its sealed bytes are those the ledger speaks of.
    pub async fn get(
        &self,
        id: Uuid,
        subject: SubjectId,
        sealed_sha256: &[u8; 32],
    ) -> Result<Vec<u8>, DocumentError> {
        let key = self.key(subject).await?;
        let sealed = self.blobs.read(&path(id)).await?;
        if Sha256::digest(&sealed).as_slice() != sealed_sha256 {
            return Err(DocumentError::OtherHash);
        }
        open(id, key, sealed).await
    }

    /// The document, if its own bytes are those the ledger speaks of: contracts that were presented
    /// before the hash of the sealed bytes was recorded.
    pub async fn get_by_content(
        &self,
        id: Uuid,
        subject: SubjectId,
        sha256: &[u8; 32],
    ) -> Result<Vec<u8>, DocumentError> {
        let key = self.key(subject).await?;
        let content = open(id, key, self.blobs.read(&path(id)).await?).await?;
        if Sha256::digest(&content).as_slice() == sha256 {
            Ok(content)
        } else {
            Err(DocumentError::OtherHash)
        }
    }

    /// Removes a blob that no event speaks of.
    pub async fn discard(&self, id: Uuid) -> Result<(), DocumentError> {
        self.blobs.remove(&path(id)).await
    }

    /// Removes what an earlier run stored before `limit` and never recorded; answers how many. Asked
    /// once, after the start: what is being put meanwhile is left alone.
    pub async fn sweep(
        &self,
        limit: DateTime<Utc>,
        is_recorded: impl Fn(Uuid) -> bool,
    ) -> Result<u64, DocumentError> {
        let mut swept = 0;
        let mut ids = std::pin::pin!(self.blobs.written_before(limit));
        while let Some(id) = ids.next().await {
            let id = id?;
            if is_recorded(id) {
                continue;
            }
            // Held while it is removed, so that nobody who puts it finds it half gone.
            let claims = self.claims.lock().await;
            if claims.as_ref().is_some_and(|claims| !claims.contains(&id)) {
                self.blobs.remove(&path(id)).await?;
                swept += 1;
            }
        }
        let mut claims = self.claims.lock().await;
        if let Some(ours) = claims.as_ref() {
            swept += self.blobs.remove_unfinished(|id| ours.contains(&id)).await?;
        }
        *claims = None;
        Ok(swept)
    }

    async fn key(&self, subject: SubjectId) -> Result<DataKey, DocumentError> {
        match self.vault.key(subject)? {
            Key::Known(key) => Ok(key),
            Key::Destroyed => Err(DocumentError::Forgotten),
            Key::Missing => Err(DocumentError::KeyLost),
        }
    }

    /// Ten megabytes take a while: away from the async workers.
    async fn seal(&self, id: Uuid, key: DataKey, content: Bytes) -> Result<Bytes, DocumentError> {
        let chance = Arc::clone(&self.chance);
        let sealing = tokio::task::spawn_blocking(move || {
            seal::seal(&key, id.as_bytes(), &content, chance.as_ref())
        });
        Ok(sealing.await.map_err(std::io::Error::other)??.into())
    }
}

async fn open(id: Uuid, key: DataKey, sealed: Bytes) -> Result<Vec<u8>, DocumentError> {
    let opening = tokio::task::spawn_blocking(move || seal::open(&key, id.as_bytes(), &sealed));
    Ok(opening.await.map_err(std::io::Error::other)??)
}

fn unfinished_in(folder: &std::path::Path) -> std::io::Result<Vec<(Uuid, PathBuf)>> {
    let mut found = vec![];
    for group in std::fs::read_dir(folder)? {
        let group = group?;
        if !group.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(group.path())? {
            let path = file?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let id = name.split_once('#').and_then(|(id, _)| Uuid::try_parse(id).ok());
            found.extend(id.map(|id| (id, path)));
        }
    }
    Ok(found)
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

/// The blob that an event speaks of, and the hash it tells, if it does.
pub fn blob_of(event: &Event) -> Option<(Uuid, Option<[u8; 32]>)> {
    let Event::Merchant(event) = event else { return None };
    match event {
        merchant::Event::ClientFile(client_file::Event::DocumentSubmitted { document, .. }) => {
            Some((document.id.uuid(), Some(document.sealed_sha256)))
        }
        merchant::Event::Contract(contract::Event::Presented {
            contract, sealed_sha256, ..
        }) => Some((contract.uuid(), *sealed_sha256)),
        merchant::Event::Contract(contract::Event::Filed { document, sealed_sha256, .. }) => {
            Some((document.uuid(), Some(*sealed_sha256)))
        }
        merchant::Event::BankAccount(bank_account::Event::ChangeRequested { rib, .. }) => {
            Some((rib.document.uuid(), Some(rib.sealed_sha256)))
        }
        merchant::Event::ClientFile(_)
        | merchant::Event::BankAccount(_)
        | merchant::Event::Contract(_)
        | merchant::Event::Registration(_)
        | merchant::Event::Review(_)
        | merchant::Event::Services(_)
        | merchant::Event::ApiKeys(_)
        | merchant::Event::Messages(_) => None,
    }
}

/// The id of a blob as the object store knows it.
pub fn blob_id(id: impl Id) -> Uuid {
    id.uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;

    const SUBJECT: SubjectId = SubjectId::from_u128(1);
    const ID: Uuid = Uuid::from_u128(9);
    const LATER: fn() -> DateTime<Utc> = || DateTime::from_timestamp(9_000_000_000, 0).unwrap();

    async fn documents(blobs: &Blobs) -> Documents {
        let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(1));
        let vault = Vault::in_memory(Arc::clone(&chance)).unwrap();
        vault.introduce(SUBJECT).await.unwrap();
        Documents::new(blobs.clone(), Arc::new(vault), chance)
    }

    #[tokio::test]
    async fn the_same_document_put_again_is_the_same_blob() {
        let directory = tempfile::tempdir().unwrap();
        for blobs in [Blobs::in_memory(), Blobs::in_folder(directory.path()).unwrap()] {
            let documents = documents(&blobs).await;
            let first = documents.put(ID, SUBJECT, Bytes::from_static(b"one")).await.unwrap();
            let again = documents.put(ID, SUBJECT, Bytes::from_static(b"one")).await.unwrap();
            assert_eq!(first, again);
            assert_eq!(documents.get(ID, SUBJECT, &first).await.unwrap(), b"one");
            assert_eq!(blobs.sha256(ID).await.unwrap(), Some(first));
        }
    }

    #[tokio::test]
    async fn another_document_never_takes_its_place() {
        let documents = documents(&Blobs::in_memory()).await;
        let first = documents.put(ID, SUBJECT, Bytes::from_static(b"one")).await.unwrap();
        let other = documents.put(ID, SUBJECT, Bytes::from_static(b"two")).await;
        assert!(matches!(other, Err(DocumentError::Taken)), "{other:?}");
        assert_eq!(documents.get(ID, SUBJECT, &first).await.unwrap(), b"one");
        let kept = documents.put_or_keep(ID, SUBJECT, Bytes::from_static(b"two")).await.unwrap();
        assert_eq!(kept, (first, Some(b"one".to_vec())));
    }

    #[tokio::test]
    async fn only_what_an_earlier_run_left_behind_is_swept() {
        let blobs = Blobs::in_memory();
        let earlier = documents(&blobs).await;
        for id in 1..=3 {
            earlier.put(Uuid::from_u128(id), SUBJECT, Bytes::from_static(b"x")).await.unwrap();
        }
        let (soon, later) = (documents(&blobs).await, documents(&blobs).await);
        let yesterday = DateTime::UNIX_EPOCH;
        assert_eq!(soon.sweep(yesterday, |_| false).await.unwrap(), 0, "it may yet be missed");
        later.put(Uuid::from_u128(2), SUBJECT, Bytes::from_static(b"x")).await.unwrap();
        let swept = later.sweep(LATER(), |id| id == Uuid::from_u128(1)).await.unwrap();
        assert_eq!(swept, 1, "neither what is recorded nor what is being put");
        assert_eq!(blobs.sha256(Uuid::from_u128(3)).await.unwrap(), None);
        assert!(blobs.sha256(Uuid::from_u128(2)).await.unwrap().is_some());
        assert_eq!(later.sweep(LATER(), |_| false).await.unwrap(), 0, "it is asked once");
    }

    #[tokio::test]
    async fn what_was_being_written_when_a_run_was_cut_off_is_swept() {
        let directory = tempfile::tempdir().unwrap();
        let blobs = Blobs::in_folder(directory.path()).unwrap();
        documents(&blobs).await.put(ID, SUBJECT, Bytes::from_static(b"x")).await.unwrap();
        let later = documents(&blobs).await;
        let (mine, id) = (Uuid::from_u128(8), ID.simple());
        later.put(mine, SUBJECT, Bytes::from_static(b"x")).await.unwrap();
        let group = directory.path().join(&id.to_string()[30..]);
        std::fs::write(group.join(format!("{id}#1")), "half").unwrap();
        let group = directory.path().join(&mine.simple().to_string()[30..]);
        std::fs::write(group.join(format!("{}#1", mine.simple())), "being written").unwrap();
        assert_eq!(later.sweep(LATER(), |_| true).await.unwrap(), 1);
        assert!(group.join(format!("{}#1", mine.simple())).exists());
    }

    #[tokio::test]
    async fn without_a_key_nothing_is_sealed_and_lost_is_not_forgotten() {
        let documents = documents(&Blobs::in_memory()).await;
        let stranger = SubjectId::from_u128(7);
        let lost = documents.put(ID, stranger, Bytes::from_static(b"x")).await;
        assert!(matches!(lost, Err(DocumentError::KeyLost)), "{lost:?}");
        documents.vault.destroy_data_key(SUBJECT).await.unwrap();
        let erased = documents.put(ID, SUBJECT, Bytes::from_static(b"x")).await;
        assert!(matches!(erased, Err(DocumentError::Forgotten)), "{erased:?}");
    }
}
