//! `replay diff`: what changed between two moments.

use super::show::as_of;
use crate::card::{card, forgotten_by, judged_at, readable_changes};
use crate::exit::{DIFFERS, Failure};
use crate::ids;
use crate::output::Output;
use crate::source::Source;
use clap::Args;
use projections::diff::changes;
use std::process::ExitCode;
use store::Merchant;
use store::reader::fold;

/// Show what changed in a merchant between two moments; exit 1 if anything did
///
/// Of a sealed value it is said that it is another.
#[derive(Args)]
pub struct DiffArgs {
    /// mer_…, a unique beginning of it, or with --reveal an e-mail or a SIREN
    pub merchant: String,
    /// A..B: two moments, as v3..v17 or 2026-10-01..2026-10-31; B may be left out for now
    range: String,
}

pub async fn run(source: &Source, output: &Output, args: DiffArgs) -> Result<ExitCode, Failure> {
    let (from, to) = args
        .range
        .split_once("..")
        .ok_or_else(|| Failure::Usage(format!("`{}` is not A..B", args.range)))?;
    let from = Some(source.clock.parse(from)?);
    let to = if to.is_empty() { None } else { Some(source.clock.parse(to)?) };
    let id = ids::merchant(source, &args.merchant).await?;
    let events = source.merchant(id).await?;
    let forgotten = forgotten_by(&events);
    let mut sides = vec![];
    for moment in [from, to] {
        let as_of = as_of(source, moment, &events).await?;
        let then = fold::<Merchant>(&events, as_of);
        // Before the first event there is nothing, which differs from everything.
        sides.push(match then.revision {
            Some(_) => card(id, &then.state, judged_at(&then, as_of, source.clock.now), forgotten)?,
            None => serde_json::Value::Null,
        });
    }
    let found = match sides.as_slice() {
        [before, after] => readable_changes(changes(before, after)),
        _ => vec![],
    };
    output.rows(&["field", "before", "after"], &found, |change| {
        let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "—".to_owned());
        vec![change.pointer.clone(), shown(&change.before), shown(&change.after)]
    })?;
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
}
