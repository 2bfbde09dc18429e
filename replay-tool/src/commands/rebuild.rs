//! `replay rebuild`: folds the read models anew and compares them with the last snapshot.

use crate::exit::{DRIFT, Failure};
use crate::output::Output;
use crate::progress;
use crate::source::{Source, open_vault};
use clap::Args;
use projections::ReadModels;
use projections::snapshot::{self, Restored};
use serde::Serialize;
use std::process::ExitCode;
use std::time::Instant;
use store::ends::Ends;
use store::{Mark, Reader};

/// Fold the read models anew, with the keys of the vault, and compare with the last snapshot
///
/// Reads only: a running server rebuilds its own models by POST /console/v1/read-models/rebuild.
#[derive(Args)]
pub struct RebuildArgs {}

#[derive(Serialize)]
struct Report {
    records: u64,
    seconds: f64,
    records_per_second: u64,
    /// Up to where the snapshot reaches; absent if there is none that can be used.
    snapshot_position: Option<u64>,
    /// True if the snapshot says something else than a fresh fold up to its position.
    has_drifted: bool,
}

pub async fn run(source: &Source, output: &Output, _: RebuildArgs) -> Result<ExitCode, Failure> {
    let vault = open_vault(&source.args)?;
    let key = vault.secret("snapshots")?;
    let directory = &source.args.directory;
    let found = snapshot::read(directory, &key);
    let snapshot_position = found.as_ref().map(|found| found.mark.position);
    let bar = progress::bar(source.ledger.head().await?);
    let (models, ends) = (ReadModels::keyed(&key), Ends::default());
    let mut records = 0_u64;
    // A snapshot that is not of this ledger, or cannot be read, says something else.
    let mut has_drifted = snapshot::is_there(directory);
    let started = Instant::now();
    let ledger = source.ledger.as_ref();
    let is_of_this_ledger = match &found {
        Some(Restored { mark, .. }) => Mark::at(ledger, mark.position).await? == Some(*mark),
        None => false,
    };
    let mut all = Reader::new(ledger, ReadModels::keys(&vault)).all(None);
    while let Some(page) = all.next().await? {
        for recorded in &page {
            ends.take(recorded)?;
            models.apply(recorded);
            if let Some(snapshot) = &found
                && snapshot.mark.position == recorded.position
            {
                let is_same = snapshot.models.is_same(&models) && snapshot.ends.is_same(&ends);
                has_drifted = !is_of_this_ledger || !is_same;
            }
        }
        records += page.len() as u64;
        bar.inc(page.len() as u64);
    }
    drop(bar);
    let elapsed = started.elapsed();
    let report = Report {
        records,
        seconds: elapsed.as_secs_f64(),
        records_per_second: progress::rate(records, elapsed),
        snapshot_position: snapshot_position.map(|position| position.0),
        has_drifted,
    };
    output.value(&report)?;
    Ok(if has_drifted { ExitCode::from(DRIFT) } else { ExitCode::SUCCESS })
}
