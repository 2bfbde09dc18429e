//! `replay log`: the history, like `git log`.

use crate::exit::Failure;
use crate::moment;
use crate::output::{Lang, Output};
use crate::source::{Source, merchant_id};
use chrono::{DateTime, Utc};
use clap::Args;
use domain::Event;
use domain::merchant;
use projections::diff::{Change, changes};
use projections::views::account_ledger::{Names, for_any};
use projections::views::console::card::Card;
use serde::Serialize;
use std::process::ExitCode;
use store::record::actor_parts;
use store::{AsOf, Recorded};

/// Show what happened, the oldest first
#[derive(Args)]
pub struct LogArgs {
    /// Only this merchant (mer_…)
    merchant: Option<String>,
    /// Show the change that each event made (with a merchant)
    #[arg(short, long, requires = "merchant")]
    patch: bool,
    /// Only types that start so, as `review.`
    #[arg(long = "type")]
    event_type: Option<String>,
    /// Only this actor: a kind (staff, user, system …) or an id
    #[arg(long)]
    actor: Option<String>,
    /// From this moment on
    #[arg(long)]
    since: Option<String>,
    /// Until this moment
    #[arg(long, visible_alias = "as-of")]
    until: Option<String>,
    /// Only the last so many
    #[arg(short = 'n', long)]
    number: Option<usize>,
}

#[derive(Serialize)]
struct Entry {
    position: u64,
    stream: String,
    revision: u64,
    event: String,
    #[serde(rename = "type")]
    event_type: String,
    at: DateTime<Utc>,
    actor: String,
    /// The request that it follows from, as the server's log names it.
    correlation: String,
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<Change>,
}

pub async fn run(source: &Source, output: &Output, args: LogArgs) -> Result<ExitCode, Failure> {
    let filter = Filter::of(&args)?;
    let mut entries = match &args.merchant {
        Some(merchant) => {
            let id = merchant_id(merchant)?;
            let events = source.merchant(id).await?;
            let mut state = merchant::State::default();
            let mut entries = vec![];
            for recorded in &events {
                let before = args.patch.then(|| card(id, &state, recorded)).transpose()?;
                if let Event::Merchant(event) = &recorded.event {
                    state = merchant::evolve(state, event);
                }
                let after = args.patch.then(|| card(id, &state, recorded)).transpose()?;
                let made = before.zip(after).map(|(before, after)| changes(&before, &after));
                if filter.admits(recorded) {
                    entries.push(entry(recorded, output, made.unwrap_or_default()));
                }
            }
            entries
        }
        None => match args.number {
            Some(number) => last(source, output, &filter, number).await?,
            None => everything(source, output, &filter).await?,
        },
    };
    if let Some(number) = args.number {
        entries.drain(..entries.len().saturating_sub(number));
    }
    output.rows(
        &["position", "when (UTC)", "stream", "rev", "type", "actor", "what happened"],
        &entries,
        cells,
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn everything(
    source: &Source,
    output: &Output,
    filter: &Filter,
) -> Result<Vec<Entry>, Failure> {
    let mut entries = vec![];
    let mut all = source.reader().all(None);
    while let Some(page) = all.next().await? {
        let admitted = page.iter().filter(|recorded| filter.admits(recorded));
        entries.extend(admitted.map(|recorded| entry(recorded, output, vec![])));
    }
    Ok(entries)
}

/// The last so many, read from the end.
async fn last(
    source: &Source,
    output: &Output,
    filter: &Filter,
    number: usize,
) -> Result<Vec<Entry>, Failure> {
    let mut entries = vec![];
    let end = source.ledger.head().await?.map_or(0, |head| head.0 + 1);
    let mut newest = source.reader().newest(end);
    while entries.len() < number
        && let Some(page) = newest.next().await?
    {
        let admitted = page.iter().filter(|recorded| filter.admits(recorded));
        let more = admitted.map(|recorded| entry(recorded, output, vec![]));
        entries.extend(more.take(number - entries.len()));
    }
    entries.reverse();
    Ok(entries)
}

fn card(
    id: domain::MerchantId,
    state: &merchant::State,
    recorded: &Recorded,
) -> Result<serde_json::Value, Failure> {
    Ok(serde_json::to_value(Card::of(id, state, recorded.metadata.recorded_at))?)
}

fn entry(recorded: &Recorded, output: &Output, changes: Vec<Change>) -> Entry {
    let sentence = for_any(&recorded.event, Names::default());
    Entry {
        position: recorded.position.0,
        stream: recorded.stream.as_str().to_owned(),
        revision: recorded.revision.0,
        event: recorded.metadata.event_id.to_string(),
        event_type: recorded.event_type.to_owned(),
        at: recorded.metadata.recorded_at,
        actor: actor(recorded),
        correlation: recorded.metadata.correlation_id.simple().to_string(),
        text: match output.lang {
            Lang::Fr => sentence.french,
            Lang::En => sentence.english,
        },
        changes,
    }
}

fn actor(recorded: &Recorded) -> String {
    let (kind, id) = actor_parts(recorded.metadata.actor);
    match id {
        Some(id) => format!("{kind} {}", uuid::Uuid::from_bytes(id).simple()),
        None => kind.to_owned(),
    }
}

fn cells(entry: &Entry) -> Vec<String> {
    let mut text = entry.text.clone();
    for change in &entry.changes {
        let (before, after) = (change.before.as_deref(), change.after.as_deref());
        text.push_str(&format!(
            "\n  {}: {} → {}",
            change.pointer,
            before.unwrap_or("—"),
            after.unwrap_or("—")
        ));
    }
    vec![
        format!("@{}", entry.position),
        entry.at.format("%Y-%m-%d %H:%M:%S").to_string(),
        // The end of an id is what tells streams apart at a glance.
        short(&entry.stream),
        format!("v{}", entry.revision),
        entry.event_type.clone(),
        short(&entry.actor),
        text,
    ]
}

fn short(name: &str) -> String {
    match name.char_indices().rev().nth(7) {
        Some((start, _)) if name.len() > 24 => {
            let kind = name.split(['-', ' ']).next().unwrap_or_default();
            format!("{kind} …{}", name.get(start..).unwrap_or_default())
        }
        _ => name.to_owned(),
    }
}

struct Filter {
    event_type: Option<String>,
    actor: Option<String>,
    since: Option<AsOf>,
    until: Option<AsOf>,
}

impl Filter {
    fn of(args: &LogArgs) -> Result<Self, Failure> {
        let now = crate::source::now();
        let moment = |text: &Option<String>| {
            text.as_deref().map(|text| moment::parse(text, now)).transpose()
        };
        Ok(Self {
            event_type: args.event_type.clone(),
            actor: args.actor.as_deref().map(|actor| {
                actor.split_once('_').map_or(actor, |(_, digits)| digits).replace('-', "")
            }),
            since: moment(&args.since)?,
            until: moment(&args.until)?,
        })
    }

    fn admits(&self, recorded: &Recorded) -> bool {
        let is_after = match self.since {
            Some(AsOf::Time(time)) => recorded.metadata.recorded_at >= time,
            Some(AsOf::Revision(revision)) => recorded.revision >= revision,
            Some(AsOf::Position(position)) => recorded.position >= position,
            Some(AsOf::Now) | None => true,
        };
        is_after
            && self.until.is_none_or(|until| until.includes(recorded))
            && self.event_type.as_ref().is_none_or(|kind| recorded.event_type.starts_with(kind))
            && self
                .actor
                .as_ref()
                .is_none_or(|wanted| actor(recorded).split(' ').any(|word| word == wanted))
    }
}
