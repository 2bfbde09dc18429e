//! A record read back: its event, and what the envelope says around it.

use crate::codec::{self, Opens};
use crate::ledger::{Position, ReadError, Revision, StoredRecord, StreamId};
use crate::record::{self, Envelope, Metadata, SealedSet};
use crate::seal;
use crate::vault::{Key, Vault, VaultError};
use domain::personal::Seal;
use domain::{Event, Id, Personal, SubjectId};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub position: Position,
    pub stream: StreamId,
    pub revision: Revision,
    pub metadata: Metadata,
    /// Written out, as `contract.signed`.
    pub event_type: &'static str,
    pub event: Event,
    /// The leaf hash of the record before it in its stream; zeros before the first.
    pub previous: [u8; 32],
    /// Its own.
    pub leaf_hash: [u8; 32],
}

/// Whoever gives the keys of subjects.
pub trait Keyring: Send + Sync {
    fn key(&self, subject: SubjectId) -> Result<Key, VaultError>;
}

impl Keyring for Vault {
    fn key(&self, subject: SubjectId) -> Result<Key, VaultError> {
        Self::key(self, subject)
    }
}

/// Whose keys open the sealed sets.
#[derive(Clone, Copy)]
pub enum Keys<'a> {
    Of(&'a dyn Keyring),
    /// Of these types only; the personal data of others stays sealed.
    OfTypes(&'a dyn Keyring, &'a [&'a str]),
    /// Personal data stays sealed.
    None,
}

/// Reads a record; what cannot be read stops the reader with the position.
pub fn read(stored: &StoredRecord, keys: Keys<'_>) -> Result<Recorded, ReadError> {
    of(&envelope_of(stored)?, stored, keys)
}

/// The same, and whose data are sealed in it.
pub(crate) fn read_with_subjects(
    stored: &StoredRecord,
    vault: &Vault,
) -> Result<(Recorded, Vec<SubjectId>), ReadError> {
    let envelope = envelope_of(stored)?;
    let recorded = of(&envelope, stored, Keys::Of(vault))?;
    let subject = |set: &SealedSet<'_>| SubjectId::from_uuid(Uuid::from_bytes(set.subject));
    Ok((recorded, envelope.sealed.iter().map(subject).collect()))
}

/// The envelope of a record that an engine has read, and checked.
pub(crate) fn envelope_of(stored: &StoredRecord) -> Result<Envelope<'_>, ReadError> {
    record::decode_checked(&stored.bytes).map_err(|error| damaged(stored, error))
}

pub(crate) fn of(
    envelope: &Envelope<'_>,
    stored: &StoredRecord,
    keys: Keys<'_>,
) -> Result<Recorded, ReadError> {
    let opened = Opened(open_sets(envelope, keys, stored)?);
    let (event_type, event) =
        codec::decode(envelope.event_type, envelope.event_version, envelope.facts, &opened)
            .map_err(|error| damaged(stored, error))?;
    Ok(Recorded {
        position: stored.position,
        stream: stored.stream.clone(),
        revision: stored.revision,
        metadata: envelope.metadata().map_err(|error| damaged(stored, error))?,
        event_type,
        event,
        previous: envelope.previous,
        leaf_hash: record::leaf_hash(&stored.bytes),
    })
}

/// A record as it was written, for people: what `read` makes an event of says less.
#[derive(Clone, PartialEq)]
pub struct Told {
    pub version: u16,
    /// The rules in force, by their version.
    pub rule_set: String,
    /// Every field, with what is sealed as far as it opens.
    pub facts: serde_json::Value,
}

domain::hidden!(Told);

/// Everything that a record says.
pub fn told(stored: &StoredRecord, keys: Keys<'_>) -> Result<Told, ReadError> {
    let envelope = envelope_of(stored)?;
    let opened = Opened(open_sets(&envelope, keys, stored)?);
    let facts = codec::told(envelope.event_type, envelope.event_version, envelope.facts, &opened)
        .map_err(|error| damaged(stored, error))?;
    let rule_set = envelope.rule_set.to_owned();
    Ok(Told { version: envelope.event_version, rule_set, facts })
}

fn damaged(stored: &StoredRecord, error: impl std::fmt::Display) -> ReadError {
    ReadError::Damaged { position: stored.position, reason: error.to_string() }
}

fn open_sets(
    envelope: &Envelope<'_>,
    keys: Keys<'_>,
    stored: &StoredRecord,
) -> Result<Vec<OpenedSet>, ReadError> {
    let keyring = match keys {
        Keys::Of(keys) => keys,
        Keys::OfTypes(keys, types) if types.contains(&envelope.event_type) => keys,
        Keys::OfTypes(..) | Keys::None => {
            let sealed =
                |set: &SealedSet<'_>| (set.set.to_owned(), Personal::Sealed(seal_of(set.blob)));
            return Ok(envelope.sealed.iter().map(sealed).collect());
        }
    };
    let mut opened = vec![];
    for sealed in &envelope.sealed {
        let subject = SubjectId::from_uuid(Uuid::from_bytes(sealed.subject));
        let key = keyring.key(subject).map_err(|error| unopened(stored, &error))?;
        let personal = match key {
            Key::Known(key) => {
                let place = place(envelope.stream, envelope.event_id, sealed.set, sealed.subject);
                let bytes = seal::open(&key, &place, sealed.blob)
                    .map_err(|error| damaged(stored, error))?;
                Personal::Known(bytes)
            }
            Key::Destroyed => Personal::Forgotten,
            Key::Missing => Personal::Lost,
        };
        opened.push((sealed.set.to_owned(), personal));
    }
    Ok(opened)
}

/// Why a key cannot be had: for now, or for good.
fn unopened(stored: &StoredRecord, error: &VaultError) -> ReadError {
    if let VaultError::WrongMasterKey(_) = error {
        // The secrets of the vault did open: this key alone does not.
        return damaged(stored, "the key of what is sealed in it is altered");
    }
    if error.is_damage() {
        return damaged(stored, error);
    }
    ReadError::Unavailable(error.to_string())
}

/// Sealed bytes begin with a salt of their own.
fn seal_of(blob: &[u8]) -> Seal {
    Seal(blob.first_chunk().map_or(0, |salt| u64::from_be_bytes(*salt)))
}

/// What a sealed set is bound to: it opens nowhere else.
pub fn place(stream: &str, event_id: [u8; 16], set: &str, subject: [u8; 16]) -> Vec<u8> {
    let mut place = Vec::with_capacity(stream.len() + set.len() + 48);
    for part in [stream.as_bytes(), &event_id, set.as_bytes(), &subject] {
        place.extend_from_slice(&(part.len() as u32).to_be_bytes());
        place.extend_from_slice(part);
    }
    place
}

/// The name of a set, and what is in it.
type OpenedSet = (String, Personal<Vec<u8>>);

struct Opened(Vec<OpenedSet>);

impl Opens for Opened {
    fn open(&self, set: &str) -> Personal<Vec<u8>> {
        let found = self.0.iter().find(|(name, _)| name == set);
        found.map_or(Personal::Forgotten, |(_, personal)| personal.clone())
    }
}
