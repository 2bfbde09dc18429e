//! `replay show`: the state of a merchant then or now.

use crate::exit::Failure;
use crate::moment;
use crate::output::{self, Format, Output};
use crate::source::{Source, merchant_id, now};
use clap::Args;
use domain::MerchantId;
use domain::merchant::State;
use projections::diff::leaves;
use projections::views::console::card::Card;
use serde::Serialize;
use std::process::ExitCode;
use store::reader::fold;
use store::{AsOf, Loaded, Merchant, Revision};

/// Show a merchant as it was at any moment; what changed since is marked
#[derive(Args)]
pub struct ShowArgs {
    /// mer_…
    merchant: String,
    #[arg(long, help = moment::HELP)]
    as_of: Option<String>,
}

/// The card as JSON; requirements are judged by the moment itself.
pub fn card(
    id: MerchantId,
    then: &Loaded<State>,
    as_of: AsOf,
) -> Result<serde_json::Value, Failure> {
    let at = match as_of {
        AsOf::Time(time) => time,
        AsOf::Now => now(),
        AsOf::Revision(_) | AsOf::Position(_) => then.recorded_at.unwrap_or_else(now),
    };
    Ok(serde_json::to_value(Card::of(id, &then.state, at))?)
}

#[derive(Serialize)]
struct Field {
    field: String,
    value: String,
    changed_since: bool,
}

pub async fn run(source: &Source, output: &Output, args: ShowArgs) -> Result<ExitCode, Failure> {
    let id = merchant_id(&args.merchant)?;
    let as_of = match &args.as_of {
        Some(text) => moment::parse(text, now())?,
        None => AsOf::Now,
    };
    let events = source.merchant(id).await?;
    let then = fold::<Merchant>(&events, as_of);
    let (Some(revision), Some(recorded_at)) = (then.revision, then.recorded_at) else {
        return Err(Failure::NotFound(format!("{id} did not exist at that moment")));
    };
    let then_card = card(id, &then, as_of)?;
    if output.format != Format::Table {
        output.value(&then_card)?;
        return Ok(ExitCode::SUCCESS);
    }
    let latest = leaves(&card(id, &fold::<Merchant>(&events, AsOf::Now), AsOf::Now)?);
    let fields: Vec<Field> = leaves(&then_card)
        .into_iter()
        .map(|(field, value)| Field {
            changed_since: latest.get(&field) != Some(&value),
            field,
            value,
        })
        .collect();
    output::tell(format_args!(
        "{id} at {} of {}, {} UTC",
        revision,
        Revision(events.len() as u64 - 1),
        recorded_at.format("%Y-%m-%d %H:%M:%S")
    ));
    output.rows(&["field", "value", ""], &fields, |field| {
        let mark = if field.changed_since { "changed since" } else { "" };
        vec![field.field.clone(), field.value.clone(), mark.to_owned()]
    })?;
    Ok(ExitCode::SUCCESS)
}
