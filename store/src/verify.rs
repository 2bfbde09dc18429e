//! Looking at everything: each record whole, in its place, chained to the one before it and readable; each
//! stream as the whole order has it; the engine's own files; each document with the hash that its event
//! tells; each key there, unless an event forgets its subject. What is damaged is listed, and what can still
//! be reached is looked at.

mod beside;
mod walk;

use crate::documents::Blobs;
use crate::ledger::{Ledger, Position, ReadError};
use crate::mark::Mark;
use crate::vault::Vault;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use walk::Walk;

/// What is looked at beside the ledger.
#[derive(Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The vault, opened with its master key: what is sealed is opened, too.
    pub vault: Option<&'a Vault>,
    /// Where a vault may lie, of which nobody needs the master key to see whose keys are there.
    pub directory: Option<&'a Path>,
    /// `None`: there are no documents to look at.
    pub blobs: Option<&'a Blobs>,
    /// The last record that a snapshot has seen.
    pub snapshot: Option<Mark>,
    /// Whether passwords are looked for in the vault, too: whoever lacks theirs sets another, so that a
    /// backup without it is as good.
    pub looks_for_passwords: bool,
}

domain::codes! {
    /// What is damaged.
    pub enum Part {
        Record = "record", "record", "enregistrement";
        Stream = "stream", "stream", "flux";
        Ledger = "ledger", "the ledger's files", "fichiers du registre";
        Vault = "vault", "the vault's files", "fichiers du coffre";
        Key = "key", "key", "clé";
        DestroyedKey = "destroyed_key", "key that no event destroys", "clé qu'aucun événement ne détruit";
        Document = "document", "document", "document";
        Witness = "witness", "what others have seen of the ledger", "ce que d'autres ont vu du registre";
    }
}

/// One thing that is not as it must be, or several records in a row of which the same is to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    pub part: Part,
    /// The first record that it is about, and the last.
    pub records: Option<(Position, Position)>,
    pub reason: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.records {
            Some((first, last)) if first < last => write!(f, "{first} to {last}: {}", self.reason),
            Some((first, _)) => write!(f, "{first}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

/// Damages that are listed; the rest is counted.
const LISTED_MAX: usize = 1_000;

#[derive(Debug, Default)]
pub struct Report {
    pub records: u64,
    pub streams: u64,
    pub types: BTreeMap<String, u64>,
    pub first_recorded_at: Option<DateTime<Utc>>,
    pub last_recorded_at: Option<DateTime<Utc>>,
    /// Documents that are there, as their events say.
    pub documents: u64,
    /// Whether there was a vault to look at.
    pub has_looked_at_keys: bool,
    /// Subjects whose key is there, or known to be lost.
    pub keys: u64,
    pub damage: Vec<Damage>,
    /// Damages beyond those that are listed.
    pub not_listed: u64,
    /// What is worth knowing and is no damage.
    pub notes: Vec<String>,
}

impl Report {
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }

    /// How much of one kind is damaged.
    pub fn count_of(&self, part: Part) -> usize {
        self.damage.iter().filter(|damage| damage.part == part).count()
    }

    fn note(&mut self, part: Part, record: Option<Position>, reason: impl Into<String>) {
        let reason = reason.into();
        let last = self.damage.last_mut().filter(|last| last.part == part && last.reason == reason);
        if let (Some(last), Some(record)) = (last, record)
            && let Some((_, end)) = &mut last.records
            && end.0 + 1 == record.0
        {
            *end = record;
        } else if self.damage.len() < LISTED_MAX {
            let records = record.map(|record| (record, record));
            self.damage.push(Damage { part, records, reason });
        } else {
            self.not_listed += 1;
        }
    }

    /// Whether damage of this record is noted already.
    fn names(&self, record: Position) -> bool {
        let is_in = |(first, last): (Position, Position)| (first..=last).contains(&record);
        self.damage.iter().filter_map(|damage| damage.records).any(is_in)
    }

    /// Notes what a read found if that is damage; anything else goes on.
    fn note_read(&mut self, part: Part, error: ReadError) -> Result<(), ReadError> {
        match error {
            ReadError::Damaged { position, reason } => {
                if !self.names(position) {
                    self.note(part, Some(position), reason);
                }
                Ok(())
            }
            ReadError::Corrupt(reason) => {
                self.note(Part::Ledger, None, reason);
                Ok(())
            }
            ReadError::Unavailable(_) => Err(error),
        }
    }
}

/// Reads everything. `progress` is told how many more records were looked at.
pub async fn verify(
    ledger: &dyn Ledger,
    beside: Beside<'_>,
    progress: impl Fn(u64),
) -> Result<Report, ReadError> {
    let mut walk = Walk::default();
    let checked = ledger.check().await?;
    let are_streams_sound = checked.covers_streams && checked.damage.is_empty();
    walk.report.notes.extend(checked.notes);
    for reason in checked.damage {
        walk.report.note(Part::Ledger, None, reason);
    }
    walk.everything(ledger, beside, &progress).await?;
    if !are_streams_sound {
        walk.streams(ledger).await?;
    }
    walk.beside(ledger, beside).await?;
    Ok(walk.report)
}

/// The records and the streams alone, while the ledger is at work: after each piece it rests `rests` times as
/// long as that took.
pub async fn look_over(ledger: &dyn Ledger, rests: u32) -> Result<Report, ReadError> {
    let mut walk = Walk { rests, ..Walk::default() };
    walk.everything(ledger, Beside::default(), &|_| ()).await?;
    walk.streams(ledger).await?;
    Ok(walk.report)
}

#[cfg(test)]
mod tests;
