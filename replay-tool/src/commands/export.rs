//! `replay export`: events or merchants as of a moment, as a file for other programs.

use super::show::as_of;
use crate::exit::Failure;
use crate::moment::{self, Moment};
use crate::output::{self, Output};
use crate::progress;
use crate::source::Source;
use crate::table::{Cell, Columns, FileFormat, Kind, Table};
use crate::told::{Entry, Teller};
use clap::{Args, ValueEnum};
use domain::Coded;
use projections::ReadModels;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use store::scan::Scan;
use store::{AsOf, recorded};

/// Write events or merchants as of a moment into a file: JSON lines, CSV or Parquet
///
/// Personal data is `[sealed]` without --reveal. The file is there when it is whole, and only its owner may
/// read it.
#[derive(Args)]
pub struct ExportArgs {
    #[arg(value_enum)]
    what: What,
    /// The file to write
    #[arg(long)]
    to: PathBuf,
    /// How to write it [default: by the end of the file's name]
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    #[arg(long, help = moment::HELP)]
    as_of: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    Events,
    Merchants,
}

const EVENTS: Columns = &[
    ("position", Kind::Number),
    ("stream", Kind::Text),
    ("subject", Kind::Text),
    ("revision", Kind::Number),
    ("event", Kind::Text),
    ("type", Kind::Text),
    ("version", Kind::Number),
    ("at", Kind::Time),
    ("actor", Kind::Text),
    ("actor_id", Kind::Text),
    ("actor_name", Kind::Text),
    ("on_behalf_of", Kind::Text),
    ("channel", Kind::Text),
    ("command", Kind::Text),
    ("correlation", Kind::Text),
    ("causation", Kind::Text),
    ("rule_set", Kind::Text),
    ("facts", Kind::Text),
    ("text", Kind::Text),
];

const MERCHANTS: Columns = &[
    ("merchant", Kind::Text),
    ("owner", Kind::Text),
    ("status", Kind::Text),
    ("legal_name", Kind::Text),
    ("created_at", Kind::Time),
    ("changed_at", Kind::Time),
    ("revision", Kind::Number),
];

pub async fn run(source: &Source, output: &Output, args: ExportArgs) -> Result<ExitCode, Failure> {
    let moment = args.as_of.as_deref().map(|text| source.clock.parse(text)).transpose()?;
    if let Some(Moment::Revision(_) | Moment::Event(_)) = moment {
        let text = "an export spans streams: give a time, a day or a position";
        return Err(Failure::Usage(text.to_owned()));
    }
    let as_of = source.after_command(as_of(source, moment, &[]).await?).await?;
    let format = args.format.or_else(|| by_name(&args.to)).ok_or_else(|| {
        let text = "name the file .jsonl, .csv or .parquet, or say --format";
        Failure::Usage(text.to_owned())
    })?;
    let columns = match args.what {
        What::Events => EVENTS,
        What::Merchants => MERCHANTS,
    };
    let table = Table::begin(&args.to, format, columns)?;
    let started = Instant::now();
    let (rows, read) = match args.what {
        What::Events => events(source, output, as_of, table).await?,
        What::Merchants => merchants(source, as_of, table).await?,
    };
    let rate = progress::rate(read, started.elapsed());
    let to = args.to.display();
    output::tell(format_args!("{rows} rows in {to}, of {read} events, {rate} a second"));
    Ok(ExitCode::SUCCESS)
}

fn by_name(file: &std::path::Path) -> Option<FileFormat> {
    FileFormat::from_str(file.extension()?.to_str()?, true).ok()
}

async fn events(
    source: &Source,
    output: &Output,
    as_of: AsOf,
    mut table: Table,
) -> Result<(u64, u64), Failure> {
    let bar = progress::bar(source.ledger.head().await?);
    let mut teller = Teller::new(source, output);
    let mut scan = Scan::new(source.ledger.as_ref(), None);
    let mut read = 0;
    while let Some(page) = scan.next().await? {
        for stored in &page {
            let event = recorded::read(stored, source.keys())?;
            if as_of.includes(&event) {
                table.row(cells(teller.entry(stored, &event, None).await?))?;
            }
        }
        read += page.len() as u64;
        bar.inc(page.len() as u64);
    }
    Ok((table.finish()?, read))
}

/// In the order of the columns.
fn cells(entry: Entry) -> Vec<Cell> {
    let text = |text: &str| Cell::Text(text.to_owned());
    vec![
        Cell::Number(entry.position),
        text(&entry.stream),
        text(&entry.subject),
        Cell::Number(entry.revision),
        text(&entry.event),
        text(&entry.event_type),
        Cell::Number(entry.version.into()),
        Cell::Time(entry.at),
        text(&entry.actor),
        entry.actor_id.into(),
        entry.actor_name.into(),
        entry.on_behalf_of.into(),
        text(entry.channel),
        text(&entry.command),
        text(&entry.correlation),
        entry.causation.into(),
        text(&entry.rule_set),
        Cell::Text(entry.facts.to_string()),
        text(&entry.text),
    ]
}

async fn merchants(source: &Source, as_of: AsOf, mut table: Table) -> Result<(u64, u64), Failure> {
    let (models, read) = folded(source, as_of).await?;
    for row in super::merchants::sorted(&models) {
        table.row(vec![
            Cell::Text(row.merchant.to_string()),
            Cell::Text(row.owner.to_string()),
            Cell::Text(row.status.code().to_owned()),
            super::merchants::shown_name(source, row.legal_name.as_ref()).into(),
            Cell::Time(row.created_at),
            Cell::Time(row.changed_at),
            Cell::Number(row.revision.0),
        ])?;
    }
    Ok((table.finish()?, read))
}

/// The read models as of a moment, and how many events were read.
pub async fn folded(source: &Source, as_of: AsOf) -> Result<(ReadModels, u64), Failure> {
    let models = ReadModels::default();
    let bar = progress::bar(source.ledger.head().await?);
    let mut all = source.reader().all(None);
    let mut read = 0;
    while let Some(page) = all.next().await? {
        let known = page.iter().filter(|recorded| as_of.includes(recorded));
        known.for_each(|recorded| models.apply(recorded));
        read += page.len() as u64;
        bar.inc(page.len() as u64);
    }
    Ok((models, read))
}
