//! How fast the whole order is read, step by step: bytes, checked, decoded, opened, folded.
//!
//! `cargo bench -p tests --bench replay -- --events 2000000 --directory DIRECTORY` fills the
//! directory (see `tests/support/crowd.rs`) unless it is filled, and reads it three times in each
//! way, in turns. The system remembers the file after the first time: what is measured is our work
//! and not the disk. Beside it stands a bare loop of SQLite over the same table. Then the questions of an officer,
//! each a process of its own (`cargo build --release -p replay-tool` before).
#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first failure")]
#![allow(clippy::print_stdout, clippy::float_arithmetic, reason = "it prints what it measures")]

use projections::ReadModels;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use store::chance::SystemChance;
use store::recorded::{self, Keys};
use store::scan::Scan;
use store::sqlite::{LEDGER_FILE, SqliteLedger};
use store::vault::Vault;
use store::{Ledger, StoredRecord, master_key};
use tests::bench;
use tests::crowd::Crowd;

const ROUNDS: usize = 3;

fn main() {
    bench::on_a_crowd(run);
}

async fn run(directory: &Path, crowd: Crowd) {
    println!("{} events of {} merchants; millions a second", crowd.events, crowd.merchants);
    let master = master_key::read(&master_key::path_of(directory, None)).unwrap();
    let mut rates: Vec<Vec<f64>> = vec![vec![]; 6];
    for _ in 0..ROUNDS {
        let ledger = SqliteLedger::open_read_only(directory).unwrap();
        // A vault that has not unwrapped a key yet, as at a start.
        let vault =
            || Vault::open_read_only(directory, master.clone(), Arc::new(SystemChance)).unwrap();
        let measured = [
            bare(directory),
            scan(&ledger, |_| ()).await,
            scan(&ledger, |stored| drop(recorded::read(stored, Keys::None).unwrap())).await,
            {
                let vault = vault();
                let keys = Keys::Of(&vault);
                scan(&ledger, |stored| drop(recorded::read(stored, keys).unwrap())).await
            },
            {
                let (vault, models) = (vault(), ReadModels::default());
                let keys = ReadModels::keys(&vault);
                let fold = |stored: &_| models.apply(&recorded::read(stored, keys).unwrap());
                scan(&ledger, fold).await
            },
            {
                let models = ReadModels::default();
                let fold = |stored: &_| models.apply(&recorded::read(stored, Keys::None).unwrap());
                scan(&ledger, fold).await
            },
        ];
        for (rates, rate) in rates.iter_mut().zip(measured) {
            rates.push(rate);
        }
    }
    let names = [
        "a bare loop of SQLite",
        "checked, in pages",
        "decoded",
        "opened, every set",
        "folded, opening what the models need",
        "folded, opening nothing",
    ];
    for (name, mut rates) in names.into_iter().zip(rates) {
        rates.sort_by(f64::total_cmp);
        println!("{name:<38} {:>6.2}  ({:.2} to {:.2})", rates[1], rates[0], rates[2]);
    }
    let ledger = SqliteLedger::open_read_only(directory).unwrap();
    let some = ledger.streams("merchant-", 1).await.unwrap().remove(0);
    programs(directory, &format!("mer_{}", some.key().replace('-', "")));
}

/// What SQLite itself does: each row's bytes, summed.
fn bare(directory: &Path) -> f64 {
    let connection = Connection::open(directory.join(LEDGER_FILE)).unwrap();
    connection.pragma_update(None, "mmap_size", 1_i64 << 30).unwrap();
    let started = Instant::now();
    let sql = "SELECT position, stream, revision, bytes FROM record ORDER BY position";
    let mut statement = connection.prepare(sql).unwrap();
    let mut rows = statement.query([]).unwrap();
    let (mut count, mut sum) = (0_u64, 0);
    while let Some(row) = rows.next().unwrap() {
        sum += row.get_ref(3).unwrap().as_blob().unwrap().len();
        count += 1;
    }
    assert!(sum > 0);
    rate(count, started)
}

async fn scan(ledger: &SqliteLedger, mut look: impl FnMut(&StoredRecord)) -> f64 {
    let started = Instant::now();
    let mut scan = Scan::new(ledger, None);
    let mut count = 0;
    while let Some(page) = scan.next().await.unwrap() {
        page.iter().for_each(&mut look);
        count += page.len() as u64;
    }
    rate(count, started)
}

fn rate(count: u64, started: Instant) -> f64 {
    count as f64 / started.elapsed().as_secs_f64() / 1e6
}

/// Whole processes, from their start to their end: the median of some.
fn programs(directory: &Path, merchant: &str) {
    let replay = std::env::current_exe().unwrap().with_file_name("../replay");
    if !replay.exists() {
        println!("target/release/replay is not there: its commands were not measured");
        return;
    }
    let beginning = &merchant[..16];
    for (rounds, command) in [
        (9, vec!["log", "-n", "5"]),
        (9, vec!["log", merchant, "-p"]),
        (9, vec!["show", merchant, "--as-of", "v9"]),
        (9, vec!["--reveal", "show", beginning, "--as-of", "v9"]),
        (9, vec!["blame", merchant]),
        (9, vec!["bisect", merchant, "status = test"]),
        (1, vec!["merchants"]),
        (1, vec!["trace", "evt_00000000000000000000000000000000"]),
        (1, vec!["verify"]),
    ] {
        let mut taken = vec![];
        for _ in 0..rounds {
            let mut process = std::process::Command::new(&replay);
            process.arg("--directory").arg(directory).args(&command);
            process.env("GREFFE_PURPOSE", "technical").env("GREFFE_REFERENCE", "benchmark");
            let started = Instant::now();
            let done = process.output().unwrap();
            taken.push(started.elapsed().as_secs_f64() * 1_000.0);
            let code = done.status.code().unwrap();
            // No event has that id, and no document of the crowd was ever stored.
            let expected = match command[0] {
                "trace" => 3,
                "verify" => 4,
                _ => 0,
            };
            assert_eq!(code, expected, "{command:?}");
        }
        taken.sort_by(f64::total_cmp);
        println!("{:>9.1} ms  replay {}", taken[taken.len() / 2], command.join(" "));
    }
}
