//! How long a start takes to count a ledger on EventStoreDB.
//!
//! `cargo bench -p tests --bench opening` fills the double with 200,000 records of 600 bytes in 4,000
//! streams, opens the ledger three times, and prints records a second. The double is in memory
//! and shares the processors: a real server reads from its disk and its network.
#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first failure")]
#![allow(clippy::print_stdout, clippy::float_arithmetic, reason = "it prints what it measures")]

use std::time::Instant;
use store::eventstoredb::{EventStoreLedger, Settings};
use store::suite::new_record;
use store::{ExpectedRevision, Ledger, StreamId};
use tests::double::Double;
use uuid::Uuid;

const STREAMS: u64 = 4_000;
const RECORDS_A_STREAM: u64 = 50;
const FACTS: [u8; 450] = [7; 450];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let double = Double::start();
    let settings = Settings::parse(&double.url()).unwrap();
    let ledger = EventStoreLedger::open(settings.clone()).await.unwrap();
    for number in 0..STREAMS {
        let stream = StreamId::new("test", number);
        let records: Vec<_> = (0..RECORDS_A_STREAM)
            .map(|revision| {
                let id = Uuid::from_u64_pair(number, revision);
                new_record(&stream, revision, id, &FACTS)
            })
            .collect();
        ledger.append(&stream, ExpectedRevision::NoStream, &records).await.unwrap();
    }
    drop(ledger);
    for _ in 0..3 {
        let started = Instant::now();
        let ledger = EventStoreLedger::open(settings.clone()).await.unwrap();
        let records = ledger.head().await.unwrap().map_or(0, |head| head.0 + 1);
        let seconds = started.elapsed().as_secs_f64();
        println!("{records} records in {seconds:.2} s: {:.0} a second", records as f64 / seconds);
    }
}
