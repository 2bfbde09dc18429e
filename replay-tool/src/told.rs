//! One event with everything that its record says.

use crate::exit::Failure;
use crate::names::{self, Names};
use crate::output::{Lang, Output};
use crate::source::Source;
use chrono::{DateTime, Utc};
use domain::merchant::State;
use domain::{Coded, Id, MerchantId};
use projections::views::account_ledger;
use projections::views::account_ledger::for_any;
use serde::Serialize;
use store::record::actor_parts;
use store::{Recorded, StoredRecord, recorded};
use uuid::Uuid;

#[derive(Serialize)]
pub struct Entry {
    pub position: u64,
    pub stream: String,
    /// What the stream is about, by its id.
    pub subject: String,
    pub revision: u64,
    pub event: String,
    #[serde(rename = "type")]
    pub event_type: String,
    pub version: u16,
    pub at: DateTime<Utc>,
    pub actor: String,
    pub actor_id: Option<String>,
    /// Of a member of staff, as far as this reader may know it.
    pub actor_name: Option<String>,
    /// The merchant for whom staff acted.
    pub on_behalf_of: Option<String>,
    pub channel: &'static str,
    pub command: String,
    /// The request that it follows from, as the server's log names it.
    pub correlation: String,
    /// The event that it follows from.
    pub causation: Option<String>,
    /// The rules in force, by their version.
    pub rule_set: String,
    /// Every field as it was written.
    pub facts: serde_json::Value,
    pub text: String,
}

/// Tells events, and remembers whose names it has looked up.
pub struct Teller<'a> {
    source: &'a Source,
    lang: Lang,
    pub names: Names,
}

impl<'a> Teller<'a> {
    pub fn new(source: &'a Source, output: &Output) -> Self {
        Self { source, lang: output.lang, names: Names::default() }
    }

    /// `merchant` is the state after the event, by which its sentence names people and documents.
    pub async fn entry(
        &mut self,
        stored: &StoredRecord,
        event: &Recorded,
        merchant: Option<&State>,
    ) -> Result<Entry, Failure> {
        let named = merchant.map(account_ledger::Names::of).unwrap_or_default();
        let sentence = for_any(&event.event, named);
        let text = match self.lang {
            Lang::Fr => sentence.french,
            Lang::En => sentence.english,
        };
        let text = self.names.in_text(self.source, text).await?;
        let told = recorded::told(stored, self.source.keys())?;
        let metadata = &event.metadata;
        let (_, id) = actor_parts(metadata.actor);
        let name = self.names.actor(self.source, metadata.actor).await?;
        let staff = if let domain::Actor::Staff(id) = metadata.actor { Some(id) } else { None };
        let actor_id = id.map(|_| staff.map_or_else(|| name.clone(), |id| id.to_string()));
        let is_named = staff.is_some() && Some(&name) != actor_id.as_ref();
        let merchant_id = |id: Uuid| MerchantId::from_uuid(id).to_string();
        Ok(Entry {
            position: event.position.0,
            stream: event.stream.as_str().to_owned(),
            subject: names::of_stream(&event.stream),
            revision: event.revision.0,
            event: metadata.event_id.to_string(),
            event_type: event.event_type.to_owned(),
            version: told.version,
            at: metadata.recorded_at,
            actor: metadata.actor.kind().code().to_owned(),
            actor_id,
            actor_name: is_named.then_some(name),
            on_behalf_of: metadata.on_behalf_of.map(merchant_id),
            channel: metadata.channel.code(),
            command: metadata.command_id.to_string(),
            correlation: metadata.correlation_id.simple().to_string(),
            causation: metadata.causation_id.map(|id| id.to_string()),
            rule_set: told.rule_set,
            facts: told.facts,
            text,
        })
    }
}
