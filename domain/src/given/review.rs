//! What officers do, and what becomes of a file.

use super::{CLARA, HUGO, after, at, day, folded, id, provider, sent, submitted, text, timer, zoe};
use crate::client_file::{DocumentKind, DocumentRefusal, DocumentStatus};
use crate::merchant::Event;
use crate::messages::Template;
use crate::review::{Command, NewItem, Proposal, RejectionReason, RequestReason};
use crate::{DocumentId, Occasion};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

pub fn propose(events: &[Event], proposal: Proposal) -> Command {
    Command::Propose {
        proposal,
        file_version: folded(events).file.version,
        rationale: text("consistent with the extract"),
    }
}

pub fn confirm(events: &[Event]) -> Command {
    Command::Confirm { file_version: folded(events).file.version }
}

pub fn asked_for(number: u128, kind: DocumentKind) -> NewItem {
    let person = kind.is_about_person().then(zoe);
    NewItem { id: id(number), kinds: [kind].into(), person, reason: RequestReason::Missing }
}

pub fn request(items: Vec<NewItem>) -> Command {
    Command::RequestDocuments { items, explanations: BTreeMap::new() }
}

pub fn refuse(document: u128) -> Command {
    Command::RefuseDocument {
        document: id(document),
        refusal: DocumentRefusal::Unreadable,
        public_text: text("The second page cannot be read."),
    }
}

pub fn in_review() -> Vec<Event> {
    after(submitted(), CLARA.at(day(3)), Command::Take)
}

/// Accepts every document that still counts.
pub fn all_accepted(mut events: Vec<Event>, by: Occasion) -> Vec<Event> {
    let documents: Vec<DocumentId> = folded(&events)
        .file
        .documents
        .iter()
        .filter(|(_, document)| document.is_current())
        .filter(|(_, document)| document.status != DocumentStatus::Accepted)
        .map(|(id, _)| *id)
        .collect();
    for document in documents {
        events = after(events, by, Command::AcceptDocument { document });
    }
    events
}

/// Nothing is left to do but decide.
pub fn decidable() -> Vec<Event> {
    all_accepted(in_review(), CLARA.at(day(3)))
}

/// Proposed by Clara.
pub fn proposed(events: Vec<Event>, proposal: Proposal) -> Vec<Event> {
    let propose = propose(&events, proposal);
    after(events, CLARA.at(day(4)), propose)
}

pub fn live() -> Vec<Event> {
    let events = proposed(decidable(), Proposal::Approve);
    let confirm = confirm(&events);
    after(events, HUGO.at(day(5)), confirm)
}

pub fn rejected() -> Vec<Event> {
    let reason = RejectionReason::RiskTooHigh;
    let events = proposed(in_review(), Proposal::Reject { reason });
    let confirm = confirm(&events);
    after(events, HUGO.at(day(5)), confirm)
}

pub const ITEM: u128 = 71;

/// A proof of address was asked for on day 5; until `deadline()` it may be sent.
pub fn awaiting() -> Vec<Event> {
    let item = asked_for(ITEM, DocumentKind::ProofOfAddress);
    after(in_review(), CLARA.at(day(5)), request(vec![item]))
}

/// Thirty days after 7 November 2026, at midnight in Paris.
pub fn deadline() -> DateTime<Utc> {
    at("2026-12-07T23:00:00Z")
}

/// The message about the request went out.
pub fn awaiting_and_told() -> Vec<Event> {
    after(awaiting(), provider(day(5)), sent(Template::DocumentsRequested))
}

pub fn deactivated() -> Vec<Event> {
    after(awaiting_and_told(), timer(deadline()), Command::PassDeadline)
}
