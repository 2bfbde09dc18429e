//! `replay event`: everything that one record says.

use crate::exit::Failure;
use crate::find;
use crate::output::{Format, Output};
use crate::source::Source;
use crate::told::Teller;
use clap::Args;
use domain::Event;
use domain::merchant;
use serde_json::Value;
use std::process::ExitCode;
use store::recorded;

/// Show every fact of one event, who was behind it, and what it follows from
#[derive(Args)]
pub struct EventArgs {
    /// evt_…, a unique beginning of it, or @123456 (its position)
    event: String,
}

pub async fn run(source: &Source, output: &Output, args: EventArgs) -> Result<ExitCode, Failure> {
    let stored = find::event(source, &args.event).await?;
    let recorded = recorded::read(&stored, source.keys())?;
    let mut state = merchant::State::default();
    if let Event::Merchant(_) = recorded.event {
        for before in source.reader().history(stored.stream.clone()).await? {
            if before.revision <= recorded.revision
                && let Event::Merchant(event) = &before.event
            {
                state = merchant::evolve(state, event);
            }
        }
    }
    let entry = Teller::new(source, output).entry(&stored, &recorded, Some(&state)).await?;
    let value = serde_json::to_value(entry)?;
    if output.format != Format::Table {
        output.value(&value)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<(String, String)> = fields(&value);
    output.rows(&["", ""], &rows, |(name, value)| vec![name.clone(), value.clone()])?;
    Ok(ExitCode::SUCCESS)
}

/// Each field in a line, in the order in which they stand; facts by their names.
fn fields(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let Value::Object(all) = value else { return vec![] };
    let mut rows = vec![];
    for (name, value) in all {
        if let Value::Object(facts) = value {
            let facts = facts.iter().filter(|(_, fact)| !fact.is_null());
            rows.extend(facts.map(|(fact, value)| (format!("{name}.{fact}"), text(value))));
        } else if !value.is_null() {
            rows.push((name.clone(), text(value)));
        }
    }
    rows
}
