//! The audit trail across merchants: who did what, where and when. Pointers only; the words are
//! read from the ledger.

use chrono::{DateTime, Utc};
use domain::{Actor, Id};
use serde::{Deserialize, Serialize};
use std::sync::{PoisonError, RwLock};
use store::Recorded;
use store::record::actor_parts;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub position: u64,
    pub event: Uuid,
    pub stream: String,
    pub event_type: String,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub recorded_at: DateTime<Utc>,
}

/// What to look for; everything that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub stream: Option<String>,
    pub actor: Option<Uuid>,
    pub event_type: Option<String>,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

impl Filter {
    fn admits(&self, entry: &Entry) -> bool {
        self.stream.as_ref().is_none_or(|stream| entry.stream == *stream)
            && self.actor.is_none_or(|actor| entry.actor_id == Some(actor))
            && self.event_type.as_ref().is_none_or(|wanted| entry.event_type.starts_with(wanted))
            && self.from.is_none_or(|from| entry.recorded_at >= from)
            && self.until.is_none_or(|until| entry.recorded_at < until)
    }
}

#[derive(Default)]
pub struct AuditTrail {
    entries: RwLock<Vec<Entry>>,
}

impl AuditTrail {
    pub fn apply(&self, recorded: &Recorded) {
        let (kind, _) = actor_parts(recorded.metadata.actor);
        let entry = Entry {
            position: recorded.position.0,
            event: recorded.metadata.event_id.uuid(),
            stream: recorded.stream.as_str().to_owned(),
            event_type: recorded.event_type.to_owned(),
            actor_kind: kind.to_owned(),
            actor_id: actor_id(recorded.metadata.actor),
            recorded_at: recorded.metadata.recorded_at,
        };
        self.entries.write().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// Up to `limit` entries before `before` (exclusive), the newest first, and whether there are
    /// more.
    pub fn search(&self, filter: &Filter, before: Option<u64>, limit: usize) -> (Vec<Entry>, bool) {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = entries
            .iter()
            .rev()
            .skip_while(|entry| before.is_some_and(|before| entry.position >= before))
            .filter(|entry| filter.admits(entry));
        let page: Vec<Entry> = found.by_ref().take(limit).cloned().collect();
        let has_more = found.next().is_some();
        (page, has_more)
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn restore(&self, entries: Vec<Entry>) {
        *self.entries.write().unwrap_or_else(PoisonError::into_inner) = entries;
    }
}

fn actor_id(actor: Actor) -> Option<Uuid> {
    match actor {
        Actor::User(id) => Some(id.uuid()),
        Actor::Signer(id) => Some(id.uuid()),
        Actor::Staff(id) => Some(id.uuid()),
        Actor::ApiKey(id) => Some(id.uuid()),
        Actor::Visitor | Actor::System | Actor::Provider => None,
    }
}
