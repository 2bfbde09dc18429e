//! What can come of an append: yes, no, or unknown; and unknown is never said to be no.

use crate::{all, append, open, record, stream};
use store::{AppendError, ExpectedRevision, Ledger, Revision};
use tests::double::{Answer, Double, Fault};
use tonic::Code;

/// Every way in which a call can end that is not an answer.
const CODES: [Code; 9] = [
    Code::Aborted,
    Code::Cancelled,
    Code::DataLoss,
    Code::DeadlineExceeded,
    Code::Internal,
    Code::ResourceExhausted,
    Code::Unavailable,
    Code::Unknown,
    Code::FailedPrecondition,
];

#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_may_have_happened_is_indeterminate_and_sent_again_is_one() {
    let double = Double::start();
    let ledger = open(&double).await;
    let stream = stream("a");
    let mut revision = 0;
    let answers = CODES.map(Answer::Status).into_iter().chain([Answer::Hang]);
    let faults = answers
        .flat_map(|answer| [Fault::after_append(answer), Fault::before_append(answer)])
        .chain([Fault::after_append(Answer::Empty)])
        .chain([0, 1, 5, 50].map(|late| Fault::before_append(Answer::Late(late))));
    for fault in faults {
        double.inject(fault);
        let outcome = append(&ledger, &stream, revision).await;
        assert!(matches!(outcome, Err(AppendError::Indeterminate(_))), "{fault:?}: {outcome:?}");
        let appended = append(&ledger, &stream, revision).await.unwrap();
        assert_eq!((appended.position.0, appended.revision.0), (revision, revision));
        revision += 1;
    }
    assert_eq!(all(&ledger).await.len() as u64, revision);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_certain() {
    let double = Double::start();
    let ledger = open(&double).await;
    let stream = stream("a");
    for code in [Code::PermissionDenied, Code::Unauthenticated, Code::Unimplemented] {
        double.inject(Fault::before_append(Answer::Status(code)));
        let outcome = append(&ledger, &stream, 0).await;
        assert!(matches!(outcome, Err(AppendError::Unavailable(_))), "{code:?}: {outcome:?}");
    }
    assert!(all(&ledger).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_server_takes_at_once_is_too_large() {
    let double = Double::start();
    let ledger = open(&double).await;
    let stream = stream("a");
    let large = vec![7; 60_000];
    let records: Vec<_> = (0..20)
        .map(|revision| {
            let id = record(&stream, revision).event_id;
            store::suite::new_record(&stream, revision, id, &large)
        })
        .collect();
    let outcome = ledger.append(&stream, ExpectedRevision::NoStream, &records).await;
    assert!(matches!(outcome, Err(AppendError::TooLarge { .. })), "{outcome:?}");
    assert!(all(&ledger).await.is_empty());
}

/// The id decides whether an append is the same one: it is ours, never the client's.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_on_the_server_carries_our_id_type_bytes_and_trace() {
    let double = Double::start();
    let ledger = open(&double).await;
    let stream = stream("a");
    let new = record(&stream, 0);
    ledger.append(&stream, ExpectedRevision::NoStream, std::slice::from_ref(&new)).await.unwrap();
    let [event] = double.stream("greffe.test-a").try_into().unwrap();
    assert_eq!(event.id, new.event_id);
    assert_eq!(event.event_type, "test.happened.v1");
    assert_eq!(event.content_type, "application/octet-stream");
    assert_eq!(event.data, new.bytes);
    let trace: serde_json::Value = serde_json::from_slice(&event.metadata).unwrap();
    assert_eq!(trace["$correlationId"], new.event_id.to_string());
    assert_eq!(trace["$causationId"], new.event_id.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tombstoned_stream_is_damage_and_takes_nothing() {
    let double = Double::start();
    let ledger = open(&double).await;
    let stream = stream("a");
    append(&ledger, &stream, 0).await.unwrap();
    double.tombstone("greffe.test-a");
    let outcome = append(&ledger, &stream, 1).await;
    assert!(matches!(outcome, Err(AppendError::Corrupt(_))), "{outcome:?}");
    let outcome = ledger.read_stream(&stream, Revision(0), 10).await;
    assert!(matches!(outcome, Err(store::ReadError::Damaged { .. })), "{outcome:?}");
    // The mark that the server leaves is its own event; everything else goes on.
    let appended = append(&ledger, &crate::stream("b"), 0).await.unwrap();
    assert_eq!(appended.position.0, 1);
}

/// What is acknowledged can be read; where that is not so any more, nothing is taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_with_a_hole_takes_nothing_more() {
    let double = Double::start();
    let ledger = open(&double).await;
    append(&ledger, &stream("a"), 0).await.unwrap();
    append(&ledger, &stream("a"), 1).await.unwrap();
    double.scavenge("greffe.test-a", 1);
    let fresh = open(&double).await;
    let outcome = append(&fresh, &stream("b"), 0).await;
    assert!(matches!(outcome, Err(AppendError::Corrupt(_))), "{outcome:?}");
    assert!(double.stream("greffe.test-b").is_empty());
}

/// The server gives such a stream a new beginning with the next number, which is none of ours.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_deleted_softly_is_damage() {
    let double = Double::start();
    let ledger = open(&double).await;
    for revision in 0..3 {
        append(&ledger, &stream("a"), revision).await.unwrap();
    }
    double.soft_delete("greffe.test-a");
    for from in [0, 1, 3] {
        let outcome = ledger.read_stream(&stream("a"), Revision(from), 10).await;
        assert!(matches!(outcome, Err(store::ReadError::Damaged { .. })), "{from}: {outcome:?}");
    }
    let outcome = append(&ledger, &stream("a"), 0).await;
    assert!(matches!(outcome, Err(AppendError::Indeterminate(_))), "{outcome:?}");
}
