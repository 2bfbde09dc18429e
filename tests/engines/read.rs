//! Reading: what is ours, what is whole, and what is not.

use crate::{all, append, open, record, stream};
use store::{ExpectedRevision, Ledger, Position, ReadError, Revision};
use tests::double::{Answer, Double, Fault};
use tonic::Code;

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_own_events_and_those_of_others_are_left_out() {
    let double = Double::start();
    let ledger = open(&double).await;
    for revision in 0..100 {
        double.append_foreign("test-a", "order.placed");
        double.append_foreign("$$greffe.test-a", "$metadata");
        append(&ledger, &stream("a"), revision).await.unwrap();
    }
    // Another ledger on the same server, whose name begins like ours.
    double.append_foreign("greffe_2.test-a", "test.happened.v1");
    let positions: Vec<u64> = all(&ledger).await.iter().map(|record| record.position.0).collect();
    assert_eq!(positions, (0..100).collect::<Vec<_>>());
    // Who starts now counts the same.
    let fresh = open(&double).await;
    assert_eq!(all(&fresh).await, all(&ledger).await);
    assert_eq!(fresh.head().await.unwrap(), Some(Position(99)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_of_a_long_order_is_read_in_pages() {
    let double = Double::start();
    let ledger = open(&double).await;
    let (stream, mut revision) = (stream("a"), 0_u64);
    // More than what is kept in memory.
    while revision < 5_000 {
        let expected = ExpectedRevision::after(revision.checked_sub(1).map(Revision));
        let records: Vec<_> = (revision..revision + 250).map(|r| record(&stream, r)).collect();
        ledger.append(&stream, expected, &records).await.unwrap();
        revision += 250;
    }
    let mut after = None;
    let mut count = 0;
    loop {
        let page = ledger.read_all(after, 333).await.unwrap();
        let Some(last) = page.last() else { break };
        for record in &page {
            assert_eq!((record.position.0, record.revision.0), (count, count));
            count += 1;
        }
        after = Some(last.position);
    }
    assert_eq!(count, 5_000);
    let of_stream = ledger.read_stream(&stream, Revision(4_321), 600).await.unwrap();
    assert_eq!(of_stream.len(), 600);
    assert_eq!(of_stream[0].position, Position(4_321));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_fails_is_asked_again() {
    let double = Double::start();
    let ledger = open(&double).await;
    for revision in 0..10 {
        append(&ledger, &stream("a"), revision).await.unwrap();
    }
    let answers = [
        Answer::Status(Code::Unavailable),
        Answer::Status(Code::Aborted),
        Answer::Half,
        Answer::Hang,
        Answer::Empty,
    ];
    for answer in answers {
        double.inject(Fault::of_stream(answer));
        let records = ledger.read_stream(&stream("a"), Revision(0), 100).await.unwrap();
        assert_eq!(records.len(), 10, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_payload_stops_the_reader_with_its_position() {
    let double = Double::start();
    let ledger = open(&double).await;
    for revision in 0..10 {
        append(&ledger, &stream("a"), revision).await.unwrap();
    }
    double.damage("greffe.test-a", 4, |data| data[40] ^= 1);
    // Who has it in memory still has it whole; who reads it anew does not.
    let fresh = open(&double).await;
    assert_eq!(fresh.read_all(None, 4).await.unwrap().len(), 4);
    let damaged = [
        fresh.read_all(Some(Position(3)), 3).await,
        fresh.read_stream(&stream("a"), Revision(0), 100).await,
        ledger.read_stream(&stream("a"), Revision(4), 1).await,
    ];
    for outcome in damaged {
        assert!(
            matches!(outcome, Err(ReadError::Damaged { position: Position(4), .. })),
            "{outcome:?}"
        );
    }
    // The server overwrites what it redacts.
    double.damage("greffe.test-a", 6, |data| data.fill(0xff));
    let redacted = open(&double).await.read_all(Some(Position(5)), 1).await;
    assert!(matches!(redacted, Err(ReadError::Damaged { position: Position(6), .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_that_flips_on_the_way_is_noticed_and_read_again() {
    let double = Double::start();
    let writer = open(&double).await;
    append(&writer, &stream("a"), 0).await.unwrap();
    double.inject(Fault::of_stream(Answer::FlippedBit));
    assert_eq!(writer.read_stream(&stream("a"), Revision(0), 1).await.unwrap().len(), 1);
    // The one who counts meets it on the way to memory, and asks the server when it is read.
    let whole = all(&writer).await;
    drop(writer);
    for answer in [Answer::FlippedBit, Answer::OddRevision] {
        double.inject(Fault::of_all(answer));
        assert_eq!(all(&open(&double).await).await, whole, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_scavenged_is_damage_at_its_place() {
    let double = Double::start();
    let ledger = open(&double).await;
    append(&ledger, &stream("a"), 0).await.unwrap();
    append(&ledger, &stream("b"), 0).await.unwrap();
    append(&ledger, &stream("b"), 1).await.unwrap();
    append(&ledger, &stream("a"), 1).await.unwrap();
    double.scavenge("greffe.test-b", 1);
    let outcome = ledger.read_stream(&stream("b"), Revision(0), 10).await;
    assert!(matches!(outcome, Err(ReadError::Damaged { .. })), "{outcome:?}");

    let fresh = open(&double).await;
    assert_eq!(fresh.head().await.unwrap(), Some(Position(0)));
    assert_eq!(fresh.read_all(None, 10).await.unwrap().len(), 1);
    let outcome = fresh.read_all(Some(Position(0)), 10).await;
    assert!(
        matches!(outcome, Err(ReadError::Damaged { position: Position(1), .. })),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_shows_less_than_it_did_is_not_believed() {
    let double = Double::start();
    let ledger = open(&double).await;
    for revision in 0..5 {
        append(&ledger, &stream("a"), revision).await.unwrap();
    }
    double.go_back(3);
    let outcome = ledger.head().await;
    assert!(matches!(outcome, Err(ReadError::Unavailable(_))), "{outcome:?}");
    // Who starts now sees what is there, and goes on from that.
    let fresh = open(&double).await;
    assert_eq!(append(&fresh, &stream("b"), 0).await.unwrap().position, Position(2));
    // The other one never takes that for what came after what it had seen.
    let head = ledger.head().await.unwrap();
    assert_eq!(head, Some(Position(4)));
    let outcome = ledger.read_all(head, 10).await;
    assert!(matches!(outcome, Err(ReadError::Damaged { .. })), "{outcome:?}");
    let outcome = ledger.read_stream(&stream("a"), Revision(0), 10).await;
    assert!(matches!(outcome, Err(ReadError::Damaged { .. })), "{outcome:?}");
    assert_eq!(all(&fresh).await.len(), 3);
}

/// History is read from the server while the end of it moves.
#[tokio::test(flavor = "multi_thread")]
async fn history_is_read_while_others_write() {
    let double = Double::start();
    let (reader, writer) = (open(&double).await, open(&double).await);
    let large = vec![7; 60_000];
    let write = async |from: u64, to: u64| {
        for revision in from..to {
            let expected = ExpectedRevision::after(revision.checked_sub(1).map(Revision));
            let id = record(&stream("a"), revision).event_id;
            let new = store::suite::new_record(&stream("a"), revision, id, &large);
            writer.append(&stream("a"), expected, &[new]).await.unwrap();
        }
    };
    // More bytes than are kept in memory.
    write(0, 300).await;
    let read = async {
        for _ in 0..20 {
            let records = reader.read_all(None, 10_000).await.unwrap();
            assert!(records.len() >= 290, "{}", records.len());
        }
    };
    reader.head().await.unwrap();
    tokio::join!(read, write(300, 400));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_too_heavy_for_its_deadline_is_read_in_parts() {
    let double = Double::start();
    let writer = open(&double).await;
    for revision in 0..100 {
        append(&writer, &stream("a"), revision).await.unwrap();
    }
    let whole = all(&writer).await;
    drop(writer);
    // Some ten parts of some ten events each.
    for _ in 0..15 {
        double.inject(Fault::of_all(Answer::Slow(15)));
    }
    let reader = open(&double).await;
    assert_eq!(all(&reader).await, whole);
    for _ in 0..15 {
        double.inject(Fault::of_stream(Answer::Slow(15)));
    }
    let records = reader.read_stream(&stream("a"), Revision(0), 1_000).await.unwrap();
    assert_eq!(records.len(), 100);
}
