//! What grows with the ledger, and what does not.
//!
//! `cargo bench -p tests --bench growth -- --events 10000,100000,1000000,10000000 --directory DIRECTORY
//! --csv FILE` makes a crowd of each size in a directory of its own (kept, so that it is made once),
//! and on each measures: how fast it is read and folded, how long a start and a stop take, what the
//! read models take, and what `wrk` gets with 16 connections:
//! `get`, `put`, and a search of the audit trail by type. One line of CSV per figure; `plot.py
//! growth` beside this draws them.
#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first failure")]
#![allow(clippy::print_stdout, clippy::float_arithmetic, reason = "it prints what it measures")]

use api::demo::client::Client;
use api::demo::staff::Staff;
use clap::Parser;
use projections::ReadModels;
use projections::snapshot::SNAPSHOT_FILE;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use store::chance::SystemChance;
use store::recorded;
use store::scan::Scan;
use store::sqlite::SqliteLedger;
use store::vault::Vault;
use store::{StoredRecord, master_key};
use tests::bench::{memory, on_both_cores};
use tests::crowd::{self, Crowd};
use tests::wrk::{self, Ask};

const SESSIONS: u64 = 2_000;
const CONNECTIONS: usize = 16;
const SECONDS: u64 = 4;

#[derive(Parser)]
struct Arguments {
    #[arg(long, value_delimiter = ',', default_values_t = [10_000_u64, 100_000])]
    events: Vec<u64>,
    #[arg(long)]
    directory: Option<PathBuf>,
    #[arg(long)]
    csv: Option<PathBuf>,
    #[arg(long, hide = true)]
    bench: bool,
}

/// The server's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments = Arguments::parse();
    let scratch = tempfile::tempdir().unwrap();
    let directory = arguments.directory.unwrap_or(scratch.path().to_owned());
    let mut found = Found("events,measure,value\n".to_owned());
    for events in arguments.events {
        let place = directory.join(events.to_string());
        std::fs::create_dir_all(&place).unwrap();
        on_both_cores(measure(&place, events, &mut found));
    }
    if let Some(csv) = arguments.csv {
        std::fs::write(csv, found.0).unwrap();
    }
}

struct Found(String);

impl Found {
    fn note(&mut self, events: u64, measure: &str, value: f64) {
        println!("{events:>9}  {measure:<40} {value:.3}");
        writeln!(self.0, "{events},\"{measure}\",{value:.4}").unwrap();
    }
}

async fn measure(directory: &Path, events: u64, found: &mut Found) {
    let crowd = crowd::filled(directory, events, SESSIONS).await;
    replay(directory, events, &crowd, found).await;
    let snapshot = directory.join(SNAPSHOT_FILE);
    drop(std::fs::remove_file(&snapshot));
    let (start, stop) = start_and_stop(directory).await;
    found.note(events, "start without snapshot, s", start);
    found.note(events, "stop after that, s", stop);
    let (start, stop) = start_and_stop(directory).await;
    found.note(events, "start with snapshot, s", start);
    found.note(events, "stop, s", stop);
    let megabytes = std::fs::metadata(&snapshot).map_or(0.0, |file| file.len() as f64 / 1e6);
    found.note(events, "snapshot, MB", megabytes);
    requests(directory, events, &crowd, found).await;
}

async fn replay(directory: &Path, events: u64, crowd: &Crowd, found: &mut Found) {
    let master = master_key::read(&master_key::path_of(directory, None)).unwrap();
    let vault = Vault::open_read_only(directory, master, Arc::new(SystemChance)).unwrap();
    let ledger = SqliteLedger::open_read_only(directory).unwrap();
    let checked = scan(&ledger, |_| ()).await;
    found.note(events, "checked, M events/s", checked);
    let before = memory();
    let (models, keys) = (ReadModels::default(), ReadModels::keys(&vault));
    let folded = scan(&ledger, |stored| models.apply(&recorded::read(stored, keys).unwrap())).await;
    found.note(events, "folded, M events/s", folded);
    let taken = (memory() - before) / crowd.merchants as f64;
    found.note(events, "read models, bytes a merchant", taken);
}

async fn scan(ledger: &SqliteLedger, mut look: impl FnMut(&StoredRecord)) -> f64 {
    let started = Instant::now();
    let mut scan = Scan::new(ledger, None);
    let mut count = 0;
    while let Some(page) = scan.next().await.unwrap() {
        page.iter().for_each(&mut look);
        count += page.len();
    }
    count as f64 / started.elapsed().as_secs_f64() / 1e6
}

async fn start_and_stop(directory: &Path) -> (f64, f64) {
    let started = Instant::now();
    let (server, _) = tests::start_in(directory).await;
    let client = Client::new(&server.app);
    assert!(client.get("/readyz").await.unwrap().status.is_success());
    let start = started.elapsed().as_secs_f64();
    let stopping = Instant::now();
    server.stop().await;
    (start, stopping.elapsed().as_secs_f64())
}

async fn requests(directory: &Path, events: u64, crowd: &Crowd, found: &mut Found) {
    // A copy, so that what is asked here does not change the crowd.
    let work = tempfile::tempdir_in(directory.parent().unwrap()).unwrap();
    copy(directory, work.path());
    let (server, _) = tests::start_in(work.path()).await;
    let client = Client::new(&server.app);
    let invitation = server.invitation.clone().unwrap();
    let staff = Staff::hire(&client, &server.app, &invitation).await.unwrap();
    let officer = staff.officer.client(&server.app).await.unwrap().token().unwrap();
    let get: Vec<_> = crowd.in_test().map(wrk::get_onboarding).collect();
    let put: Vec<_> = crowd.in_test().map(wrk::put_account).collect();
    let search = Ask {
        method: "GET",
        path: "/console/v1/audit-trail?type=review.&limit=20".to_owned(),
        token: officer,
        body: None,
        if_none_match: None,
        has_key: false,
    };
    let url = format!("http://{}", server.address);
    for (name, asks) in [("get", get), ("put", put), ("audit trail", vec![search])] {
        let (url, scratch) = (url.clone(), work.path().to_owned());
        let ask = move || wrk::ask(&url, &asks, CONNECTIONS, SECONDS, &scratch);
        let Some(answered) = tokio::task::spawn_blocking(ask).await.unwrap() else {
            println!("there is no wrk here; requests were not measured");
            break;
        };
        assert_eq!(answered.failures, 0, "{name}");
        found.note(events, &format!("{name}, requests/s at 16"), answered.rate);
        found.note(events, &format!("{name}, p99 ms at 16"), answered.p99_ms);
    }
    server.stop().await;
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
            // What is measured next flushes, and must not wait for this.
            std::fs::File::open(&target).unwrap().sync_all().unwrap();
        }
    }
}
