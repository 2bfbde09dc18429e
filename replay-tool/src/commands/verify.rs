//! `replay verify`: every record, whole, in its place, chained to the one before it, and readable.

use crate::exit::{Failure, INTEGRITY};
use crate::output::{Format, Output};
use crate::progress;
use crate::source::Source;
use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;
use store::recorded;
use store::{ReadError, StoredRecord, StreamId, record};

/// Check every record: checksum, place, dense revisions, chain, and that it can be read
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
    /// The first record that is not sound, and why. Nothing after it was looked at.
    damage: Option<Damage>,
}

#[derive(Serialize)]
struct Damage {
    position: u64,
    reason: String,
}

/// What is known of a stream so far.
struct Tail {
    next_revision: u64,
    leaf_hash: [u8; 32],
    recorded_at: i64,
}

pub async fn run(source: &Source, output: &Output, _: VerifyArgs) -> Result<ExitCode, Failure> {
    let bar = progress::bar(source.ledger.head().await?);
    let mut report = Report {
        is_sound: true,
        records: 0,
        streams: 0,
        types: BTreeMap::new(),
        first_recorded_at: None,
        last_recorded_at: None,
        damage: None,
    };
    let mut tails: HashMap<StreamId, Tail> = HashMap::new();
    let outcome = walk(source, &mut report, &mut tails, &bar).await;
    bar.finish_and_clear();
    report.streams = tails.len() as u64;
    match outcome {
        Ok(()) => {}
        Err(ReadError::Damaged { position, reason }) => {
            report.is_sound = false;
            report.damage = Some(Damage { position: position.0, reason });
        }
        Err(error) => return Err(error.into()),
    }
    print(output, &report)?;
    Ok(if report.is_sound { ExitCode::SUCCESS } else { ExitCode::from(INTEGRITY) })
}

async fn walk(
    source: &Source,
    report: &mut Report,
    tails: &mut HashMap<StreamId, Tail>,
    bar: &indicatif::ProgressBar,
) -> Result<(), ReadError> {
    let mut after = None;
    loop {
        // A page stops at the first damaged record; the ones before it are read one by one, so
        // that the report says how far the ledger is sound.
        let page = match source.ledger.read_all(after, 2_048).await {
            Ok(page) => page,
            Err(ReadError::Damaged { .. }) => source.ledger.read_all(after, 1).await?,
            Err(error) => return Err(error),
        };
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.position);
        for stored in &page {
            check(source, stored, report, tails)?;
            bar.inc(1);
        }
    }
}

fn check(
    source: &Source,
    stored: &StoredRecord,
    report: &mut Report,
    tails: &mut HashMap<StreamId, Tail>,
) -> Result<(), ReadError> {
    let damaged =
        |reason: &str| ReadError::Damaged { position: stored.position, reason: reason.to_owned() };
    let envelope = record::decode(&stored.bytes).map_err(|error| damaged(&error.to_string()))?;
    let recorded = recorded::read(stored, source.keys())?;
    let tail = tails.get(&stored.stream);
    let (next, previous, since) = tail.map_or((0, [0; 32], i64::MIN), |tail| {
        (tail.next_revision, tail.leaf_hash, tail.recorded_at)
    });
    if envelope.revision != next {
        return Err(damaged("a revision of its stream is missing before it"));
    }
    if envelope.previous != previous {
        return Err(damaged("it does not follow the record that precedes it in its stream"));
    }
    if envelope.recorded_at < since {
        return Err(damaged("it is older than the record that precedes it in its stream"));
    }
    tails.insert(
        stored.stream.clone(),
        Tail {
            next_revision: next + 1,
            leaf_hash: record::leaf_hash(&stored.bytes),
            recorded_at: envelope.recorded_at,
        },
    );
    report.records += 1;
    *report.types.entry(recorded.event_type).or_default() += 1;
    let at = recorded.metadata.recorded_at.to_rfc3339();
    report.first_recorded_at.get_or_insert_with(|| at.clone());
    report.last_recorded_at = Some(at);
    Ok(())
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
    match &report.damage {
        None => lines.push(("result", "sound".to_owned())),
        Some(damage) => {
            lines.push(("damaged at", format!("@{}", damage.position)));
            lines.push(("reason", damage.reason.clone()));
            lines.push((
                "what to do",
                "stop the server, keep a copy of the directory, restore the ledger from a backup"
                    .to_owned(),
            ));
        }
    }
    output.rows(&["", ""], &lines, |(name, value)| vec![(*name).to_owned(), value.clone()])
}
