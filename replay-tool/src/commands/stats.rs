//! `replay stats`: types and versions in use, streams and sizes.

use crate::exit::Failure;
use crate::output::Output;
use crate::progress;
use crate::source::Source;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use store::scan::Scan;
use store::{ReadError, record};

/// Count events by type and version
#[derive(Args)]
pub struct StatsArgs {}

#[derive(Default, Serialize)]
struct Row {
    #[serde(rename = "type")]
    event_type: String,
    version: u16,
    events: u64,
    bytes: u64,
}

pub async fn run(source: &Source, output: &Output, _: StatsArgs) -> Result<ExitCode, Failure> {
    let bar = progress::bar(source.ledger.head().await?);
    let mut found: BTreeMap<(String, u16), Row> = BTreeMap::new();
    let mut scan = Scan::new(source.ledger.as_ref(), None);
    while let Some(page) = scan.next().await? {
        for stored in &page {
            let envelope = record::decode(&stored.bytes).map_err(|error| ReadError::Damaged {
                position: stored.position,
                reason: error.to_string(),
            })?;
            let key = (envelope.event_type.to_owned(), envelope.event_version);
            let row = found.entry(key).or_default();
            row.events += 1;
            row.bytes += stored.bytes.len() as u64;
        }
        bar.inc(page.len() as u64);
    }
    drop(bar);
    let rows: Vec<Row> = found
        .into_iter()
        .map(|((event_type, version), row)| Row { event_type, version, ..row })
        .collect();
    output.rows(&["type", "version", "events", "bytes"], &rows, |row| {
        vec![
            row.event_type.clone(),
            row.version.to_string(),
            row.events.to_string(),
            row.bytes.to_string(),
        ]
    })?;
    Ok(ExitCode::SUCCESS)
}
