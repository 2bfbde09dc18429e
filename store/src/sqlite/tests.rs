//! What the embedded engine promises beyond the suite of all engines: files, logs, locks.

use super::*;
use crate::suite;
use std::sync::atomic::{AtomicBool, Ordering};

#[tokio::test(flavor = "multi_thread")]
async fn the_sqlite_engine_keeps_every_promise() {
    let directory = tempfile::tempdir().unwrap();
    let count = std::cell::Cell::new(0);
    suite::run(async || {
        count.set(count.get() + 1);
        SqliteLedger::open(&directory.path().join(count.get().to_string())).unwrap()
    })
    .await;
}

async fn with_three_records(directory: &Path) -> StreamId {
    let ledger = SqliteLedger::open(directory).unwrap();
    let stream = StreamId::new("test", "a");
    let batch: Vec<NewRecord> = (0..3)
        .map(|n| suite::new_record(&stream, n, uuid::Uuid::from_u128(n.into()), b"facts"))
        .collect();
    ledger.append(&stream, ExpectedRevision::NoStream, &batch).await.unwrap();
    stream
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_reopening() {
    let directory = tempfile::tempdir().unwrap();
    let stream = with_three_records(directory.path()).await;
    let ledger = SqliteLedger::open(directory.path()).unwrap();
    assert_eq!(ledger.read_stream(&stream, Revision(0), 9).await.unwrap().len(), 3);
    let next = suite::new_record(&stream, 3, uuid::Uuid::from_u128(9), b"more");
    let appended =
        ledger.append(&stream, ExpectedRevision::Exact(Revision(2)), &[next]).await.unwrap();
    assert_eq!(appended.position, Position(3));
}

#[tokio::test]
async fn another_process_reads_while_one_writes_but_does_not_write() {
    let directory = tempfile::tempdir().unwrap();
    let stream = with_three_records(directory.path()).await;
    let writer = SqliteLedger::open(directory.path()).unwrap();
    let reader = SqliteLedger::open_read_only(directory.path()).unwrap();
    assert_eq!(reader.head().await.unwrap(), Some(Position(2)));
    let next = suite::new_record(&stream, 3, uuid::Uuid::from_u128(9), b"more");
    let expected = ExpectedRevision::Exact(Revision(2));
    writer.append(&stream, expected, std::slice::from_ref(&next)).await.unwrap();
    assert_eq!(reader.head().await.unwrap(), Some(Position(3)));
    let refused = reader.append(&stream, expected, &[next]).await;
    assert!(matches!(refused, Err(AppendError::Unavailable(_))), "{refused:?}");
    assert!(matches!(SqliteLedger::open(directory.path()), Err(OpenError::InUse(_))));
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_or_delete_a_record() {
    let directory = tempfile::tempdir().unwrap();
    with_three_records(directory.path()).await;
    let connection = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
    for sql in [
        "UPDATE record SET bytes = x'00'",
        "DELETE FROM record",
        "UPDATE stream SET name = 'x'",
        "DELETE FROM stream",
    ] {
        let error = connection.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
}

#[tokio::test]
async fn a_damaged_record_stops_the_reader_with_its_position() {
    let directory = tempfile::tempdir().unwrap();
    let stream = with_three_records(directory.path()).await;
    let connection = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
    connection
        .execute_batch(
            "DROP TRIGGER record_is_never_updated;
             UPDATE record SET bytes = CAST(substr(bytes, 1, 40) || x'ff' || substr(bytes, 42) AS BLOB)
             WHERE position = 1;",
        )
        .unwrap();
    let ledger = SqliteLedger::open_read_only(directory.path()).unwrap();
    for outcome in
        [ledger.read_all(None, 9).await, ledger.read_stream(&stream, Revision(1), 9).await]
    {
        assert!(
            matches!(outcome, Err(ReadError::Damaged { position: Position(1), .. })),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_missing_record_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    with_three_records(directory.path()).await;
    let connection = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
    connection
        .execute_batch(
            "DROP TRIGGER record_is_never_deleted; DELETE FROM record WHERE position = 1;",
        )
        .unwrap();
    let ledger = SqliteLedger::open_read_only(directory.path()).unwrap();
    let outcome = ledger.read_all(None, 9).await;
    assert!(matches!(outcome, Err(ReadError::Damaged { position: Position(1), .. })));
}

#[test]
fn a_file_of_another_program_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let connection = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
    connection.execute_batch("CREATE TABLE other (x)").unwrap();
    assert!(matches!(SqliteLedger::open(directory.path()), Err(OpenError::Foreign(_))));
    assert!(matches!(
        SqliteLedger::open_read_only(&directory.path().join("none")),
        Err(OpenError::Missing(_))
    ));
}

/// What lies in the log of the ledger in `directory`, in bytes.
fn log_bytes(directory: &Path) -> u64 {
    std::fs::metadata(directory.join("ledger.db-wal")).map_or(0, |log| log.len())
}

/// What names the log that is written now: another one after each time it begins anew.
fn log_name(directory: &Path) -> Option<[u8; 8]> {
    use std::io::Read as _;
    let mut header = [0; 24];
    let mut log = std::fs::File::open(directory.join("ledger.db-wal")).ok()?;
    log.read_exact(&mut header).ok()?;
    header[16..].try_into().ok()
}

async fn write_and_read(ledger: &SqliteLedger, writer: u64, turn: u64) {
    let stream = StreamId::new("test", format!("{writer}-{turn}"));
    let id = uuid::Uuid::new_v5(&uuid::Uuid::nil(), stream.as_str().as_bytes());
    let record = suite::new_record(&stream, 0, id, &[7; 300]);
    ledger.append(&stream, ExpectedRevision::NoStream, &[record]).await.unwrap();
    ledger.read_all(None, 10).await.unwrap();
}

/// How soon the copy comes round is the machine's affair; that it does while somebody writes, and
/// again, is ours.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_stays_short_under_steady_writing_and_reading_and_is_empty_after_a_close() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Arc::new(SqliteLedger::open(directory.path()).unwrap());
    let is_enough = Arc::new(AtomicBool::new(false));
    // Side by side and never all at rest, or else the log would begin anew by itself.
    let writers = (1..100_u64).map(|writer| {
        let (ledger, is_enough) = (Arc::clone(&ledger), Arc::clone(&is_enough));
        tokio::spawn(async move {
            for turn in 0_u64.. {
                if is_enough.load(Ordering::Relaxed) {
                    break;
                }
                write_and_read(&ledger, writer, turn).await;
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let mut names = std::collections::HashSet::new();
    let mut longest = 0;
    for turn in 0_u64.. {
        write_and_read(&ledger, 0, turn).await;
        names.extend(log_name(directory.path()));
        longest = log_bytes(directory.path());
        if names.len() == 4 || longest > 64_000_000 {
            break;
        }
    }
    is_enough.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(names.len(), 4, "{longest} bytes");
    ledger.close().await;
    assert_eq!(log_bytes(directory.path()), 0);
    let late = suite::new_record(&StreamId::new("test", "x"), 0, uuid::Uuid::nil(), b"x");
    let outcome =
        ledger.append(&StreamId::new("test", "x"), ExpectedRevision::NoStream, &[late]).await;
    assert!(matches!(outcome, Err(AppendError::Unavailable(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_reader_that_does_not_end_is_named_and_nothing_is_served() {
    let directory = tempfile::tempdir().unwrap();
    with_three_records(directory.path()).await;
    let writer = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
    writer.execute_batch("INSERT INTO stream (name) VALUES ('x')").unwrap();
    let reader = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM record").unwrap();
    writer.execute_batch("INSERT INTO stream (name) VALUES ('y')").unwrap();
    let outcome = SqliteLedger::open(directory.path()).err().map(|error| error.to_string());
    let text = outcome.expect("it must not open");
    assert!(text.contains("while another process reads it"), "{text}");
    reader.execute_batch("COMMIT").unwrap();
    SqliteLedger::open(directory.path()).unwrap();
}

/// The newest content of each page in a log, by its number.
fn pages_of(log: &[u8]) -> std::collections::BTreeMap<u32, Vec<u8>> {
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let size = number(8) as usize;
    (32..log.len())
        .step_by(24 + size)
        .map(|frame| (number(frame), log[frame + 24..frame + 24 + size].to_vec()))
        .collect()
}

/// A copy of the log into the file may be cut off after any page, in any order of pages: the
/// two belong together all the same, and nothing of them is missing.
#[tokio::test]
async fn a_file_into_which_its_log_was_half_copied_is_whole_again() {
    let directory = tempfile::tempdir().unwrap();
    with_three_records(directory.path()).await;
    let ledger = SqliteLedger::open(directory.path()).unwrap();
    let stream = StreamId::new("test", "a");
    for revision in 3..240 {
        let id = uuid::Uuid::from_u128(u128::from(revision));
        let next = suite::new_record(&stream, revision, id, &[7; 300]);
        let expected = ExpectedRevision::Exact(Revision(revision - 1));
        ledger.append(&stream, expected, &[next]).await.unwrap();
    }
    let read = |name: &str| std::fs::read(directory.path().join(name)).unwrap();
    let (file, log) = (read("ledger.db"), read("ledger.db-wal"));
    let pages = pages_of(&log);
    for is_upwards in [true, false] {
        for count in 0..=pages.len() {
            let mut torn = file.clone();
            let all: Vec<_> = match is_upwards {
                true => pages.iter().take(count).collect(),
                false => pages.iter().rev().take(count).collect(),
            };
            for (number, page) in all {
                let at = (*number as usize - 1) * page.len();
                torn.resize(torn.len().max(at + page.len()), 0);
                torn[at..at + page.len()].copy_from_slice(page);
            }
            let left = tempfile::tempdir().unwrap();
            std::fs::write(left.path().join("ledger.db"), torn).unwrap();
            std::fs::write(left.path().join("ledger.db-wal"), &log).unwrap();
            let again = SqliteLedger::open(left.path()).unwrap();
            assert_eq!(again.read_all(None, 1_000).await.unwrap().len(), 240, "{count} pages");
        }
    }
}

#[tokio::test]
async fn after_a_failed_commit_it_stops_for_good_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let stream = with_three_records(directory.path()).await;
    let ledger = SqliteLedger::open(directory.path()).unwrap();
    assert_eq!(ledger.stopped(), None);
    let other = Connection::open(directory.path().join(LEDGER_FILE)).unwrap();
    other.execute_batch("ALTER TABLE record RENAME TO hidden").unwrap();
    let next = suite::new_record(&stream, 3, uuid::Uuid::from_u128(9), b"more");
    let expected = ExpectedRevision::Exact(Revision(2));
    let outcome = ledger.append(&stream, expected, std::slice::from_ref(&next)).await;
    assert!(matches!(outcome, Err(AppendError::Indeterminate(_))), "{outcome:?}");
    other.execute_batch("ALTER TABLE hidden RENAME TO record").unwrap();
    let outcome = ledger.append(&stream, expected, &[next]).await;
    assert!(matches!(outcome, Err(AppendError::Unavailable(_))), "{outcome:?}");
    assert!(ledger.stopped().unwrap().contains("restart the program"));
}
