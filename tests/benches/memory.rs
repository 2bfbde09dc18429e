//! What the read models and the folded streams take in memory.
//!
//! `cargo bench -p tests --bench memory -- --events 2000000 --directory DIRECTORY` fills the directory
//! unless it is filled, folds the read models, then reads every merchant so that the folded streams
//! are full, and prints by how much the memory of the process grew each time (what of it is
//! not a part of files), and what the folded streams think they take.
#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first failure")]
#![allow(clippy::print_stdout, clippy::float_arithmetic, reason = "it prints what it measures")]

use projections::ReadModels;
use std::path::Path;
use std::sync::Arc;
use store::chance::SystemChance;
use store::recorded;
use store::scan::Scan;
use store::sqlite::SqliteLedger;
use store::vault::Vault;
use store::{AsOf, Ledger, Merchant, Store, master_key};
use tests::bench::{self, memory};
use tests::crowd::Crowd;

fn main() {
    bench::on_a_crowd(run);
}

async fn run(directory: &Path, crowd: Crowd) {
    println!("{} events of {} merchants", crowd.events, crowd.merchants);
    let master = master_key::read(&master_key::path_of(directory, None)).unwrap();
    let chance = Arc::new(SystemChance);
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open_read_only(directory).unwrap());
    let vault = Arc::new(Vault::open_read_only(directory, master, chance.clone()).unwrap());
    // Once for nothing: names, keys and connections are remembered from now on.
    let keys = ReadModels::keys(&vault);
    let mut scan = Scan::new(ledger.as_ref(), None);
    while let Some(page) = scan.next().await.unwrap() {
        page.iter().for_each(|stored| drop(recorded::read(stored, keys).unwrap()));
    }
    drop(scan);
    let before = memory();
    let models = fold(ledger.as_ref(), &vault).await;
    let taken = memory() - before;
    println!(
        "read models: {:.0} MB, {:.0} bytes a merchant",
        taken / 1e6,
        taken / crowd.merchants as f64
    );
    let store = Store::new(ledger, vault, chance);
    let merchants: Vec<_> = models.public_revisions.merchants().collect();
    let before = memory();
    for merchant in merchants {
        store.load::<Merchant>(merchant, AsOf::Now).await.unwrap();
    }
    let taken = memory() - before;
    println!(
        "folded streams: {} of them, {:.0} MB; they think {:.0} MB",
        store.folded.count(),
        taken / 1e6,
        store.folded.bytes() as f64 / 1e6
    );
}

async fn fold(ledger: &dyn Ledger, vault: &Vault) -> ReadModels {
    let models = ReadModels::default();
    let keys = ReadModels::keys(vault);
    let mut scan = Scan::new(ledger, None);
    while let Some(page) = scan.next().await.unwrap() {
        page.iter().for_each(|stored| models.apply(&recorded::read(stored, keys).unwrap()));
    }
    models
}
