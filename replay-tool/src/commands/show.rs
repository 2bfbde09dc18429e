//! `replay show`: the state of a merchant then or now.

use crate::card::{card, forgotten_by, judged_at, readable, readable_text};
use crate::exit::Failure;
use crate::ids;
use crate::moment::{self, Moment};
use crate::names::Names;
use crate::output::{self, Format, Output};
use crate::source::Source;
use clap::Args;
use projections::diff::leaves;
use serde::Serialize;
use std::process::ExitCode;
use store::reader::fold;
use store::{AsOf, Merchant, Revision};

/// Show a merchant as it was at any moment; what changed since is marked
///
/// What is sealed, forgotten or lost with its key says so, and what depends on it is unknown. A moment within
/// a command is the moment after it.
#[derive(Args)]
pub struct ShowArgs {
    /// mer_…, a unique beginning of it, or with --reveal an e-mail or a SIREN
    pub merchant: String,
    #[arg(long, help = moment::HELP)]
    as_of: Option<String>,
}

#[derive(Serialize)]
struct Field {
    field: String,
    value: String,
    changed_since: bool,
}

pub async fn run(source: &Source, output: &Output, args: ShowArgs) -> Result<ExitCode, Failure> {
    let moment = args.as_of.as_deref().map(|text| source.clock.parse(text)).transpose()?;
    let id = ids::merchant(source, &args.merchant).await?;
    let events = source.merchant(id).await?;
    let as_of = as_of(source, moment, &events).await?;
    let forgotten = forgotten_by(&events);
    let then = fold::<Merchant>(&events, as_of);
    let (Some(revision), Some(recorded_at)) = (then.revision, then.recorded_at) else {
        return Err(Failure::NotFound(format!("{id} did not exist at that moment")));
    };
    let then_card = card(id, &then.state, judged_at(&then, as_of, source.clock.now), forgotten)?;
    if output.format != Format::Table {
        output.value(&readable(then_card))?;
        return Ok(ExitCode::SUCCESS);
    }
    let now = fold::<Merchant>(&events, AsOf::Now);
    let at = judged_at(&now, AsOf::Now, source.clock.now);
    let latest = leaves(&card(id, &now.state, at, forgotten)?);
    let (mut fields, mut names) = (vec![], Names::default());
    for (field, value) in leaves(&then_card) {
        fields.push(Field {
            changed_since: latest.get(&field) != Some(&value),
            value: names.in_text(source, readable_text(&value).to_owned()).await?,
            field,
        });
    }
    output::tell(format_args!(
        "{id} at {revision} of {}, {} ({})",
        Revision(events.len() as u64 - 1),
        source.clock.local(recorded_at),
        source.clock.zone,
    ));
    output.rows(&["field", "value", ""], &fields, |field| {
        let mark = if field.changed_since { "changed since" } else { "" };
        vec![field.field.clone(), field.value.clone(), mark.to_owned()]
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A moment of a stream, none being now.
pub async fn as_of(
    source: &Source,
    moment: Option<Moment>,
    events: &[store::Recorded],
) -> Result<AsOf, Failure> {
    let Some(moment) = moment else { return Ok(AsOf::Now) };
    if let Moment::Position(position) = moment {
        let head = source.ledger.head().await?;
        if Some(position) > head {
            let last = head.map_or("nothing".to_owned(), |head| head.to_string());
            return Err(Failure::NotFound(format!("there is no {position}: the last is {last}")));
        }
    }
    source.clock.as_of(moment, events)
}
