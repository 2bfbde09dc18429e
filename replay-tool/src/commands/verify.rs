//! `replay verify`: every record, whole, in its place, chained to the one before it, and readable;
//! every document and every key that the records speak of.

use crate::exit::{Failure, INTEGRITY};
use crate::output::{Format, Output};
use crate::progress;
use crate::source::Source;
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use store::Position;
use store::documents::{Blobs, DOCUMENTS_FOLDER};
use store::verify::{Beside, verify};

/// Check every record: checksum, place, dense revisions, chain, and that it can be read
///
/// Checks as well that each document lies in the directory with the hash that its event tells, and
/// that the vault there has, or has destroyed, the key of everybody the records speak of. No master
/// key is needed for that.
#[derive(Args)]
pub struct VerifyArgs {}

#[derive(Serialize)]
struct Report {
    is_sound: bool,
    records: u64,
    streams: u64,
    types: BTreeMap<String, u64>,
    first_recorded_at: Option<String>,
    last_recorded_at: Option<String>,
    /// Documents that are as their events say; absent where there are none to look at.
    documents: Option<u64>,
    /// Events whose document is missing or another.
    bad_documents: Vec<Damage>,
    /// People and merchants whose key is there or destroyed; absent without a vault to look at.
    keys: Option<u64>,
    lost_keys: Option<u64>,
    /// The first record that is not sound, and why. Nothing after it was looked at.
    damage: Option<Damage>,
}

#[derive(Serialize)]
struct Damage {
    position: u64,
    reason: String,
}

pub async fn run(source: &Source, output: &Output, _: VerifyArgs) -> Result<ExitCode, Failure> {
    let bar = progress::bar(source.ledger.head().await?);
    let directory = &source.args.directory;
    let blobs = Blobs::found_in(&directory.join(DOCUMENTS_FOLDER))?;
    let beside =
        Beside { keys: source.reader().keys, vault: Some(directory), blobs: blobs.as_ref() };
    let found = verify(source.ledger.as_ref(), beside, |more| bar.inc(more)).await;
    bar.finish_and_clear();
    let report = Report::of(&found?, beside);
    print(output, &report)?;
    Ok(if report.is_sound { ExitCode::SUCCESS } else { ExitCode::from(INTEGRITY) })
}

impl Report {
    fn of(found: &store::verify::Report, beside: Beside<'_>) -> Self {
        let looked_at_blobs = beside.blobs.is_some();
        let looked_at_keys = found.has_looked_at_keys;
        Self {
            is_sound: found.is_sound(),
            records: found.records,
            streams: found.streams,
            types: found.types.clone(),
            first_recorded_at: found.first_recorded_at.map(|at| at.to_rfc3339()),
            last_recorded_at: found.last_recorded_at.map(|at| at.to_rfc3339()),
            documents: looked_at_blobs.then_some(found.documents),
            bad_documents: found
                .bad_documents
                .iter()
                .map(|(position, reason)| Damage::new(*position, reason))
                .collect(),
            keys: looked_at_keys.then_some(found.keys),
            lost_keys: looked_at_keys.then_some(found.lost_keys),
            damage: found.damage.as_ref().map(|(position, reason)| Damage::new(*position, reason)),
        }
    }
}

impl Damage {
    fn new(position: Position, reason: &str) -> Self {
        Self { position: position.0, reason: reason.to_owned() }
    }
}

fn print(output: &Output, report: &Report) -> Result<(), Failure> {
    if output.format != Format::Table {
        return output.value(report);
    }
    let mut lines = vec![
        ("records", report.records.to_string()),
        ("streams", report.streams.to_string()),
        ("types in use", report.types.len().to_string()),
        ("first", report.first_recorded_at.clone().unwrap_or_default()),
        ("last", report.last_recorded_at.clone().unwrap_or_default()),
    ];
    let or_none =
        |count: Option<u64>| count.map_or("none to look at".to_owned(), |n| n.to_string());
    lines.push(("documents", or_none(report.documents)));
    lines.push(("keys", or_none(report.keys)));
    for bad in report.bad_documents.iter().take(SHOWN) {
        lines.push(("document of", format!("@{}: {}", bad.position, bad.reason)));
    }
    if report.bad_documents.len() > SHOWN {
        lines.push(("", format!("and {} more", report.bad_documents.len() - SHOWN)));
    }
    if let Some(lost) = report.lost_keys.filter(|lost| *lost > 0) {
        lines.push(("keys lost", format!("{lost}: bring back a newer vault.db")));
    }
    if let Some(damage) = &report.damage {
        lines.push(("damaged at", format!("@{}", damage.position)));
        lines.push(("reason", damage.reason.clone()));
        lines.push((
            "what to do",
            "stop the server, keep a copy of the directory, restore the ledger from a backup"
                .to_owned(),
        ));
    }
    lines.push(("result", if report.is_sound { "sound" } else { "not sound" }.to_owned()));
    output.rows(&["", ""], &lines, |(name, value)| vec![(*name).to_owned(), value.clone()])
}

/// Bad documents that a table names.
const SHOWN: usize = 20;
