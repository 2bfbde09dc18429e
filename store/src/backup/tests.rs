//! A backup made under load is put back whole; anything else is refused.

use super::*;
use crate::chance::SystemChance;
use crate::documents::{Documents, blob_id};
use crate::installation::{Installation, Lock};
use crate::location::Location;
use crate::vault::Key;
use crate::{AsOf, Request, Store, User};
use domain::user::Command;
use domain::values::{Email, Language};
use domain::{Actor, Channel, CommandId, LinkId, Occasion, SubjectId, UserId};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tempfile::TempDir;

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

async fn open(directory: &Path) -> Installation {
    let location = Location::Directory(directory.to_owned());
    let lock = Lock::take(directory).unwrap();
    Installation::open(lock, &location, None, Arc::new(SystemChance)).await.unwrap()
}

fn store(installation: &Installation) -> Store {
    let (ledger, vault) = (Arc::clone(&installation.ledger), Arc::clone(&installation.vault));
    Store::new(ledger, vault, Arc::new(SystemChance))
}

async fn register(store: &Store, number: u64) {
    let user = UserId::from_u128(number.into());
    let register = Command::Register {
        email: Email::parse(&format!("m{number}@example.com")).unwrap(),
        language: Language::French,
        credential: LinkId::from_u128(number.into()),
    };
    let occasion = Occasion::new(Actor::Visitor, Channel::Portal, at());
    let request = Request::new(CommandId::from_u128(number.into()));
    store.execute::<User>(user, register, &occasion, &request).await.unwrap();
}

fn places(directory: &TempDir) -> Places {
    Places {
        ledger: directory.path().join("backup/ledger"),
        vault: directory.path().join("apart/vault"),
    }
}

fn key_file(directory: &TempDir) -> PathBuf {
    directory.path().join("data/keys/master.key")
}

async fn put_back(
    directory: &TempDir,
    places: &Places,
    name: &str,
) -> Result<Restored, BackupError> {
    let target = directory.path().join(name);
    let chance = Arc::new(SystemChance);
    restore(places, &target, Some(&key_file(directory)), chance, &|_, _, _| {}).await
}

/// An installation with ten users and one document, and its backup.
async fn backed_up() -> (TempDir, Places) {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let installation = open(&data).await;
    let store = store(&installation);
    for number in 0..10 {
        register(&store, number).await;
    }
    let documents = Documents::new(
        installation.blobs.clone(),
        Arc::clone(&store.vault),
        Arc::new(SystemChance),
    );
    let content = bytes::Bytes::from_static(b"a document");
    documents.put(blob_id(LinkId::from_u128(77)), SubjectId::from_u128(1), content).await.unwrap();
    let places = places(&directory);
    back_up(&data, &places, at(), &|_, _, _| {}).unwrap();
    (directory, places)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_put_back_with_everything_acknowledged_before_it_began() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let installation = open(&data).await;
    let store = store(&installation);
    let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writing = {
        let (store, stop) = (store.clone(), Arc::clone(&stop));
        let acknowledged = Arc::clone(&acknowledged);
        tokio::spawn(async move {
            while !stop.load(Ordering::SeqCst) {
                register(&store, acknowledged.load(Ordering::SeqCst)).await;
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
        })
    };
    while acknowledged.load(Ordering::SeqCst) < 200 {
        tokio::task::yield_now().await;
    }
    let places = places(&directory);
    for round in 0..3 {
        let before = acknowledged.load(Ordering::SeqCst);
        let manifest = {
            let (data, places) = (data.clone(), places.clone());
            let copied = move || back_up(&data, &places, at(), &|_, _, _| {});
            tokio::task::spawn_blocking(copied).await.unwrap().unwrap()
        };
        assert!(manifest.records >= before, "{} of {before}", manifest.records);
        let name = format!("restored-{round}");
        let restored = put_back(&directory, &places, &name).await.unwrap();
        assert_eq!(restored.report.records, manifest.records);
        assert_eq!(restored.report.count_of(crate::verify::Part::Key), 0);
        assert_eq!(restored.report.keys, manifest.records);
    }
    assert!(acknowledged.load(Ordering::SeqCst) > 200, "it was written to all the while");
    stop.store(true, Ordering::SeqCst);
    writing.await.unwrap();
}

#[tokio::test]
async fn life_goes_on_after_a_restore() {
    let (directory, places) = backed_up().await;
    let restored = put_back(&directory, &places, "new").await.unwrap();
    assert_eq!(restored.manifest.delete_vault_by - at(), TimeDelta::days(30));
    let new = directory.path().join("new");
    std::fs::create_dir(new.join("keys")).unwrap();
    std::fs::copy(key_file(&directory), new.join("keys/master.key")).unwrap();
    let installation = open(&new).await;
    let store = store(&installation);
    let user = store.load::<User>(UserId::from_u128(3), AsOf::Now).await.unwrap().state;
    assert_eq!(user.email.as_ref().unwrap().known().unwrap().as_str(), "m3@example.com");
    register(&store, 99).await;
    assert!(matches!(store.vault.key(SubjectId::from_u128(99)).unwrap(), Key::Known(_)));
    let blob = blob_id(LinkId::from_u128(77));
    assert!(installation.blobs.sha256(blob).await.unwrap().is_some());
    // Made again, the backup takes what is new.
    let manifest = back_up(&new, &places, at(), &|_, _, _| {}).unwrap();
    assert_eq!((manifest.records, manifest.documents), (11, 1));
}

#[tokio::test]
async fn the_vault_of_a_backup_lies_apart_and_the_master_key_in_neither() {
    let (directory, places) = backed_up().await;
    let key = std::fs::read_to_string(key_file(&directory)).unwrap();
    for place in [&places.ledger, &places.vault] {
        for file in std::fs::read_dir(place).unwrap() {
            let content = std::fs::read(file.unwrap().path()).unwrap_or_default();
            assert!(!content.windows(64).any(|part| part == key.trim().as_bytes()));
        }
    }
    assert!(!places.ledger.join(VAULT_FILE).exists());
    let data = directory.path().join("data");
    for (ledger, vault) in [("one", "one"), ("one", "one/two"), ("one/two", "one")] {
        let places =
            Places { ledger: directory.path().join(ledger), vault: directory.path().join(vault) };
        let outcome = back_up(&data, &places, at(), &|_, _, _| {});
        assert!(matches!(outcome, Err(BackupError::NotApart(..))), "{ledger} {vault}");
    }
}

#[tokio::test]
async fn a_backup_is_never_put_back_over_something() {
    let (directory, places) = backed_up().await;
    for left in ["ledger.db-wal", "vault.db", "restoring"] {
        let target = directory.path().join("over");
        std::fs::create_dir(&target).unwrap();
        std::fs::write(target.join(left), "something").unwrap();
        let outcome = put_back(&directory, &places, "over").await;
        assert!(matches!(outcome, Err(BackupError::NotEmpty(_))), "{left} {outcome:?}");
        std::fs::remove_dir_all(&target).unwrap();
    }
}

#[tokio::test]
async fn what_was_altered_is_refused_and_nothing_is_put_in_its_place() {
    let flip = |path: PathBuf| {
        let mut content = std::fs::read(&path).unwrap();
        let middle = content.len() / 2;
        content[middle] ^= 1;
        std::fs::write(path, content).unwrap();
    };
    for file in ["ledger.db", "documents.sha256", "vault.db", "documents"] {
        let (directory, places) = backed_up().await;
        match file {
            "vault.db" => flip(places.vault.join(file)),
            "documents" => {
                let list = std::fs::read_to_string(places.ledger.join("documents.sha256")).unwrap();
                flip(places.ledger.join(list.trim().split_once("  ").unwrap().1));
            }
            _ => flip(places.ledger.join(file)),
        }
        let outcome = put_back(&directory, &places, "new").await;
        assert!(matches!(outcome, Err(BackupError::Altered(_))), "{file} {outcome:?}");
        assert!(!directory.path().join("new/ledger.db").exists());
    }
    let (directory, places) = backed_up().await;
    let (_other, others) = backed_up().await;
    let mixed = Places { vault: others.vault, ..places };
    let outcome = put_back(&directory, &mixed, "new").await;
    assert!(matches!(outcome, Err(BackupError::Altered(_) | BackupError::OtherBackup(..))));
}

#[tokio::test]
async fn a_restore_that_was_cut_off_is_not_a_first_start() {
    let (directory, places) = backed_up().await;
    put_back(&directory, &places, "new").await.unwrap();
    let new = directory.path().join("new");
    std::fs::create_dir(new.join(RESTORING_FOLDER)).unwrap();
    let location = Location::Directory(new.clone());
    let lock = Lock::take(&new).unwrap();
    let key = key_file(&directory);
    let outcome = Installation::open(lock, &location, Some(&key), Arc::new(SystemChance)).await;
    assert!(matches!(outcome, Err(InstallationError::Restoring(_))));
}

#[tokio::test]
async fn a_backup_that_fails_halfway_leaves_the_one_before_as_it_was() {
    let (directory, places) = backed_up().await;
    let data = directory.path().join("data");
    let documents = data.join("documents");
    std::fs::rename(&documents, data.join("elsewhere")).unwrap();
    assert!(back_up(&data, &places, at(), &|_, _, _| {}).is_err());
    put_back(&directory, &places, "new").await.unwrap();
    // Put right, it takes the places of the one before.
    std::fs::rename(data.join("elsewhere"), &documents).unwrap();
    back_up(&data, &places, at(), &|_, _, _| {}).unwrap();
    put_back(&directory, &places, "newer").await.unwrap();
}

#[tokio::test]
async fn a_restore_that_fails_leaves_nothing_behind() {
    let (directory, places) = backed_up().await;
    let other = directory.path().join("other.key");
    std::fs::write(&other, "ab".repeat(32)).unwrap();
    let target = directory.path().join("new");
    let chance = Arc::new(SystemChance);
    let outcome = restore(&places, &target, Some(&other), chance, &|_, _, _| {}).await;
    let text = outcome.unwrap_err().to_string();
    assert!(text.contains("master key"), "{text}");
    put_back(&directory, &places, "new").await.unwrap();
}

#[tokio::test]
async fn what_was_missing_at_the_backup_is_told_and_does_not_stop_a_restore() {
    let (directory, places) = backed_up().await;
    let swapped = Places { ledger: places.vault.clone(), vault: places.ledger.clone() };
    let outcome = put_back(&directory, &swapped, "new").await;
    assert!(matches!(outcome, Err(BackupError::Missing(..))), "{outcome:?}");
    // A document of the same length is not the same document.
    let list = std::fs::read_to_string(places.ledger.join("documents.sha256")).unwrap();
    let copy = places.ledger.join(list.trim().split_once("  ").unwrap().1);
    let length = std::fs::metadata(&copy).unwrap().len() as usize;
    std::fs::write(&copy, vec![7; length]).unwrap();
    back_up(&directory.path().join("data"), &places, at(), &|_, _, _| {}).unwrap();
    put_back(&directory, &places, "new").await.unwrap();
}

#[tokio::test]
async fn links_do_not_bring_the_vault_to_the_ledger() {
    let (directory, places) = backed_up().await;
    let link = directory.path().join("link");
    std::os::unix::fs::symlink(&places.ledger, &link).unwrap();
    let nested = Places { ledger: places.ledger.clone(), vault: link.join("vault") };
    let outcome = back_up(&directory.path().join("data"), &nested, at(), &|_, _, _| {});
    assert!(matches!(outcome, Err(BackupError::NotApart(..))), "{outcome:?}");
    let inside = Places { ledger: directory.path().join("data/backup"), vault: places.vault };
    let outcome = back_up(&directory.path().join("data"), &inside, at(), &|_, _, _| {});
    assert!(matches!(outcome, Err(BackupError::Inside(..))), "{outcome:?}");
}
