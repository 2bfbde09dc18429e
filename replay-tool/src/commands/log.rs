//! `replay log`: the history, like `git log`.

use crate::card::{card, forgotten_by, readable_changes};
use crate::exit::Failure;
use crate::ids::{self, Actor};
use crate::moment::Moment;
use crate::output::{self, Output};
use crate::source::Source;
use crate::told::{Entry, Teller};
use clap::Args;
use domain::{Event, MerchantId, merchant};
use projections::diff::{Change, changes};
use serde::Serialize;
use std::process::ExitCode;
use std::time::Duration;
use store::aggregate::merchant_stream;
use store::record::actor_parts;
use store::scan::Scan;
use store::{Position, ReadError, Recorded, Revision, StoredRecord, recorded};
use uuid::Uuid;

/// Records read at a time from the end backwards.
const PAGE_BACK: u64 = 256;
/// How often somebody who follows looks for more.
const LOOK: Duration = Duration::from_millis(500);

/// Show what happened, the oldest first
///
/// As JSON every fact of every event stands in it. What is sealed says so; with --reveal it is opened.
#[derive(Args)]
pub struct LogArgs {
    /// Only this merchant: mer_…, a unique beginning of it, or with --reveal an e-mail or a SIREN
    pub merchant: Option<String>,
    /// Show the change that each command made, with its events below (with a merchant)
    #[arg(short, long, requires = "merchant", conflicts_with = "follow")]
    patch: bool,
    /// Only types that start so, as `review.`
    #[arg(long = "type")]
    event_type: Option<String>,
    /// Only this actor: a kind (staff, user, system …), an id, or with --reveal an e-mail
    #[arg(long)]
    actor: Option<String>,
    /// From this moment on; a day from its beginning
    #[arg(long)]
    since: Option<String>,
    /// Until this moment; a day to its end
    #[arg(long, visible_alias = "as-of")]
    until: Option<String>,
    /// Only the last so many
    #[arg(short = 'n', long)]
    number: Option<usize>,
    /// One line for each event
    #[arg(long)]
    oneline: bool,
    /// Go on as more happens
    #[arg(short, long)]
    follow: bool,
}

impl LogArgs {
    /// Whether an address is looked for, which may be anybody's.
    pub fn asks_of_others(&self) -> bool {
        self.actor.as_deref().is_some_and(|actor| actor.contains('@'))
    }

    pub fn is_followed(&self) -> bool {
        self.follow
    }
}

pub async fn run(source: &Source, output: &Output, args: LogArgs) -> Result<ExitCode, Failure> {
    let filter = Filter::of(source, &args).await?;
    let merchant = match &args.merchant {
        Some(text) => Some(ids::merchant(source, text).await?),
        None => None,
    };
    let mut teller = Teller::new(source, output);
    if let Some(id) = merchant.filter(|_| args.patch) {
        return patches(source, output, &args, &filter, id).await;
    }
    let Found { mut entries, mut reached, damage } = match (merchant, args.number) {
        (Some(id), _) => of_merchant(source, &mut teller, &filter, id).await?,
        (None, Some(number)) => last(source, &mut teller, &filter, number).await?,
        (None, None) => everything(source, &mut teller, &filter).await?,
    };
    if let Some(number) = args.number {
        entries.drain(..entries.len().saturating_sub(number));
    }
    if entries.is_empty() && !args.follow {
        output::tell(format_args!("nothing that happened matches"));
    }
    print(source, output, &args, &entries)?;
    if let Some(damage) = damage {
        return Err(damage.into());
    }
    if !args.follow {
        return Ok(ExitCode::SUCCESS);
    }
    // What came while it was read was shown, too.
    reached = reached.max(entries.last().map(|last| Position(last.position)));
    loop {
        tokio::time::sleep(LOOK).await;
        let page = source.ledger.read_all(reached, PAGE_BACK as usize).await?;
        reached = page.last().map(|last| last.position).or(reached);
        let mut more = vec![];
        for stored in page {
            let is_of_it = merchant.is_none_or(|id| merchant_stream(id) == stored.stream);
            let recorded = recorded::read(&stored, source.keys())?;
            if is_of_it && filter.admits(source, &recorded) {
                more.push(teller.entry(&stored, &recorded, None).await?);
            }
        }
        print(source, output, &args, &more)?;
    }
}

/// What was found before the end, or before damage: that is sound, and shown.
#[derive(Default)]
struct Found {
    entries: Vec<Entry>,
    reached: Option<Position>,
    damage: Option<ReadError>,
}

async fn of_merchant(
    source: &Source,
    teller: &mut Teller<'_>,
    filter: &Filter,
    id: MerchantId,
) -> Result<Found, Failure> {
    let reached = source.ledger.head().await?;
    let mut state = merchant::State::default();
    let mut entries = vec![];
    let (records, damage) = records_of(source, id).await?;
    for (stored, recorded) in records {
        if let Event::Merchant(event) = &recorded.event {
            state = merchant::evolve(state, event);
        }
        if filter.admits(source, &recorded) {
            entries.push(teller.entry(&stored, &recorded, Some(&state)).await?);
        }
    }
    Ok(Found { entries, reached, damage })
}

type Read = (Vec<(StoredRecord, Recorded)>, Option<ReadError>);

/// The records of a merchant up to their end, or up to damage.
async fn records_of(source: &Source, id: MerchantId) -> Result<Read, Failure> {
    let (records, mut damage) = source.records(&merchant_stream(id)).await?;
    if records.is_empty() && damage.is_none() {
        return Err(Failure::NotFound(format!("there is no merchant {id}")));
    }
    let mut read = vec![];
    for stored in records {
        match recorded::read(&stored, source.keys()) {
            Ok(recorded) => read.push((stored, recorded)),
            Err(error) => {
                damage = Some(error);
                break;
            }
        }
    }
    Ok((read, damage))
}

async fn everything(
    source: &Source,
    teller: &mut Teller<'_>,
    filter: &Filter,
) -> Result<Found, Failure> {
    let mut found = Found::default();
    let mut scan = Scan::new(source.ledger.as_ref(), None);
    let mut is_one_by_one = false;
    loop {
        let page = match scan.next().await {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(found),
            Err(error) if error.is_damage() && !is_one_by_one => {
                scan = Scan::in_pages(source.ledger.as_ref(), found.reached, 1);
                is_one_by_one = true;
                continue;
            }
            Err(error) => {
                found.damage = Some(error);
                return Ok(found);
            }
        };
        for stored in &page {
            found.reached = Some(stored.position);
            match recorded::read(stored, source.keys()) {
                Ok(recorded) if filter.admits(source, &recorded) => {
                    found.entries.push(teller.entry(stored, &recorded, None).await?);
                }
                Ok(_) => {}
                Err(error) => {
                    found.damage = Some(error);
                    return Ok(found);
                }
            }
        }
    }
}

/// The last so many, read from the end.
async fn last(
    source: &Source,
    teller: &mut Teller<'_>,
    filter: &Filter,
    number: usize,
) -> Result<Found, Failure> {
    let mut entries = vec![];
    let reached = source.ledger.head().await?;
    let mut end = reached.map_or(0, |head| head.0 + 1);
    while entries.len() < number && end > 0 {
        let start = end.saturating_sub(PAGE_BACK);
        let after = start.checked_sub(1).map(Position);
        let page = source.ledger.read_all(after, (end - start) as usize).await?;
        for stored in page.iter().rev() {
            let recorded = recorded::read(stored, source.keys())?;
            if entries.len() < number && filter.admits(source, &recorded) {
                entries.push(teller.entry(stored, &recorded, None).await?);
            }
        }
        end = start;
    }
    entries.reverse();
    Ok(Found { entries, reached, damage: None })
}

/// What one command made of a merchant.
#[derive(Serialize)]
struct Patch {
    command: String,
    changes: Vec<Change>,
    events: Vec<Entry>,
}

/// One change per command: nobody ever saw half of it.
async fn patches(
    source: &Source,
    output: &Output,
    args: &LogArgs,
    filter: &Filter,
    id: MerchantId,
) -> Result<ExitCode, Failure> {
    let (records, damage) = records_of(source, id).await?;
    let events: Vec<Recorded> = records.iter().map(|(_, recorded)| recorded.clone()).collect();
    let forgotten = forgotten_by(&events);
    let mut teller = Teller::new(source, output);
    let (mut state, mut patches) = (merchant::State::default(), vec![]);
    let same = |one: &(_, Recorded), other: &(_, Recorded)| {
        one.1.metadata.command_id == other.1.metadata.command_id
    };
    for command in records.chunk_by(same) {
        let [(_, first), ..] = command else { continue };
        let at = first.metadata.recorded_at;
        let before = card(id, &state, at, forgotten)?;
        let mut shown = vec![];
        for (stored, recorded) in command {
            if let Event::Merchant(event) = &recorded.event {
                state = merchant::evolve(state, event);
            }
            if filter.admits(source, recorded) {
                shown.push(teller.entry(stored, recorded, Some(&state)).await?);
            }
        }
        if shown.is_empty() {
            continue;
        }
        let changes = readable_changes(changes(&before, &card(id, &state, at, forgotten)?));
        let command = first.metadata.command_id.to_string();
        patches.push(Patch { command, changes, events: shown });
    }
    if let Some(number) = args.number {
        patches.drain(..patches.len().saturating_sub(number));
    }
    if patches.is_empty() {
        output::tell(format_args!("nothing that happened matches"));
    }
    let columns = columns(source);
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    output.rows(&columns, &patches, |patch| patch_cells(source, patch))?;
    damage.map_or(Ok(ExitCode::SUCCESS), |damage| Err(damage.into()))
}

fn patch_cells(source: &Source, patch: &Patch) -> Vec<String> {
    let join =
        |cell: fn(&Entry) -> String| patch.events.iter().map(cell).collect::<Vec<_>>().join("\n");
    let text: Vec<String> = patch.changes.iter().map(in_words).collect();
    let [first, ..] = patch.events.as_slice() else { return vec![] };
    vec![
        join(|entry| format!("@{}", entry.position)),
        source.clock.local(first.at),
        short(&first.subject),
        join(|entry| Revision(entry.revision).to_string()),
        join(|entry| entry.event_type.clone()),
        who(first),
        text.into_iter()
            .chain([join(|entry| format!("  {}", entry.text))])
            .collect::<Vec<_>>()
            .join("\n"),
    ]
}

fn in_words(change: &Change) -> String {
    let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "—".to_owned());
    format!("{}: {} → {}", change.pointer, shown(&change.before), shown(&change.after))
}

fn columns(source: &Source) -> Vec<String> {
    let when = format!("when ({})", source.clock.zone);
    ["position", &when, "stream", "rev", "type", "actor", "what happened"].map(str::to_owned).into()
}

fn print(
    source: &Source,
    output: &Output,
    args: &LogArgs,
    entries: &[Entry],
) -> Result<(), Failure> {
    if args.oneline && output.format == output::Format::Table {
        let line = |entry: &Entry| {
            let revision = Revision(entry.revision);
            let (at, subject) = (source.clock.local(entry.at), short(&entry.subject));
            output::print(&format!("@{} {at} {subject} {revision} {}", entry.position, entry.text))
        };
        return entries.iter().try_for_each(line);
    }
    if args.follow && entries.is_empty() {
        return Ok(());
    }
    let columns = columns(source);
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    output.rows(&columns, entries, |entry| {
        vec![
            format!("@{}", entry.position),
            source.clock.local(entry.at),
            short(&entry.subject),
            Revision(entry.revision).to_string(),
            entry.event_type.clone(),
            who(entry),
            entry.text.clone(),
        ]
    })
}

fn who(entry: &Entry) -> String {
    match (&entry.actor_name, &entry.actor_id) {
        (Some(name), _) => name.clone(),
        (None, Some(id)) => short(id),
        (None, None) => entry.actor.clone(),
    }
}

/// Digits of an id that a table shows: enough to be given to any command.
const DIGITS_SHOWN: usize = 12;

/// The beginning of an id, which is taken wherever the whole is.
pub fn short(id: &str) -> String {
    match id.split_once('_') {
        Some((prefix, digits)) => {
            format!("{prefix}_{}", digits.get(..DIGITS_SHOWN).unwrap_or(digits))
        }
        // A claim of an address: its name is a hash.
        None => id.chars().take(DIGITS_SHOWN + 12).collect(),
    }
}

struct Filter {
    event_type: Option<String>,
    actor: Option<Actor>,
    since: Option<Moment>,
    until: Option<Moment>,
}

impl Filter {
    async fn of(source: &Source, args: &LogArgs) -> Result<Self, Failure> {
        let moment = |text: &Option<String>| {
            text.as_deref().map(|text| source.clock.parse(text)).transpose()
        };
        if let Some(beginning) = &args.event_type {
            check_type(beginning)?;
        }
        let since = moment(&args.since)?;
        if let Some(time @ (Moment::Time(_) | Moment::Day(..))) = since {
            source.clock.as_of(time, &[])?;
        }
        let actor = match &args.actor {
            Some(text) => Some(ids::actor(source, text).await?),
            None => None,
        };
        Ok(Self { event_type: args.event_type.clone(), actor, since, until: moment(&args.until)? })
    }

    fn admits(&self, source: &Source, recorded: &Recorded) -> bool {
        self.since.is_none_or(|since| source.clock.is_since(since, recorded))
            && self.until.is_none_or(|until| source.clock.is_until(until, recorded))
            && self.event_type.as_ref().is_none_or(|kind| recorded.event_type.starts_with(kind))
            && self.actor.as_ref().is_none_or(|wanted| is_by(wanted, recorded))
    }
}

fn is_by(wanted: &Actor, recorded: &Recorded) -> bool {
    let (kind, id) = actor_parts(recorded.metadata.actor);
    match wanted {
        Actor::Kind(wanted) => kind == *wanted,
        Actor::Id(wanted, beginning) => {
            wanted.is_none_or(|wanted| wanted == kind)
                && id.is_some_and(|id| hex::encode(id).starts_with(beginning))
        }
        Actor::User(ids) => id.is_some_and(|id| ids.contains(&Uuid::from_bytes(id))),
    }
}

/// A type that no event ever had can match nothing.
fn check_type(beginning: &str) -> Result<(), Failure> {
    let mut types = store::codec::shapes().map(|shape| shape.event_type);
    if types.any(|known| known.starts_with(beginning)) {
        return Ok(());
    }
    let rooms = store::codec::ROOMS.join(", ");
    Err(Failure::Usage(format!(
        "no event has a type that starts with `{beginning}`; they start with {rooms}"
    )))
}
