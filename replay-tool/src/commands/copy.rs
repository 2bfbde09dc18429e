//! `replay copy`: moves a ledger to another engine, and proves that it is the same there.

use crate::exit::Failure;
use crate::output::Output;
use crate::progress;
use clap::Args;
use serde::Serialize;
use std::time::Instant;
use store::Location;
use store::copy::copy;

/// Copy a ledger to another engine: same records, same order, same ids and times
///
/// Goes on where an earlier copy stopped, and compares every record in the end. The vault, the
/// documents and the keys are not in the ledger and stay where they are.
#[derive(Args)]
pub struct CopyArgs {
    /// The ledger to read: a directory, or esdb://host:2113,…
    #[arg(long, env = "GREFFE_COPY_FROM", hide_env_values = true)]
    from: String,

    /// The ledger to write to: empty, or the beginning of the other. No server may use it meanwhile
    #[arg(long, env = "GREFFE_COPY_TO", hide_env_values = true)]
    to: String,
}

#[derive(Serialize)]
struct Report {
    from: String,
    to: String,
    /// Records that both hold.
    records: u64,
    /// Of them, what this run appended.
    appended: u64,
    seconds: f64,
    /// SHA-256 of the leaf hashes of all records in order.
    digest: String,
}

pub async fn run(output: &Output, args: CopyArgs) -> Result<(), Failure> {
    let (from_location, to_location) = (Location::parse(&args.from)?, Location::parse(&args.to)?);
    if from_location.is_same_as(&to_location) {
        return Err(Failure::Usage(format!("{from_location} is named twice: a copy needs two")));
    }
    let from = from_location.open_read_only().await?;
    let to = to_location.open().await?;
    let started = Instant::now();
    let bar = progress::bar(from.head().await?);
    let outcome = copy(from.as_ref(), to.as_ref(), |records| bar.set_position(records)).await;
    drop(bar);
    let copied = outcome?;
    output.value(&Report {
        from: from_location.to_string(),
        to: to_location.to_string(),
        records: copied.records,
        appended: copied.appended,
        seconds: started.elapsed().as_secs_f64(),
        digest: hex::encode(copied.digest),
    })
}
