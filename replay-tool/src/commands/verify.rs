//! `replay verify`: every record, whole, in its place, chained to the one before it, and readable; every
//! stream; every document and every key that the records speak of.

use crate::exit::{Failure, INTEGRITY};
use crate::output::{Format, Output};
use crate::progress;
use crate::source::{Source, open_vault};
use clap::Args;
use domain::Coded;
use projections::snapshot;
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use store::documents::{Blobs, DOCUMENTS_FOLDER};
use store::master_key;
use store::vault::Vault;
use store::verify::{Beside, Part, verify};

/// Check every record, stream, document and key, and the files that they lie in
///
/// Each record: checksum, place, dense revisions, chain, and that it can be read. Each stream: that whoever
/// reads it by itself finds all that the whole order has of it. The ledger's own indexes, schema and log.
/// Each document: that it lies in the directory with the hash that its event tells. Each key: that the vault
/// there has it, unless an event forgets its subject. All damage that can be reached is listed. Where the
/// master key lies at its place, what is sealed is opened, too; without it that is said.
#[derive(Args)]
pub struct VerifyArgs {}

#[derive(Serialize)]
struct Report {
    is_sound: bool,
    records: u64,
    seconds: f64,
    records_per_second: u64,
    streams: u64,
    types: BTreeMap<String, u64>,
    first_recorded_at: Option<String>,
    last_recorded_at: Option<String>,
    /// Documents that are as their events say; absent where there are none to look at.
    documents: Option<u64>,
    /// People and merchants whose key is there, or known to be lost; absent without a vault to look at.
    keys: Option<u64>,
    /// What is not as it must be.
    damage: Vec<Damage>,
    /// Damages beyond those.
    not_listed: u64,
    /// What is worth knowing and is no damage.
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Damage {
    part: &'static str,
    /// The first record that it is about, and the last.
    first: Option<u64>,
    last: Option<u64>,
    reason: String,
}

pub async fn run(source: &Source, output: &Output, _: VerifyArgs) -> Result<ExitCode, Failure> {
    let directory = &source.args.directory;
    let (mut notes, mut damage) = (vec![], None);
    let opened = vault(source, &mut notes, &mut damage)?;
    let vault = opened.as_ref();
    let blobs = Blobs::found_in(&directory.join(DOCUMENTS_FOLDER))?;
    let snapshot = match vault {
        Some(vault) => snapshot::read(directory, &vault.secret("snapshots")?),
        None => None,
    };
    if vault.is_some() && snapshot.is_none() && snapshot::is_there(directory) {
        notes.push("the snapshot cannot be used: the next start folds everything".to_owned());
    }
    let beside = Beside {
        vault,
        directory: Some(directory),
        blobs: blobs.as_ref(),
        snapshot: snapshot.map(|snapshot| snapshot.mark),
        looks_for_passwords: true,
    };
    let bar = progress::bar(source.ledger.head().await.ok().flatten());
    let started = Instant::now();
    let found = verify(source.ledger.as_ref(), beside, |more| bar.inc(more)).await;
    drop(bar);
    let mut report = Report::of(&found?, beside, started.elapsed());
    report.notes.extend(notes);
    if let Some(reason) = damage.filter(|reason| !report.says(reason)) {
        report.is_sound = false;
        report.damage.push(Damage { part: Part::Vault.code(), first: None, last: None, reason });
    }
    print(output, &report)?;
    Ok(if report.is_sound { ExitCode::SUCCESS } else { ExitCode::from(INTEGRITY) })
}

/// The vault with its master key, if both are there and sound.
fn vault(
    source: &Source,
    notes: &mut Vec<String>,
    damage: &mut Option<String>,
) -> Result<Option<Vault>, Failure> {
    let args = &source.args;
    let key_file = master_key::path_of(&args.directory, args.master_key_file.as_deref());
    if !key_file.exists() {
        notes.push("without the master key nothing that is sealed was opened".to_owned());
        return Ok(None);
    }
    match open_vault(args) {
        Ok(vault) => Ok(Some(vault)),
        // Whether it should be there is seen when its files are looked at.
        Err(Failure::NotFound(_)) => Ok(None),
        Err(Failure::Integrity(reason)) => {
            *damage = Some(reason);
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

impl Report {
    fn of(found: &store::verify::Report, beside: Beside<'_>, elapsed: Duration) -> Self {
        let damage = found.damage.iter().map(|damage| Damage {
            part: damage.part.code(),
            first: damage.records.map(|(first, _)| first.0),
            last: damage.records.map(|(_, last)| last.0),
            reason: damage.reason.clone(),
        });
        Self {
            is_sound: found.is_sound(),
            records: found.records,
            seconds: elapsed.as_secs_f64(),
            records_per_second: progress::rate(found.records, elapsed),
            streams: found.streams,
            types: found.types.clone(),
            first_recorded_at: found.first_recorded_at.map(|at| at.to_rfc3339()),
            last_recorded_at: found.last_recorded_at.map(|at| at.to_rfc3339()),
            documents: beside.blobs.is_some().then_some(found.documents),
            keys: found.has_looked_at_keys.then_some(found.keys),
            damage: damage.collect(),
            not_listed: found.not_listed,
            notes: found.notes.clone(),
        }
    }
}

impl Report {
    fn says(&self, reason: &str) -> bool {
        self.damage.iter().any(|damage| damage.reason == reason)
    }
}

impl Damage {
    fn place(&self) -> String {
        match (self.first, self.last) {
            (Some(first), Some(last)) if first < last => {
                format!("{} @{first} to @{last}", self.part)
            }
            (Some(first), _) => format!("{} @{first}", self.part),
            (None, _) => self.part.to_owned(),
        }
    }
}

fn print(output: &Output, report: &Report) -> Result<(), Failure> {
    if output.format != Format::Table {
        return output.value(report);
    }
    let or_none =
        |count: Option<u64>| count.map_or("none to look at".to_owned(), |n| n.to_string());
    let row = |name: &str, value: String| (name.to_owned(), value);
    let mut rows = vec![
        row("records", format!("{}, {} a second", report.records, report.records_per_second)),
        row("streams", report.streams.to_string()),
        row("types in use", report.types.len().to_string()),
        row("first", report.first_recorded_at.clone().unwrap_or_default()),
        row("last", report.last_recorded_at.clone().unwrap_or_default()),
        row("documents", or_none(report.documents)),
        row("keys", or_none(report.keys)),
    ];
    rows.extend(report.notes.iter().map(|note| row("note", note.clone())));
    rows.extend(report.damage.iter().map(|damage| (damage.place(), damage.reason.clone())));
    if report.not_listed > 0 {
        rows.push(row("", format!("and {} more", report.not_listed)));
    }
    if !report.is_sound {
        let todo = "stop the server, keep a copy of the directory, bring back what is damaged from a backup";
        rows.push(row("what to do", todo.to_owned()));
    }
    rows.push(row("result", if report.is_sound { "sound" } else { "not sound" }.to_owned()));
    output.rows(&["", ""], &rows, |(name, value)| vec![name.clone(), value.clone()])
}
