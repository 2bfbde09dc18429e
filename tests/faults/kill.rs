//! SIGKILL in the middle of a loop of commands: what was acknowledged is there, once.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use store::sqlite::SqliteLedger;
use store::suite::new_record;
use store::{ExpectedRevision, Ledger, Revision, StreamId, record};
use uuid::Uuid;

/// The child process: appends for ever and prints what was acknowledged. It is this very test
/// binary, told by the environment to be the child.
#[test]
fn child_that_appends_until_it_is_killed() {
    let Ok(directory) = std::env::var("GREFFE_KILL_DIRECTORY") else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    runtime.block_on(append_for_ever(Path::new(&directory)));
}

async fn append_for_ever(directory: &Path) {
    let ledger = std::sync::Arc::new(SqliteLedger::open(directory).unwrap());
    let mut writers = vec![];
    for writer in 0..4_u64 {
        let ledger = std::sync::Arc::clone(&ledger);
        writers.push(tokio::spawn(async move {
            let stream = StreamId::new("test", writer);
            let there = ledger.read_stream(&stream, Revision(0), 1_000_000).await.unwrap();
            let mut next = there.len() as u64;
            loop {
                let id = Uuid::from_u128(u128::from(writer) << 64 | u128::from(next));
                let expected = ExpectedRevision::after(next.checked_sub(1).map(Revision));
                let record = new_record(&stream, next, id, &[7; 200]);
                ledger.append(&stream, expected, &[record]).await.unwrap();
                // Acknowledged: from here on it must never be lost.
                eprintln!("ack {writer} {next}");
                next += 1;
            }
        }));
    }
    // They end only by being killed with the process.
    std::future::pending::<()>().await;
    drop(writers);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_sigkill() {
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged: BTreeMap<u64, u64> = BTreeMap::new();
    for round in 0..8 {
        let log = directory.path().join(format!("{round}.log"));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::child_that_appends_until_it_is_killed", "--nocapture"])
            .env("GREFFE_KILL_DIRECTORY", directory.path())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        // Killed once it is well under way, at another moment each time.
        let enough = 40 + round * 37;
        while std::fs::read_to_string(&log).unwrap().lines().count() <= enough {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in std::fs::read_to_string(&log).unwrap().lines() {
            let mut words = line.split(' ').skip(1).map(|word| word.parse::<u64>());
            if let (Some(Ok(writer)), Some(Ok(revision))) = (words.next(), words.next()) {
                acknowledged.insert(writer, revision);
            }
        }
        check(directory.path(), &acknowledged).await;
    }
}

async fn check(directory: &Path, acknowledged: &BTreeMap<u64, u64>) {
    let ledger = SqliteLedger::open_read_only(directory).unwrap();
    let records = ledger.read_all(None, 10_000_000).await.unwrap();
    let mut events = std::collections::BTreeSet::new();
    for stored in &records {
        assert!(events.insert(record::decode(&stored.bytes).unwrap().event_id), "a double");
    }
    for (writer, revision) in acknowledged {
        let stream = StreamId::new("test", writer);
        let there = ledger.read_stream(&stream, Revision(0), 10_000_000).await.unwrap();
        assert!(there.len() as u64 > *revision, "stream {writer} lost {revision}");
        let revisions: Vec<u64> = there.iter().map(|record| record.revision.0).collect();
        assert_eq!(revisions, (0..there.len() as u64).collect::<Vec<_>>());
    }
}
