//! Looking at everything: each record whole, in its place, chained to the one before it and
//! readable; each document there with the hash that its event tells; each key there or destroyed.

use crate::documents::{Blobs, DocumentError, blob_of};
use crate::ledger::{Ledger, Position, ReadError, StoredRecord, StreamId};
use crate::record;
use crate::recorded::{self, Keys, Recorded};
use crate::scan::Scan;
use crate::subjects::{Fate, fate_of};
use crate::vault::{KeyList, VaultError};
use chrono::{DateTime, Utc};
use domain::Id;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use uuid::Uuid;

/// What is looked at beside the ledger.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    pub keys: Keys<'a>,
    /// Where a vault may lie. Its keys are looked at last: each is made before its event.
    pub vault: Option<&'a Path>,
    /// `None`: there are no documents to look at.
    pub blobs: Option<&'a Blobs>,
}

#[derive(Debug, Default)]
pub struct Report {
    pub records: u64,
    pub streams: u64,
    pub types: BTreeMap<String, u64>,
    pub first_recorded_at: Option<DateTime<Utc>>,
    pub last_recorded_at: Option<DateTime<Utc>>,
    /// Documents that are there, as their events say.
    pub documents: u64,
    /// Documents that are not, or that are others: event and what is wrong.
    pub bad_documents: Vec<(Position, &'static str)>,
    /// Whether there was a vault to look at.
    pub has_looked_at_keys: bool,
    /// Subjects whose key is there, destroyed, or known to be lost.
    pub keys: u64,
    /// Subjects whose key is none of these.
    pub lost_keys: u64,
    /// The first record that is not sound, and why. Nothing after it was looked at.
    pub damage: Option<(Position, String)>,
}

impl Report {
    pub fn is_sound(&self) -> bool {
        self.damage.is_none() && self.bad_documents.is_empty() && self.lost_keys == 0
    }
}

#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Documents(#[from] DocumentError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Reads everything once. `progress` is told how many more were looked at.
pub async fn verify(
    ledger: &dyn Ledger,
    beside: Beside<'_>,
    progress: impl Fn(u64),
) -> Result<Report, VerifyError> {
    let mut walk = Walk::default();
    match walk.run(ledger, beside, progress).await {
        Ok(()) => {}
        Err(VerifyError::Read(ReadError::Damaged { position, reason })) => {
            walk.report.damage = Some((position, reason));
        }
        Err(error) => return Err(error),
    }
    walk.report.streams = walk.tails.len() as u64;
    let list = beside.vault.map(KeyList::in_directory).transpose()?.flatten();
    if let Some(list) = list {
        walk.report.has_looked_at_keys = true;
        let lost = walk.subjects.iter().filter(|subject| list.lacks(subject)).count();
        walk.report.lost_keys = lost as u64;
        walk.report.keys = walk.subjects.len() as u64 - walk.report.lost_keys;
    }
    Ok(walk.report)
}

#[derive(Default)]
struct Walk {
    report: Report,
    tails: HashMap<StreamId, Tail>,
    /// Those for whom something is sealed, and whom no event has forgotten.
    subjects: HashSet<Uuid>,
}

/// What is known of a stream so far.
struct Tail {
    next_revision: u64,
    leaf_hash: [u8; 32],
    recorded_at: i64,
}

impl Walk {
    async fn run(
        &mut self,
        ledger: &dyn Ledger,
        beside: Beside<'_>,
        progress: impl Fn(u64),
    ) -> Result<(), VerifyError> {
        let mut after = None;
        let mut scan = Scan::new(ledger, None);
        loop {
            // A page stops at the first damaged record; the ones before it are read one by one, so
            // that the report says how far the ledger is sound.
            let page = match scan.next().await {
                Err(ReadError::Damaged { .. }) => {
                    scan = Scan::in_pages(ledger, after, 1);
                    scan.next().await?
                }
                page => page?,
            };
            let Some(page) = page else { return Ok(()) };
            after = page.last().map(|last| last.position).or(after);
            for stored in &page {
                let recorded = self.record(stored, beside.keys)?;
                if let Some(blobs) = beside.blobs {
                    self.document(&recorded, blobs).await?;
                }
            }
            progress(page.len() as u64);
        }
    }

    fn record(&mut self, stored: &StoredRecord, keys: Keys<'_>) -> Result<Recorded, ReadError> {
        let damaged = |reason: &str| ReadError::Damaged {
            position: stored.position,
            reason: reason.to_owned(),
        };
        let envelope = recorded::envelope_of(stored)?;
        let recorded = recorded::of(&envelope, stored, keys)?;
        let tail = self.tails.get(&stored.stream);
        let (next, previous, since) = tail.map_or((0, [0; 32], i64::MIN), |tail| {
            (tail.next_revision, tail.leaf_hash, tail.recorded_at)
        });
        if envelope.revision != next {
            return Err(damaged("a revision of its stream is missing before it"));
        }
        if envelope.previous != previous {
            return Err(damaged("it does not follow the record that precedes it in its stream"));
        }
        if envelope.recorded_at < since {
            return Err(damaged("it is older than the record that precedes it in its stream"));
        }
        let tail = Tail {
            next_revision: next + 1,
            leaf_hash: record::leaf_hash(&stored.bytes),
            recorded_at: envelope.recorded_at,
        };
        self.tails.insert(stored.stream.clone(), tail);
        self.subjects.extend(envelope.sealed.iter().map(|set| Uuid::from_bytes(set.subject)));
        self.count(&recorded);
        Ok(recorded)
    }

    fn count(&mut self, recorded: &Recorded) {
        self.report.records += 1;
        *self.report.types.entry(recorded.event_type.to_owned()).or_default() += 1;
        let at = recorded.metadata.recorded_at;
        self.report.first_recorded_at.get_or_insert(at);
        self.report.last_recorded_at = Some(at);
        if let Some(Fate::Forgotten(subject)) = fate_of(recorded) {
            self.subjects.remove(&subject.uuid());
        }
    }

    async fn document(&mut self, recorded: &Recorded, blobs: &Blobs) -> Result<(), DocumentError> {
        let Some((blob, told)) = blob_of(&recorded.event) else { return Ok(()) };
        match (blobs.sha256(blob).await?, told) {
            (None, _) => self.report.bad_documents.push((recorded.position, "it is missing")),
            (Some(there), Some(told)) if there != told => {
                self.report.bad_documents.push((recorded.position, "it is not the one recorded"));
            }
            (Some(_), _) => self.report.documents += 1,
        }
        Ok(())
    }
}
