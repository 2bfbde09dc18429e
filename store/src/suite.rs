//! The one suite that every engine must pass: the promises of `ledger`, one function each.
//!
//! It is part of the library, so that the suites of other crates can run it on their engines.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is the result")]

use crate::ledger::{
    AppendError, Appended, Delivery, ExpectedRevision, Ledger, NewRecord, Position,
    RECORD_BYTES_MAX, Revision, StoredRecord, StreamId, Subscription, Tail,
};
use crate::record::{self, Envelope};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Runs every promise, each on a fresh ledger from `make`.
pub async fn run<L: Ledger + 'static>(make: impl AsyncFn() -> L) {
    an_empty_ledger_has_no_head(&make().await).await;
    what_was_appended_is_read_in_order(&make().await).await;
    a_wrong_expected_revision_appends_nothing(&make().await).await;
    the_same_append_twice_is_one(&make().await).await;
    what_follows_an_append_happens_once_if_at_all(&make().await).await;
    part_of_an_append_is_not_the_append(&make().await).await;
    bounds_are_exclusive_in_the_order_and_inclusive_in_a_stream(&make().await).await;
    a_record_may_be_large_but_not_too_large(&make().await).await;
    a_subscription_delivers_everything_once_then_waits(Arc::new(make().await)).await;
    concurrent_writers_lose_and_double_nothing(Arc::new(make().await)).await;
}

/// A record as `execute` would make it.
pub fn new_record(stream: &StreamId, revision: u64, event_id: Uuid, facts: &[u8]) -> NewRecord {
    let envelope = Envelope {
        event_id: event_id.into_bytes(),
        stream: stream.as_str(),
        revision,
        event_type: "test.happened",
        event_version: 1,
        recorded_at: 1,
        actor_kind: "system",
        actor_id: None,
        on_behalf_of: None,
        channel: "timer",
        command_id: event_id.into_bytes(),
        correlation_id: event_id.into_bytes(),
        causation_id: None,
        rule_set: "",
        previous: [0; 32],
        facts,
        sealed: vec![],
    };
    NewRecord { event_id, bytes: record::encode(&envelope).unwrap() }
}

fn event_id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

async fn append_one(ledger: &dyn Ledger, stream: &StreamId, revision: u64, number: u128) {
    let expected = ExpectedRevision::after(revision.checked_sub(1).map(Revision));
    let record = new_record(stream, revision, event_id(number), &number.to_be_bytes());
    ledger.append(stream, expected, &[record]).await.unwrap();
}

async fn all(ledger: &dyn Ledger) -> Vec<StoredRecord> {
    // What is there is asked of the engine itself, not of what it remembers.
    ledger.head().await.unwrap();
    ledger.read_all(None, 1_000_000).await.unwrap()
}

async fn an_empty_ledger_has_no_head(ledger: &dyn Ledger) {
    assert_eq!(ledger.head().await.unwrap(), None);
    assert!(all(ledger).await.is_empty());
    let stream = StreamId::new("test", "nobody");
    assert!(ledger.read_stream(&stream, Revision(0), 10).await.unwrap().is_empty());
}

async fn what_was_appended_is_read_in_order(ledger: &dyn Ledger) {
    let (a, b) = (StreamId::new("test", "a"), StreamId::new("test", "b"));
    let batch = [new_record(&a, 0, event_id(1), b"1"), new_record(&a, 1, event_id(2), b"2")];
    let appended = ledger.append(&a, ExpectedRevision::NoStream, &batch).await.unwrap();
    assert_eq!((appended.position, appended.revision), (Position(1), Revision(1)));
    append_one(ledger, &b, 0, 3).await;
    append_one(ledger, &a, 2, 4).await;

    let records = all(ledger).await;
    let places: Vec<_> = records
        .iter()
        .map(|record| (record.position.0, record.stream.as_str(), record.revision.0))
        .collect();
    assert_eq!(places, [(0, "test-a", 0), (1, "test-a", 1), (2, "test-b", 0), (3, "test-a", 2)]);
    assert_eq!(records[0].bytes, batch[0].bytes);
    assert_eq!(ledger.head().await.unwrap(), Some(Position(3)));
    let of_a = ledger.read_stream(&a, Revision(0), 10).await.unwrap();
    assert_eq!(of_a.iter().map(|record| record.position.0).collect::<Vec<_>>(), [0, 1, 3]);
}

async fn a_wrong_expected_revision_appends_nothing(ledger: &dyn Ledger) {
    let stream = StreamId::new("test", "a");
    append_one(ledger, &stream, 0, 1).await;
    let cases = [
        (ExpectedRevision::NoStream, 0),
        (ExpectedRevision::Exact(Revision(1)), 2),
        (ExpectedRevision::Exact(Revision(7)), 8),
    ];
    for (expected, revision) in cases {
        let batch = [
            new_record(&stream, revision, event_id(10), b"x"),
            new_record(&stream, revision + 1, event_id(11), b"y"),
        ];
        match ledger.append(&stream, expected, &batch).await {
            Err(AppendError::WrongExpectedRevision { actual, .. }) => {
                assert_eq!(actual, Some(Revision(0)));
            }
            other => panic!("{expected:?}: {other:?}"),
        }
    }
    assert_eq!(all(ledger).await.len(), 1);
}

async fn the_same_append_twice_is_one(ledger: &dyn Ledger) {
    let stream = StreamId::new("test", "a");
    let batch =
        [new_record(&stream, 0, event_id(1), b"1"), new_record(&stream, 1, event_id(2), b"2")];
    let first = ledger.append(&stream, ExpectedRevision::NoStream, &batch).await.unwrap();
    append_one(ledger, &stream, 2, 3).await;
    let second = ledger.append(&stream, ExpectedRevision::NoStream, &batch).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(all(ledger).await.len(), 3);
}

/// Also when the same append is asked several times at once.
async fn what_follows_an_append_happens_once_if_at_all(ledger: &dyn Ledger) {
    let followed = Arc::new(AtomicU64::new(0));
    for revision in 0..20_u64 {
        let stream = StreamId::new("test", "a");
        let expected = ExpectedRevision::after(revision.checked_sub(1).map(Revision));
        let batch = [new_record(&stream, revision, event_id(u128::from(revision)), b"x")];
        let appends = (0..4).map(|_| {
            let followed = Arc::clone(&followed);
            let then = Box::new(move |appended: Appended| {
                followed.fetch_add(appended.revision.0 + 1, Ordering::SeqCst);
            });
            ledger.append_then(&stream, expected, &batch, then)
        });
        let outcomes = futures::future::join_all(appends).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        let once: u64 = (1..=revision + 1).sum();
        let times = followed.load(Ordering::SeqCst);
        assert!(times == once || times == 0, "{times} after {once}");
        if ledger.tail(&stream) != Tail::Unknown {
            assert_eq!(ledger.tail(&stream), Tail::Known(Revision(revision)));
        }
    }
}

async fn part_of_an_append_is_not_the_append(ledger: &dyn Ledger) {
    let stream = StreamId::new("test", "a");
    append_one(ledger, &stream, 0, 1).await;
    let batch =
        [new_record(&stream, 0, event_id(1), b"1"), new_record(&stream, 1, event_id(2), b"2")];
    let outcome = ledger.append(&stream, ExpectedRevision::NoStream, &batch).await;
    assert!(matches!(outcome, Err(AppendError::WrongExpectedRevision { .. })), "{outcome:?}");
    assert_eq!(all(ledger).await.len(), 1);
}

async fn bounds_are_exclusive_in_the_order_and_inclusive_in_a_stream(ledger: &dyn Ledger) {
    let stream = StreamId::new("test", "a");
    for revision in 0..5 {
        append_one(ledger, &stream, revision, u128::from(revision)).await;
    }
    let page = ledger.read_all(Some(Position(1)), 2).await.unwrap();
    assert_eq!(page.iter().map(|record| record.position.0).collect::<Vec<_>>(), [2, 3]);
    let page = ledger.read_stream(&stream, Revision(1), 2).await.unwrap();
    assert_eq!(page.iter().map(|record| record.revision.0).collect::<Vec<_>>(), [1, 2]);
    assert!(ledger.read_all(Some(Position(4)), 10).await.unwrap().is_empty());
    assert!(ledger.read_stream(&stream, Revision(5), 10).await.unwrap().is_empty());
}

async fn a_record_may_be_large_but_not_too_large(ledger: &dyn Ledger) {
    let stream = StreamId::new("test", "a");
    let overhead = new_record(&stream, 0, event_id(1), &[7; 60_000]).bytes.len() - 60_000;
    let largest = vec![7; RECORD_BYTES_MAX - overhead];
    let fits = new_record(&stream, 0, event_id(1), &largest);
    assert_eq!(fits.bytes.len(), RECORD_BYTES_MAX);
    ledger.append(&stream, ExpectedRevision::NoStream, std::slice::from_ref(&fits)).await.unwrap();
    let over = new_record(&stream, 1, event_id(2), &vec![7; largest.len() + 1]);
    let outcome = ledger.append(&stream, ExpectedRevision::Exact(Revision(0)), &[over]).await;
    assert!(matches!(outcome, Err(AppendError::TooLarge { .. })), "{outcome:?}");
    assert_eq!(all(ledger).await[0].bytes, fits.bytes);
}

async fn a_subscription_delivers_everything_once_then_waits(ledger: Arc<dyn Ledger>) {
    let stream = StreamId::new("test", "a");
    for revision in 0..5 {
        append_one(ledger.as_ref(), &stream, revision, u128::from(revision)).await;
    }
    let mut subscription = Subscription::new(ledger.as_ref(), None, 2);
    let mut seen = vec![];
    while let Delivery::Records(records) = subscription.next().await.unwrap() {
        seen.extend(records.iter().map(|record| record.position.0));
    }
    assert_eq!(seen, [0, 1, 2, 3, 4]);
    let (next, ()) = tokio::join!(subscription.next(), append_one(ledger.as_ref(), &stream, 5, 5));
    match next.unwrap() {
        Delivery::Records(records) => assert_eq!(records[0].position, Position(5)),
        Delivery::CaughtUp => panic!("it said so already"),
    }
}

/// Many writers on few streams: each append lands once, in a dense order that no reader skips.
async fn concurrent_writers_lose_and_double_nothing<L: Ledger + 'static>(ledger: Arc<L>) {
    const WRITERS: u128 = 16;
    const APPENDS: u128 = 25;
    const STREAMS: u128 = 3;
    let reader = tokio::spawn(follow(Arc::clone(&ledger), (WRITERS * APPENDS) as usize));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let ledger = Arc::clone(&ledger);
            tokio::spawn(async move {
                for number in 0..APPENDS {
                    let stream = StreamId::new("test", (writer + number) % STREAMS);
                    append_somewhere(ledger.as_ref(), &stream, writer * APPENDS + number).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let followed = reader.await.unwrap();

    let records = all(ledger.as_ref()).await;
    assert_eq!(records.len() as u128, WRITERS * APPENDS);
    let positions: Vec<u64> = records.iter().map(|record| record.position.0).collect();
    assert_eq!(positions, (0..records.len() as u64).collect::<Vec<_>>());
    assert_eq!(followed, positions, "the reader saw every record, in order");
    let mut next_revision: HashMap<&str, u64> = HashMap::new();
    let mut events = std::collections::HashSet::new();
    for record in &records {
        let next = next_revision.entry(record.stream.as_str()).or_default();
        assert_eq!(record.revision.0, *next);
        *next += 1;
        assert!(events.insert(record::decode(&record.bytes).unwrap().event_id));
    }
}

/// Appends at the end of a stream, trying again whenever another writer was faster.
async fn append_somewhere(ledger: &dyn Ledger, stream: &StreamId, number: u128) {
    loop {
        let there = ledger.read_stream(stream, Revision(0), 1_000_000).await.unwrap();
        let last = there.last().map(|record| record.revision);
        let revision = last.map_or(0, |last| last.0 + 1);
        let record = new_record(stream, revision, event_id(number), &number.to_be_bytes());
        match ledger.append(stream, ExpectedRevision::after(last), &[record]).await {
            Ok(_) => return,
            Err(AppendError::WrongExpectedRevision { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn follow(ledger: Arc<impl Ledger>, count: usize) -> Vec<u64> {
    let mut subscription = Subscription::new(ledger.as_ref(), None, 64);
    let mut seen = vec![];
    while seen.len() < count {
        if let Delivery::Records(records) = subscription.next().await.unwrap() {
            seen.extend(records.iter().map(|record| record.position.0));
        }
    }
    seen
}
