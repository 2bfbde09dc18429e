//! The record: an envelope around one event, as it lies on disk for ever.
//!
//! ```text
//! byte 0        the layout's version (1)
//! bytes 1 …     the envelope, in postcard
//! last 4 bytes  crc32c of everything before, little endian
//! ```
//!
//! The bytes are stored once, hashed as stored, and never serialised again. The position is not
//! in them, because a cluster engine gives it only afterwards; everything else is.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{Actor, ApiKeyId, Channel, Coded, CommandId, EventId, Id, PersonId, StaffId, UserId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const LAYOUT: u8 = 1;
const CHECKSUM_BYTES: usize = 4;

/// Everything that a record says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope<'a> {
    pub event_id: [u8; 16],
    #[serde(borrow)]
    pub stream: &'a str,
    pub revision: u64,
    /// `client_file.person_recorded`: written out, never derived from a Rust name.
    pub event_type: &'a str,
    pub event_version: u16,
    /// Microseconds since 1970-01-01 UTC.
    pub recorded_at: i64,
    pub actor_kind: &'a str,
    pub actor_id: Option<[u8; 16]>,
    /// The merchant in whose name staff acted.
    pub on_behalf_of: Option<[u8; 16]>,
    pub channel: &'a str,
    pub command_id: [u8; 16],
    pub correlation_id: [u8; 16],
    pub causation_id: Option<[u8; 16]>,
    /// The rules in force, by their version.
    pub rule_set: &'a str,
    /// The leaf hash of the previous record of the stream; zeros for the first.
    pub previous: [u8; 32],
    pub facts: &'a [u8],
    pub sealed: Vec<SealedSet<'a>>,
}

/// Personal data, encrypted with the key of its subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSet<'a> {
    #[serde(borrow)]
    pub set: &'a str,
    pub subject: [u8; 16],
    pub blob: &'a [u8],
}

/// Why bytes are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("it is too short to be a record")]
    TooShort,
    #[error("its checksum does not fit its bytes")]
    Checksum,
    #[error("it was written by a newer version of this program")]
    UnknownLayout,
    #[error("its envelope cannot be read")]
    Envelope,
    #[error("it says another stream or revision than the place it lies in")]
    Misplaced,
}

pub fn encode(envelope: &Envelope<'_>) -> Result<Bytes, postcard::Error> {
    let mut bytes = postcard::to_extend(envelope, vec![LAYOUT])?;
    let checksum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    Ok(bytes.into())
}

/// Reads a record back; refuses leftover bytes and any flipped bit.
pub fn decode(bytes: &[u8]) -> Result<Envelope<'_>, Damage> {
    envelope_in(checked_body(bytes)?)
}

/// The same for a record whose checksum was looked at before, as every engine does.
pub fn decode_checked(bytes: &[u8]) -> Result<Envelope<'_>, Damage> {
    let body = bytes.len().checked_sub(CHECKSUM_BYTES).and_then(|end| bytes.get(..end));
    envelope_in(body.ok_or(Damage::TooShort)?)
}

fn envelope_in(body: &[u8]) -> Result<Envelope<'_>, Damage> {
    let (layout, envelope) = body.split_first().ok_or(Damage::TooShort)?;
    if *layout != LAYOUT {
        return Err(Damage::UnknownLayout);
    }
    let mut rest = Rest(envelope);
    let envelope = rest.envelope()?;
    if rest.0.is_empty() { Ok(envelope) } else { Err(Damage::Envelope) }
}

/// The stream and the revision that a record says it has.
pub(crate) fn place_in(bytes: &[u8]) -> Result<(&str, u64), Damage> {
    let (layout, envelope) = checked_body(bytes)?.split_first().ok_or(Damage::TooShort)?;
    if *layout != LAYOUT {
        return Err(Damage::UnknownLayout);
    }
    let mut rest = Rest(envelope);
    rest.array::<16>()?;
    Ok((rest.value()?, rest.value()?))
}

/// What is left of an envelope. Arrays of bytes lie in postcard as they are: taken in one piece
/// rather than byte by byte, the whole is read in a third of the time.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn value<T: Deserialize<'a>>(&mut self) -> Result<T, Damage> {
        let (value, rest) = postcard::take_from_bytes(self.0).map_err(|_| Damage::Envelope)?;
        self.0 = rest;
        Ok(value)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let (array, rest) = self.0.split_first_chunk().ok_or(Damage::Envelope)?;
        self.0 = rest;
        Ok(*array)
    }

    fn optional(&mut self) -> Result<Option<[u8; 16]>, Damage> {
        // What stands before an optional value reads like a bool.
        if self.value::<bool>()? { self.array().map(Some) } else { Ok(None) }
    }

    fn envelope(&mut self) -> Result<Envelope<'a>, Damage> {
        Ok(Envelope {
            event_id: self.array()?,
            stream: self.value()?,
            revision: self.value()?,
            event_type: self.value()?,
            event_version: self.value()?,
            recorded_at: self.value()?,
            actor_kind: self.value()?,
            actor_id: self.optional()?,
            on_behalf_of: self.optional()?,
            channel: self.value()?,
            command_id: self.array()?,
            correlation_id: self.array()?,
            causation_id: self.optional()?,
            rule_set: self.value()?,
            previous: self.array()?,
            facts: self.value()?,
            sealed: self.sealed()?,
        })
    }

    fn sealed(&mut self) -> Result<Vec<SealedSet<'a>>, Damage> {
        let count: u32 = self.value()?;
        let set =
            |_| Ok(SealedSet { set: self.value()?, subject: self.array()?, blob: self.value()? });
        (0..count).map(set).collect()
    }
}

/// The bytes before the checksum, if it fits them.
pub fn checked_body(bytes: &[u8]) -> Result<&[u8], Damage> {
    let split = bytes.len().checked_sub(CHECKSUM_BYTES).ok_or(Damage::TooShort)?;
    let (body, checksum) = bytes.split_at(split);
    if crc32c::crc32c(body).to_le_bytes() == checksum { Ok(body) } else { Err(Damage::Checksum) }
}

/// The hash of a record as a leaf of the Merkle tree (RFC 6962, section 2.1).
pub fn leaf_hash(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(bytes);
    hash.finalize().into()
}

/// Who asked, as the record writes it: a kind and, unless it is nobody in particular, an id.
pub fn actor_parts(actor: Actor) -> (&'static str, Option<[u8; 16]>) {
    let id = match actor {
        Actor::User(id) => Some(id.uuid()),
        Actor::Signer(id) => Some(id.uuid()),
        Actor::Staff(id) => Some(id.uuid()),
        Actor::ApiKey(id) => Some(id.uuid()),
        Actor::Visitor | Actor::System | Actor::Provider | Actor::Undisclosed => None,
    };
    (actor.kind().code(), id.map(uuid::Uuid::into_bytes))
}

/// What a record says around its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    pub event_id: EventId,
    pub recorded_at: DateTime<Utc>,
    pub actor: Actor,
    pub on_behalf_of: Option<Uuid>,
    pub channel: Channel,
    pub command_id: CommandId,
    pub correlation_id: Uuid,
    pub causation_id: Option<EventId>,
}

impl Envelope<'_> {
    pub fn metadata(&self) -> Result<Metadata, Damage> {
        let uuid = |bytes: [u8; 16]| Uuid::from_bytes(bytes);
        let id = || self.actor_id.map(uuid).ok_or(Damage::Envelope);
        let actor = match self.actor_kind {
            "visitor" => Actor::Visitor,
            "user" => Actor::User(UserId::from_uuid(id()?)),
            "signer" => Actor::Signer(PersonId::from_uuid(id()?)),
            "staff" => Actor::Staff(StaffId::from_uuid(id()?)),
            "api_key" => Actor::ApiKey(ApiKeyId::from_uuid(id()?)),
            "system" => Actor::System,
            "provider" => Actor::Provider,
            "undisclosed" => Actor::Undisclosed,
            _ => return Err(Damage::Envelope),
        };
        Ok(Metadata {
            event_id: EventId::from_uuid(uuid(self.event_id)),
            recorded_at: DateTime::from_timestamp_micros(self.recorded_at)
                .ok_or(Damage::Envelope)?,
            actor,
            on_behalf_of: self.on_behalf_of.map(uuid),
            channel: Channel::from_code(self.channel).ok_or(Damage::Envelope)?,
            command_id: CommandId::from_uuid(uuid(self.command_id)),
            correlation_id: uuid(self.correlation_id),
            causation_id: self.causation_id.map(|bytes| EventId::from_uuid(uuid(bytes))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Envelope<'static> {
        Envelope {
            event_id: [1; 16],
            stream: "merchant-1",
            revision: 300,
            event_type: "contract.presented",
            event_version: 1,
            recorded_at: 1_795_000_000_000_000,
            actor_kind: "user",
            actor_id: Some([2; 16]),
            on_behalf_of: None,
            channel: "portal",
            command_id: [3; 16],
            correlation_id: [4; 16],
            causation_id: Some([5; 16]),
            rule_set: "fr-2026-01",
            previous: [6; 32],
            facts: b"facts",
            sealed: vec![SealedSet { set: "identity", subject: [7; 16], blob: b"sealed" }],
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = encode(&sample()).unwrap();
        assert_eq!(decode(&bytes).unwrap(), sample());
    }

    #[test]
    fn it_is_read_as_postcard_reads_it() {
        let none = Envelope {
            actor_id: None,
            on_behalf_of: Some([9; 16]),
            causation_id: None,
            sealed: vec![],
            ..sample()
        };
        let two = SealedSet { set: "other", subject: [8; 16], blob: b"" };
        let more = Envelope { sealed: vec![sample().sealed[0].clone(), two], ..sample() };
        for envelope in [sample(), none, more] {
            let bytes = encode(&envelope).unwrap();
            let body = checked_body(&bytes).unwrap();
            assert_eq!(postcard::from_bytes::<Envelope<'_>>(&body[1..]).unwrap(), envelope);
            assert_eq!(decode(&bytes).unwrap(), envelope);
            assert_eq!(place_in(&bytes).unwrap(), (envelope.stream, envelope.revision));
            for end in 1..body.len() {
                assert_eq!(envelope_in(&body[..end]), Err(Damage::Envelope), "cut at {end}");
            }
        }
    }

    #[test]
    fn the_bytes_of_layout_1_never_change() {
        let bytes = encode(&sample()).unwrap();
        let hash = hex::encode(leaf_hash(&bytes));
        assert_eq!(hash, "0884c8307e2d10ba489373550894a19cbde88a700a728aca68b60bd337695a7b");
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let bytes = encode(&sample()).unwrap();
        for index in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.to_vec();
                damaged[index] ^= 1 << bit;
                assert_eq!(decode(&damaged), Err(Damage::Checksum), "byte {index} bit {bit}");
            }
            assert!(decode(&bytes[..index]).is_err());
        }
    }

    #[test]
    fn leftover_bytes_are_refused_even_with_a_right_checksum() {
        let mut body = checked_body(&encode(&sample()).unwrap()).unwrap().to_vec();
        body.push(0);
        body.extend(crc32c::crc32c(&body).to_le_bytes());
        assert_eq!(decode(&body), Err(Damage::Envelope));
    }
}
