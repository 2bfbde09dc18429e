//! `replay trace`: what followed from one request, across streams, as a tree.

use super::log::short;
use crate::exit::Failure;
use crate::find;
use crate::output::{self, Format, Output};
use crate::source::Source;
use crate::told::{Entry, Teller};
use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::process::ExitCode;
use store::scan::Scan;
use store::{StoredRecord, record, recorded};

/// Show what followed from a request: commands, their events, and the messages and timers after them
///
/// Every record is looked at, as what belongs together may lie in any stream.
#[derive(Args)]
pub struct TraceArgs {
    /// The id of an event (evt_…), of a command (cmd_…), or of a request as the server's log names it
    id: String,
}

/// A command with its events, and what followed from each.
#[derive(Serialize)]
struct Node {
    command: String,
    actor: String,
    channel: &'static str,
    events: Vec<Leaf>,
}

#[derive(Serialize)]
struct Leaf {
    #[serde(flatten)]
    event: Entry,
    /// Commands that followed from it.
    followed_by: Vec<Node>,
}

pub async fn run(source: &Source, output: &Output, args: TraceArgs) -> Result<ExitCode, Failure> {
    let records = related(source, &args.id).await?;
    if records.is_empty() {
        return Err(Failure::NotFound(format!("nothing was recorded of {}", args.id)));
    }
    let mut teller = Teller::new(source, output);
    let mut entries = vec![];
    for stored in &records {
        let event = recorded::read(stored, source.keys())?;
        entries.push(teller.entry(stored, &event, None).await?);
    }
    let known: HashSet<String> = entries.iter().map(|entry| entry.event.clone()).collect();
    // By what each follows from; those of which that is not here are the roots.
    let mut after: BTreeMap<Option<String>, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        let cause = entry.causation.clone().filter(|cause| known.contains(cause));
        after.entry(cause).or_default().push(entry);
    }
    let tree = nodes(None, &mut after);
    if output.format != Format::Table {
        output.value(&tree)?;
        return Ok(ExitCode::SUCCESS);
    }
    tree.iter().try_for_each(|node| print(source, node, 0))?;
    Ok(ExitCode::SUCCESS)
}

/// Everything of the same request, and whatever followed from that.
async fn related(source: &Source, text: &str) -> Result<Vec<StoredRecord>, Failure> {
    let wanted = find::whole(text)?.into_bytes();
    let correlation = correlation_of(source, wanted).await?.unwrap_or(wanted);
    let (mut found, mut events) = (vec![], HashSet::new());
    let mut scan = Scan::new(source.ledger.as_ref(), None);
    while let Some(page) = scan.next().await? {
        for stored in page {
            let Ok(envelope) = record::decode_checked(&stored.bytes) else { continue };
            let follows = envelope.causation_id.is_some_and(|cause| events.contains(&cause));
            if envelope.correlation_id == correlation || follows {
                events.insert(envelope.event_id);
                found.push(stored);
            }
        }
    }
    Ok(found)
}

/// The request of an event or of a command.
async fn correlation_of(source: &Source, wanted: [u8; 16]) -> Result<Option<[u8; 16]>, Failure> {
    let mut scan = Scan::new(source.ledger.as_ref(), None);
    while let Some(page) = scan.next().await? {
        for stored in page {
            let Ok(envelope) = record::decode_checked(&stored.bytes) else { continue };
            if envelope.event_id == wanted || envelope.command_id == wanted {
                return Ok(Some(envelope.correlation_id));
            }
        }
    }
    Ok(None)
}

fn nodes(cause: Option<&String>, after: &mut BTreeMap<Option<String>, Vec<Entry>>) -> Vec<Node> {
    let entries = after.remove(&cause.cloned()).unwrap_or_default();
    let mut nodes: Vec<Node> = vec![];
    for event in entries {
        let followed_by = nodes_after(&event, after);
        let leaf = |event| Leaf { event, followed_by };
        match nodes.iter_mut().find(|node| node.command == event.command) {
            Some(node) => node.events.push(leaf(event)),
            None => nodes.push(Node {
                command: event.command.clone(),
                actor: event
                    .actor_name
                    .clone()
                    .or(event.actor_id.clone())
                    .unwrap_or(event.actor.clone()),
                channel: event.channel,
                events: vec![leaf(event)],
            }),
        }
    }
    nodes
}

fn nodes_after(event: &Entry, after: &mut BTreeMap<Option<String>, Vec<Entry>>) -> Vec<Node> {
    let cause = event.event.clone();
    nodes(Some(&cause), after)
}

fn print(source: &Source, node: &Node, depth: usize) -> Result<(), Failure> {
    let indent = "  ".repeat(depth);
    let at = node.events.first().map(|leaf| source.clock.local(leaf.event.at)).unwrap_or_default();
    let actor = short(&node.actor);
    output::print(&format!("{indent}{} {at} {actor} ({})", short(&node.command), node.channel))?;
    for leaf in &node.events {
        let Entry { position, subject, revision, event_type, text, .. } = &leaf.event;
        let subject = short(subject);
        output::print(&format!(
            "{indent}  @{position} {subject} v{revision} {event_type}: {text}"
        ))?;
        leaf.followed_by.iter().try_for_each(|node| print(source, node, depth + 2))?;
    }
    Ok(())
}
