//! The subscription only wakes up: however it ends, nothing is missed and nothing spins.

use crate::{append, open, stream};
use std::time::Duration;
use store::StoredRecord;
use store::eventstoredb::EventStoreLedger;
use store::ledger::{Delivery, Subscription};
use tests::double::{Answer, Double, Fault};

/// Longer than any test needs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for the next record that somebody else appends.
async fn next(subscription: &mut Subscription<'_>) -> StoredRecord {
    let records = async {
        loop {
            if let Delivery::Records(records) = subscription.next().await.unwrap() {
                return records;
            }
        }
    };
    let mut records = tokio::time::timeout(PATIENCE, records).await.expect("a record");
    assert_eq!(records.len(), 1);
    records.remove(0)
}

/// Waits until something of the double holds.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let until = tokio::time::Instant::now() + PATIENCE;
    while !holds() {
        assert!(tokio::time::Instant::now() < until, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until so many subscriptions stand on the server.
pub async fn stand(double: &Double, count: usize) {
    until("subscriptions stand", || double.subscriptions() == count).await;
}

async fn two(double: &Double) -> (EventStoreLedger, EventStoreLedger) {
    (open(double).await, open(double).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_node_appends_wakes_readers_up() {
    let double = Double::start();
    let (writer, reader) = two(&double).await;
    let mut subscription = Subscription::new(&reader, None, 10);
    stand(&double, 2).await;
    let mut soon = 0;
    for revision in 0..10 {
        let appended = append(&writer, &stream("a"), revision).await.unwrap();
        let started = tokio::time::Instant::now();
        assert_eq!(next(&mut subscription).await.position, appended.position);
        soon += u32::from(started.elapsed() < Duration::from_millis(150));
    }
    // Those who only look now and then would see one or two of them so soon.
    assert!(soon >= 7, "only {soon} of 10 were called for");
}

/// The client would ask an ended subscription for ever, on a processor of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_ends_cleanly_is_made_anew_and_does_not_spin() {
    let double = Double::start();
    let (writer, reader) = two(&double).await;
    let mut subscription = Subscription::new(&reader, None, 10);
    stand(&double, 2).await;
    for revision in 0..3 {
        let made = double.subscribed();
        double.end_subscriptions();
        until("both were made anew", || double.subscribed() >= made + 2).await;
        append(&writer, &stream("a"), revision).await.unwrap();
        assert_eq!(next(&mut subscription).await.revision.0, revision);
    }
    stand(&double, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_says_nothing_costs_time_but_no_record() {
    let double = Double::start();
    for _ in 0..2 {
        double.inject(Fault::of_subscription(Answer::Hang));
    }
    let (writer, reader) = two(&double).await;
    let mut subscription = Subscription::new(&reader, None, 10);
    append(&writer, &stream("a"), 0).await.unwrap();
    assert_eq!(next(&mut subscription).await.revision.0, 0);
    // It was taken for dead.
    append(&writer, &stream("a"), 1).await.unwrap();
    assert_eq!(next(&mut subscription).await.revision.0, 1);
    until("it was made anew", || double.subscriptions() > 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_go_on_after_the_node_was_away() {
    let mut double = Double::start();
    let (writer, reader) = two(&double).await;
    let mut subscription = Subscription::new(&reader, None, 10);
    append(&writer, &stream("a"), 0).await.unwrap();
    assert_eq!(next(&mut subscription).await.revision.0, 0);
    double.kill(0);
    double.revive(0);
    while append(&writer, &stream("a"), 1).await.is_err() {}
    assert_eq!(next(&mut subscription).await.revision.0, 1);
}
