//! `replay diff`: what changed between two moments.

use super::show::card;
use crate::exit::{DIFFERS, Failure};
use crate::moment;
use crate::output::Output;
use crate::source::{Source, merchant_id, now};
use clap::Args;
use projections::diff::changes;
use std::process::ExitCode;
use store::Merchant;
use store::reader::fold;

/// Show what changed in a merchant between two moments; exit 1 if anything did
#[derive(Args)]
pub struct DiffArgs {
    /// mer_…
    merchant: String,
    /// A..B: two moments, as v3..v17 or 2026-10-01..2026-10-31; B may be left out for now
    range: String,
}

pub async fn run(source: &Source, output: &Output, args: DiffArgs) -> Result<ExitCode, Failure> {
    let id = merchant_id(&args.merchant)?;
    let (from, to) = args
        .range
        .split_once("..")
        .ok_or_else(|| Failure::Usage(format!("`{}` is not A..B", args.range)))?;
    let from = moment::parse(from, now())?;
    let to = if to.is_empty() { store::AsOf::Now } else { moment::parse(to, now())? };
    let events = source.merchant(id).await?;
    let mut sides = vec![];
    for as_of in [from, to] {
        // Before the first event there is nothing, which differs from everything.
        let then = fold::<Merchant>(&events, as_of);
        sides.push(match then.revision {
            Some(_) => card(id, &then, as_of)?,
            None => serde_json::Value::Null,
        });
    }
    let found = match sides.as_slice() {
        [before, after] => changes(before, after),
        _ => vec![],
    };
    output.rows(&["field", "before", "after"], &found, |change| {
        let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "—".to_owned());
        vec![change.pointer.clone(), shown(&change.before), shown(&change.after)]
    })?;
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
}
