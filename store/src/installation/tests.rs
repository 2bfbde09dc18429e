//! What belongs together opens; what does not is refused, with the file to bring back.

use super::*;
use crate::ledger::{ExpectedRevision, StreamId};
use crate::suite::new_record;
use crate::vault::{MAILER, Session};
use domain::{Id, SessionId, SubjectId};
use std::collections::BTreeMap;
use tempfile::TempDir;

async fn open(directory: &Path) -> Result<Installation, InstallationError> {
    let chance = Arc::new(crate::chance::SystemChance);
    let location = Location::Directory(directory.to_owned());
    Installation::open(Lock::take(directory)?, &location, None, chance).await
}

/// An installation that ran for a while: three records, all of them seen.
async fn that_ran() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let installation = open(directory.path()).await.unwrap();
    append(&installation, 0, 3).await;
    stop(installation).await;
    directory
}

async fn append(installation: &Installation, from: u64, count: u64) {
    let ledger = installation.ledger.as_ref();
    let stream = StreamId::new("test", "a");
    for revision in from..from + count {
        let record = new_record(&stream, revision, Uuid::from_u128(revision.into()), b"facts");
        let expected =
            ExpectedRevision::after(revision.checked_sub(1).map(crate::ledger::Revision));
        ledger.append(&stream, expected, &[record]).await.unwrap();
    }
    let head = Mark::of_head(ledger).await.unwrap();
    installation.vault.note_progress(MAILER, head.map(|mark| mark.position), head).await.unwrap();
}

async fn stop(installation: Installation) {
    installation.ledger.close().await;
    installation.vault.close().await.unwrap();
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

fn copied(from: &TempDir) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    copy(from.path(), to.path());
    to
}

/// Why it does not open. Nothing is made and nothing is changed on the way.
async fn refused(directory: &Path) -> String {
    let contents = || -> BTreeMap<PathBuf, Vec<u8>> {
        let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        // SQLite's own, and the locks.
        let is_ours = |path: &PathBuf| {
            let name = path.to_string_lossy();
            !["-shm", "-wal", ".lock"].iter().any(|ending| name.ends_with(ending))
        };
        files
            .filter(is_ours)
            .map(|path| (path.clone(), std::fs::read(path).unwrap_or_default()))
            .collect()
    };
    let before = contents();
    let error = open(directory).await.err().expect("it must not open").to_string();
    assert!(contents() == before, "{error}");
    error
}

#[tokio::test]
async fn what_ran_here_opens_again() {
    let directory = that_ran().await;
    let installation = open(directory.path()).await.unwrap();
    assert_eq!(installation.ledger.head().await.unwrap(), Some(Position(2)));
    assert!(!installation.is_vault_of_first_format);
}

#[tokio::test]
async fn a_first_start_that_was_cut_off_goes_on() {
    for cut in ["documents/witness", "vault.db"] {
        let directory = tempfile::tempdir().unwrap();
        stop(open(directory.path()).await.unwrap()).await;
        std::fs::remove_file(directory.path().join("documents/witness")).unwrap();
        if cut == "vault.db" {
            std::fs::write(directory.path().join(cut), "").unwrap();
        }
        open(directory.path()).await.unwrap();
    }
}

#[tokio::test]
async fn a_missing_or_empty_ledger_is_not_a_first_start() {
    let directory = that_ran().await;
    let ledger = directory.path().join("ledger.db");
    std::fs::write(&ledger, "").unwrap();
    assert!(refused(directory.path()).await.contains("Bring back ledger.db"));
    std::fs::remove_file(&ledger).unwrap();
    assert!(refused(directory.path()).await.contains("Bring back ledger.db"));
    assert!(!ledger.exists());
}

#[tokio::test]
async fn a_ledger_that_ends_before_what_the_vault_has_seen_is_refused() {
    let directory = that_ran().await;
    let older = copied(&directory);
    let installation = open(directory.path()).await.unwrap();
    append(&installation, 3, 2).await;
    stop(installation).await;
    std::fs::copy(older.path().join("ledger.db"), directory.path().join("ledger.db")).unwrap();
    let error = refused(directory.path()).await;
    assert!(error.contains("up to @4, but the ledger has 3 records"), "{error}");
}

/// Records that lie in the log alone, because the process was killed.
#[tokio::test]
async fn a_ledger_without_its_log_is_refused_and_with_another_days_too() {
    let directory = that_ran().await;
    let older = copied(&directory);
    let installation = open(directory.path()).await.unwrap();
    append(&installation, 3, 2).await;
    let killed = copied(&directory);
    stop(installation).await;

    let without = copied(&older);
    for file in ["vault.db", "vault.db-wal"] {
        std::fs::copy(killed.path().join(file), without.path().join(file)).unwrap();
    }
    assert!(refused(without.path()).await.contains("-wal"));

    // The log of a later day beside the ledger of an earlier one.
    let installation = open(directory.path()).await.unwrap();
    append(&installation, 5, 200).await;
    stop(installation).await;
    let installation = open(directory.path()).await.unwrap();
    append(&installation, 205, 2).await;
    let mixed = copied(&directory);
    stop(installation).await;
    std::fs::copy(older.path().join("ledger.db"), mixed.path().join("ledger.db")).unwrap();
    let error = refused(mixed.path()).await;
    assert!(error.contains("do not belong together"), "{error}");
}

#[tokio::test]
async fn a_missing_or_empty_vault_beside_records_is_refused() {
    let directory = that_ran().await;
    let vault = directory.path().join("vault.db");
    std::fs::write(&vault, "").unwrap();
    assert!(refused(directory.path()).await.contains("Bring back vault.db"));
    std::fs::remove_file(&vault).unwrap();
    assert!(refused(directory.path()).await.contains("Bring back vault.db"));
    // Nor is it a first start when the ledger is gone too.
    std::fs::remove_file(directory.path().join("ledger.db")).unwrap();
    assert!(refused(directory.path()).await.contains("Bring back vault.db"));
}

#[tokio::test]
async fn files_of_another_installation_are_refused() {
    let (ours, theirs) = (that_ran().await, that_ran().await);
    let with = |file: &str| {
        let mixed = copied(&ours);
        if file == "documents" {
            copy(&theirs.path().join(file), &mixed.path().join(file));
        } else {
            std::fs::copy(theirs.path().join(file), mixed.path().join(file)).unwrap();
        }
        mixed
    };
    let error = refused(with("documents").path()).await;
    assert!(error.contains("another installation"), "{error}");
    let error = refused(with("keys/master.key").path()).await;
    assert!(error.contains("master key"), "{error}");
    let error = refused(with("vault.db").path()).await;
    assert!(error.contains("another installation"), "{error}");
}

#[tokio::test]
async fn another_ledger_with_as_many_records_is_noticed_by_its_records() {
    let directory = that_ran().await;
    let mark = Mark { position: Position(2), leaf_hash: [9; 32] };
    let installation = open(directory.path()).await.unwrap();
    installation.vault.note_progress(MAILER, None, Some(mark)).await.unwrap();
    stop(installation).await;
    assert!(refused(directory.path()).await.contains("different installations"));
}

#[tokio::test]
async fn missing_documents_are_noticed() {
    let directory = that_ran().await;
    std::fs::remove_dir_all(directory.path().join("documents")).unwrap();
    let error = refused(directory.path()).await;
    assert!(error.contains("Bring back that folder"), "{error}");
}

#[tokio::test]
async fn an_older_vault_revives_no_session() {
    let directory = that_ran().await;
    let installation = open(directory.path()).await.unwrap();
    let at = chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap();
    let session = |number| Session {
        id: SessionId::from_uuid(Uuid::from_u128(number)),
        subject: SubjectId::from_u128(1),
        audience: "portal".to_owned(),
        generation: 0,
        created_at: at,
        last_seen_at: at,
        proof: None,
        device: String::new(),
    };
    let vault = &installation.vault;
    vault.put_session("one", &session(1)).await.unwrap();
    vault.put_session("two", &session(2)).await.unwrap();
    stop(installation).await;
    let older = copied(&directory);
    let installation = open(directory.path()).await.unwrap();
    installation.vault.end_session(SubjectId::from_u128(1), session(1).id).await.unwrap();
    assert!(installation.vault.session("two").unwrap().is_some());
    // Killed here, and the older vault put back.
    drop(installation);
    for file in ["vault.db-wal", "vault.db-shm"] {
        drop(std::fs::remove_file(directory.path().join(file)));
    }
    std::fs::copy(older.path().join("vault.db"), directory.path().join("vault.db")).unwrap();
    let installation = open(directory.path()).await.unwrap();
    assert!(installation.vault.session("one").unwrap().is_none());
    assert!(installation.vault.session("two").unwrap().is_none(), "which ended, nobody can tell");
    installation.vault.put_session("three", &session(3)).await.unwrap();
    stop(installation).await;
    let installation = open(directory.path()).await.unwrap();
    assert!(installation.vault.session("three").unwrap().is_some(), "said once");
}

#[tokio::test]
async fn one_process_at_a_time() {
    let directory = that_ran().await;
    let first = open(directory.path()).await.unwrap();
    let second = Lock::take(directory.path()).err().unwrap().to_string();
    assert!(second.contains("another process"), "{second}");
    drop(first);
    Lock::take(directory.path()).unwrap();
}

/// Killed while SQLite makes its file: the journal is taken back and the first start goes on.
#[tokio::test]
async fn a_first_start_that_was_cut_off_while_the_vault_was_made_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    stop(open(directory.path()).await.unwrap()).await;
    let vault = directory.path().join("vault.db");
    std::fs::remove_file(&vault).unwrap();
    std::fs::remove_file(directory.path().join("documents/witness")).unwrap();
    // A first page that was written but not committed, with its journal.
    let making = rusqlite::Connection::open(&vault).unwrap();
    making.execute_batch("PRAGMA journal_mode = DELETE; CREATE TABLE x (y); BEGIN;").unwrap();
    making.execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1;").unwrap();
    making.execute_batch("CREATE TABLE z (y); INSERT INTO z VALUES (zeroblob(1000000));").unwrap();
    let left = tempfile::tempdir().unwrap();
    copy(directory.path(), left.path());
    drop(making);
    assert!(left.path().join("vault.db-journal").exists());
    // What is there afterwards is another program's file; it is not a vault of ours, nor is it lost.
    let outcome = open(left.path()).await;
    assert!(!format!("{:?}", outcome.err()).contains("readonly"));
}

/// Somebody tidies away what a killed server has left beside the two files: nothing is begun anew.
#[tokio::test]
async fn without_both_logs_it_is_neither_a_first_start_nor_an_older_one() {
    let without_logs = |from: &TempDir| {
        let to = copied(from);
        for file in ["ledger.db-wal", "ledger.db-shm", "vault.db-wal", "vault.db-shm"] {
            drop(std::fs::remove_file(to.path().join(file)));
        }
        to
    };
    // A young one: all of it stands in the logs.
    let directory = tempfile::tempdir().unwrap();
    let installation = open(directory.path()).await.unwrap();
    append(&installation, 0, 3).await;
    installation.vault.write_witness().await.unwrap();
    assert!(refused(without_logs(&directory).path()).await.contains("-wal"));
    stop(installation).await;
    // One that ran before.
    let installation = open(directory.path()).await.unwrap();
    append(&installation, 3, 3).await;
    installation.vault.write_witness().await.unwrap();
    let error = refused(without_logs(&directory).path()).await;
    assert!(error.contains("up to @5, but the ledger has 3 records"), "{error}");
    stop(installation).await;
    open(directory.path()).await.unwrap();
}
