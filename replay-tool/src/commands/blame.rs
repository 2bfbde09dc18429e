//! `replay blame`: which event made each field what it is, who, and when.

use super::show::as_of;
use crate::card::{card, forgotten_by, judged_at, readable_text};
use crate::exit::Failure;
use crate::ids;
use crate::life::steps;
use crate::moment;
use crate::names::Names;
use crate::output::Output;
use crate::source::Source;
use chrono::{DateTime, Utc};
use clap::Args;
use projections::diff::leaves;
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use store::reader::{fold, up_to};
use store::{Merchant, Recorded};

/// Show for each field which event made it what it is, who was behind it, and when
///
/// A field that changed because time passed, as a document that expired, has no event.
#[derive(Args)]
pub struct BlameArgs {
    /// mer_…, a unique beginning of it, or with --reveal an e-mail or a SIREN
    pub merchant: String,
    /// Only fields whose pointers begin so, as /client_file/status or client_file.status
    field: Option<String>,
    #[arg(long, help = moment::HELP)]
    as_of: Option<String>,
}

#[derive(Serialize)]
struct Line {
    field: String,
    value: String,
    /// None where time made it so.
    event: Option<String>,
    position: Option<u64>,
    revision: Option<u64>,
    #[serde(rename = "type")]
    event_type: Option<String>,
    at: Option<DateTime<Utc>>,
    by: Option<String>,
}

pub async fn run(source: &Source, output: &Output, args: BlameArgs) -> Result<ExitCode, Failure> {
    let moment = args.as_of.as_deref().map(|text| source.clock.parse(text)).transpose()?;
    let id = ids::merchant(source, &args.merchant).await?;
    let all = source.merchant(id).await?;
    let as_of = as_of(source, moment, &all).await?;
    let events = up_to(&all, as_of);
    let mut made_by: BTreeMap<String, &Recorded> = BTreeMap::new();
    let mut last = BTreeMap::new();
    for step in steps(id, events) {
        let step = step?;
        for (field, value) in &step.after {
            if last.get(field) != Some(value) {
                made_by.insert(field.clone(), step.event);
            }
        }
        last = step.after;
    }
    let then = fold::<Merchant>(events, store::AsOf::Now);
    let at = judged_at(&fold::<Merchant>(&all, as_of), as_of, source.clock.now);
    let now = leaves(&card(id, &then.state, at, forgotten_by(&all))?);
    let wanted = args.field.as_deref().map(pointer);
    let mut names = Names::default();
    let mut lines = vec![];
    for (field, value) in now {
        if wanted.as_ref().is_some_and(|wanted| !is_below(&field, wanted)) {
            continue;
        }
        let event = made_by.get(&field).filter(|_| last.get(&field) == Some(&value));
        let by = match event {
            Some(event) => Some(names.actor(source, event.metadata.actor).await?),
            None => None,
        };
        lines.push(Line {
            value: readable_text(&value).to_owned(),
            field,
            event: event.map(|event| event.metadata.event_id.to_string()),
            position: event.map(|event| event.position.0),
            revision: event.map(|event| event.revision.0),
            event_type: event.map(|event| event.event_type.to_owned()),
            at: event.map(|event| event.metadata.recorded_at),
            by,
        });
    }
    if lines.is_empty() {
        let field = args.field.unwrap_or_default();
        return Err(Failure::NotFound(format!(
            "{id} has no field that begins with `{field}` then"
        )));
    }
    let columns = ["field", "value", "since", "type", "by"];
    output.rows(&columns, &lines, |line| {
        let since = match (line.revision, line.at) {
            (Some(revision), Some(at)) => format!("v{revision} {}", source.clock.local(at)),
            _ => "time has passed".to_owned(),
        };
        let kind = line.event_type.clone().unwrap_or_default();
        vec![
            line.field.clone(),
            line.value.clone(),
            since,
            kind,
            line.by.clone().unwrap_or_default(),
        ]
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A field as a pointer: `client_file.status` is one, too.
pub fn pointer(field: &str) -> String {
    if field.starts_with('/') { field.to_owned() } else { format!("/{}", field.replace('.', "/")) }
}

fn is_below(field: &str, wanted: &str) -> bool {
    let wanted = wanted.trim_end_matches('/');
    field.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_as_pointers_or_with_dots() {
        assert_eq!(pointer("client_file.status"), "/client_file/status");
        assert_eq!(pointer("/status"), "/status");
        assert!(is_below("/client_file/status", "/client_file"));
        assert!(is_below("/status", "/status") && !is_below("/status_of", "/status"));
    }
}
