//! How long a start and a stop take, without and with a snapshot.
//!
//! `cargo bench -p tests --bench start -- --events 2000000 --directory DIRECTORY` fills the directory
//! unless it is filled, and three times: removes the snapshot, starts the server, stops it, starts it
//! again from the snapshot, and stops it. A start has ended when the first request is answered.
#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first failure")]
#![allow(clippy::print_stdout, clippy::float_arithmetic, reason = "it prints what it measures")]

use projections::snapshot::SNAPSHOT_FILE;
use std::path::Path;
use std::time::Instant;
use tests::bench;
use tests::crowd::Crowd;

const ROUNDS: usize = 3;

fn main() {
    bench::on_a_crowd(run);
}

async fn run(directory: &Path, crowd: Crowd) {
    println!("{} events of {} merchants; seconds", crowd.events, crowd.merchants);
    println!("without a snapshot  stop   with one  stop   snapshot");
    for _ in 0..ROUNDS {
        let snapshot = directory.join(SNAPSHOT_FILE);
        drop(std::fs::remove_file(&snapshot));
        let (folded, first_stop) = start_and_stop(directory).await;
        let (restored, second_stop) = start_and_stop(directory).await;
        let megabytes = std::fs::metadata(&snapshot).unwrap().len() as f64 / 1e6;
        println!(
            "{folded:>18.2}  {first_stop:.2}  {restored:>9.2}  {second_stop:.2}  {megabytes:.0} MB"
        );
    }
}

async fn start_and_stop(directory: &Path) -> (f64, f64) {
    let started = Instant::now();
    let (server, _) = tests::start_in(directory).await;
    let client = api::demo::client::Client::new(&server.app);
    assert!(client.get("/readyz").await.unwrap().status.is_success());
    let start = started.elapsed().as_secs_f64();
    let stopping = Instant::now();
    server.stop().await;
    (start, stopping.elapsed().as_secs_f64())
}
