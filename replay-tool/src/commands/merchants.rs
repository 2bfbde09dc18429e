//! `replay merchants`: every merchant, then or now.

use super::export::folded;
use super::show::as_of;
use crate::exit::Failure;
use crate::moment;
use crate::output::Output;
use crate::source::Source;
use chrono::{DateTime, Utc};
use clap::Args;
use domain::Coded;
use domain::values::LegalName;
use projections::ReadModels;
use projections::models::directory::Row;
use serde::Serialize;
use std::process::ExitCode;
use std::sync::Arc;
use store::AsOf;

/// List all merchants as they were at any moment
#[derive(Args)]
pub struct MerchantsArgs {
    #[arg(long, help = moment::HELP)]
    as_of: Option<String>,
    /// Only those with this status, as `live`
    #[arg(long)]
    status: Option<String>,
}

#[derive(Serialize)]
struct Line {
    merchant: String,
    status: &'static str,
    legal_name: String,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
    revision: u64,
}

pub async fn run(
    source: &Source,
    output: &Output,
    args: MerchantsArgs,
) -> Result<ExitCode, Failure> {
    let moment = args.as_of.as_deref().map(|text| source.clock.parse(text)).transpose()?;
    let as_of = source.after_command(as_of(source, moment, &[]).await?).await?;
    if let AsOf::Revision(_) = as_of {
        let text = "a revision is one of one merchant: give a time, a day or a position";
        return Err(Failure::Usage(text.to_owned()));
    }
    let wanted = match &args.status {
        Some(text) => Some(status(text)?),
        None => None,
    };
    let (models, _) = folded(source, as_of).await?;
    let rows = sorted(&models);
    let lines: Vec<Line> = rows
        .iter()
        .filter(|row| wanted.is_none_or(|wanted| wanted == row.status))
        .map(|row| Line {
            merchant: row.merchant.to_string(),
            status: row.status.code(),
            legal_name: shown_name(source, row.legal_name.as_ref()).unwrap_or_default(),
            created_at: row.created_at,
            changed_at: row.changed_at,
            revision: row.revision.0,
        })
        .collect();
    let columns = ["merchant", "status", "name", "created", "changed", "rev"];
    output.rows(&columns, &lines, |line| {
        vec![
            line.merchant.clone(),
            line.status.to_owned(),
            line.legal_name.clone(),
            source.clock.local(line.created_at),
            source.clock.local(line.changed_at),
            format!("v{}", line.revision),
        ]
    })?;
    Ok(ExitCode::SUCCESS)
}

/// By the time at which they signed up.
pub fn sorted(models: &ReadModels) -> Vec<Arc<Row>> {
    let mut rows = models.directory.rows();
    rows.sort_by_key(|row| (row.created_at, row.merchant));
    rows
}

/// `None` before it was told, and once it is forgotten.
pub fn shown_name(source: &Source, name: Option<&LegalName>) -> Option<String> {
    match (name, &source.keyring) {
        (Some(name), _) => Some(name.as_str().to_owned()),
        (None, Some(_)) => None,
        (None, None) => Some("[sealed]".to_owned()),
    }
}

fn status(text: &str) -> Result<domain::registration::Status, Failure> {
    domain::registration::Status::from_code(text).ok_or_else(|| {
        let all: Vec<&str> =
            domain::registration::Status::ALL.iter().map(|status| status.code()).collect();
        Failure::Usage(format!("`{text}` is no status: {}", all.join(", ")))
    })
}
