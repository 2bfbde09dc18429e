//! Every shape an event was ever written in, by type and version.
//!
//! The domain's events are never serialised. Each (type, version) has a frozen struct of its own
//! here, written in postcard; its name stands in the record, written out. A shape never changes:
//! a new field is a new version, and the old one is read into the same event for ever. Personal
//! fields lie in sealed sets beside the facts.

mod api_keys;
mod bank_account;
mod client_file;
mod contract;
mod email_claim;
mod looks;
mod messages;
mod registration;
mod review;
#[cfg(test)]
pub(crate) mod samples;
mod services;
mod staff;
#[cfg(test)]
mod tests;
mod user;
mod wire;

use domain::looks::Look;
use domain::{Event, Personal, SubjectId, merchant};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::LazyLock;

/// An event as bytes, before its personal data is sealed.
#[derive(Debug, PartialEq, Eq)]
pub struct Encoded {
    pub event_type: &'static str,
    pub version: u16,
    pub facts: Vec<u8>,
    pub personal: Vec<PersonalSet>,
}

/// Personal data that goes under one key.
#[derive(PartialEq, Eq)]
pub struct PersonalSet {
    pub set: &'static str,
    pub subject: SubjectId,
    pub bytes: Vec<u8>,
}

domain::hidden!(PersonalSet);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum DecodeError {
    #[error("the type {0} is unknown; a newer version of this program wrote it")]
    UnknownType(String),
    #[error("version {1} of {0} is unknown; a newer version of this program wrote it")]
    UnknownVersion(String, u16),
    #[error("its facts cannot be read")]
    Malformed,
    #[error("bytes are left over after its facts")]
    LeftOver,
    #[error("it says `{0}`, which is not in that list")]
    UnknownCode(String),
}

/// Gives the personal sets of a record, as far as they can be opened.
pub trait Opens {
    fn open(&self, set: &str) -> Personal<Vec<u8>>;
}

/// A shape as the reference documentation prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub event_type: &'static str,
    pub version: u16,
    /// False for a version that is only read any more.
    pub is_written: bool,
    pub fields: &'static [(&'static str, &'static str)],
    /// Set, shape, and whose key seals it.
    pub sealed: &'static [(&'static str, &'static str, &'static str)],
}

/// Declares the rooms that write events, each once: those of merchants, then those with streams of
/// their own.
macro_rules! rooms {
    (merchants { $($room:ident => $variant:ident),+ $(,)? }
     others { $($other:ident => $of:ident),+ $(,)? }) => {
        /// Their names.
        pub const ROOMS: &[&str] = &[$(stringify!($room),)+ $(stringify!($other)),+];

        /// `owner` is whom the stream is about: personal data without a person of its own is theirs.
        pub fn encode(event: &Event, owner: SubjectId) -> Result<Encoded, postcard::Error> {
            match event {
                Event::Merchant(event) => match event {
                    $(merchant::Event::$variant(event) => $room::encode(event, owner)),+
                },
                $(Event::$of(event) => $other::encode(event, owner)),+
            }
        }

        /// Each type that was ever written, and who reads it.
        static TYPES: LazyLock<HashMap<&'static str, (&'static str, Reader)>> =
            LazyLock::new(|| {
                let mut types = HashMap::new();
                $({
                    let read: Reader = |name, version, facts, personal| {
                        let event = $room::decode(name, version, facts, personal)?;
                        Ok(Event::Merchant(event.into()))
                    };
                    let names = $room::SHAPES.iter().map(|shape| shape.event_type);
                    types.extend(names.map(|name| (name, (name, read))));
                })+
                $({
                    let read: Reader = |name, version, facts, personal| {
                        $other::decode(name, version, facts, personal).map(Event::$of)
                    };
                    let names = $other::SHAPES.iter().map(|shape| shape.event_type);
                    types.extend(names.map(|name| (name, (name, read))));
                })+
                types
            });

        /// Every field of a record as it was written, with what is sealed as far as it opens.
        pub fn told(
            event_type: &str,
            version: u16,
            facts: &[u8],
            personal: &dyn Opens,
        ) -> Result<Value, DecodeError> {
            let room = event_type.split_once('.').map_or(event_type, |(room, _)| room);
            $(if room == stringify!($room) {
                return $room::as_json(event_type, version, facts, personal);
            })+
            $(if room == stringify!($other) {
                return $other::as_json(event_type, version, facts, personal);
            })+
            Err(DecodeError::UnknownType(event_type.to_owned()))
        }

        /// Every shape there is.
        pub fn shapes() -> impl Iterator<Item = &'static Shape> {
            [$($room::SHAPES,)+ $($other::SHAPES),+].into_iter().flatten()
        }

        /// One event of every type.
        #[cfg(test)]
        fn all_samples() -> Vec<Event> {
            let mut all = vec![];
            $(all.extend($room::samples::all().into_iter().map(|e| Event::Merchant(e.into())));)+
            $(all.extend($other::samples::all().into_iter().map(Event::$of));)+
            all
        }

        /// What versions that are only read any more become: type, version, event.
        #[cfg(test)]
        fn earlier_samples() -> Vec<(&'static str, u16, Event)> {
            let mut all = vec![];
            $(all.extend($room::samples::earlier().into_iter().map(
                |(name, version, event)| (name, version, Event::Merchant(event.into())),
            ));)+
            $(all.extend($other::samples::earlier().into_iter().map(
                |(name, version, event)| (name, version, Event::$of(event)),
            ));)+
            all
        }
    };
}

type Reader = fn(&str, u16, &[u8], &dyn Opens) -> Result<Event, DecodeError>;

rooms! {
    merchants {
        registration => Registration, client_file => ClientFile, contract => Contract,
        review => Review, services => Services, api_keys => ApiKeys, bank_account => BankAccount,
        messages => Messages,
    }
    others { user => User, staff => Staff, email_claim => EmailClaim, looks => Looks }
}

/// Reads an event of any room; answers its type, too.
pub fn decode(
    event_type: &str,
    version: u16,
    facts: &[u8],
    personal: &dyn Opens,
) -> Result<(&'static str, Event), DecodeError> {
    let known = TYPES.get(event_type);
    let (name, read) = known.ok_or_else(|| DecodeError::UnknownType(event_type.to_owned()))?;
    Ok((name, read(event_type, version, facts, personal)?))
}

/// A type that was ever written, by its name.
pub fn type_named(name: &str) -> Option<&'static str> {
    TYPES.get(name).map(|(name, _)| *name)
}

/// A look as bytes, as it is sealed in a record.
pub(crate) fn look_bytes(look: &Look) -> Result<Vec<u8>, postcard::Error> {
    write(&<looks::Look1 as wire::Wire<Look>>::of(look))
}

/// The look that bytes are; `None` if they are none.
pub(crate) fn look_of(bytes: &[u8]) -> Option<Look> {
    wire::Wire::read(read::<looks::Look1>(bytes).ok()?).ok()
}

fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_stdvec(value)
}

/// Reads all of `bytes`: what is left over is an error, which postcard itself would ignore.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok(_) => Err(DecodeError::LeftOver),
        Err(_) => Err(DecodeError::Malformed),
    }
}

/// A personal set, or why it cannot be read.
fn read_personal<W, D>(personal: &dyn Opens, set: &str) -> Result<Personal<D>, DecodeError>
where
    W: DeserializeOwned + wire::Wire<D>,
{
    match personal.open(set) {
        Personal::Known(bytes) => Ok(Personal::Known(read::<W>(&bytes)?.read()?)),
        Personal::Sealed(seal) => Ok(Personal::Sealed(seal)),
        Personal::Forgotten => Ok(Personal::Forgotten),
        Personal::Lost => Ok(Personal::Lost),
    }
}

/// Declares the frozen shapes of a room: type, version, the event they become, and the fields in
/// the order in which they lie on disk. Never change one; add the next version. The one before it
/// moves to `earlier`, with the function that makes today's event of it.
macro_rules! room {
    ($event:ident { $(
        $name:literal $version:literal $variant:ident
            { $($field:ident : $wire:ty),* $(,)? }
            $(sealed { $($set:ident : $shape:ty => $subject:ident),+ $(,)? })?
    )+ } $(earlier { $(
        $old_name:literal $old_version:literal $old:ident
            { $($old_field:ident : $old_wire:ty),* $(,)? }
            $(sealed { $($old_set:ident : $old_shape:ty => $old_subject:ident),+ $(,)? })?
            => $upcast:ident
    )+ })?) => {
        mod facts {
            #[allow(unused_imports, reason = "a room may need only some of the wire types")]
            use super::*;
            $(
                #[derive(serde::Serialize, serde::Deserialize)]
                pub struct $variant { $(pub $field: $wire),* }
            )+
            $($(
                #[derive(serde::Serialize, serde::Deserialize)]
                pub struct $old { $(pub $old_field: $old_wire),* }
            )+)?
        }

        pub const SHAPES: &[$crate::codec::Shape] = &[$(
            $crate::codec::Shape {
                event_type: $name,
                version: $version,
                is_written: true,
                fields: &[$((stringify!($field), stringify!($wire))),*],
                sealed: &[$($((stringify!($set), stringify!($shape), stringify!($subject))),+)?],
            },
        )+ $($(
            $crate::codec::Shape {
                event_type: $old_name,
                version: $old_version,
                is_written: false,
                fields: &[$((stringify!($old_field), stringify!($old_wire))),*],
                sealed: &[$($(
                    (stringify!($old_set), stringify!($old_shape), stringify!($old_subject))
                ),+)?],
            },
        )+)?];

        #[allow(unused_variables, reason = "not every room seals something")]
        pub fn encode(
            event: &$event,
            owner: domain::SubjectId,
        ) -> Result<$crate::codec::Encoded, postcard::Error> {
            match event {$(
                $event::$variant { $($field,)* $($($set),+)? } => {
                    let facts = facts::$variant {
                        $($field: $crate::codec::wire::Wire::of($field)),*
                    };
                    #[allow(unused_mut, reason = "not every event has personal data")]
                    let mut personal = vec![];
                    $($(
                        if let domain::Personal::Known(value) = $set {
                            let value: $shape = $crate::codec::wire::Wire::of(value);
                            personal.push($crate::codec::PersonalSet {
                                set: stringify!($set),
                                subject: $crate::codec::subject!($subject, owner),
                                bytes: $crate::codec::write(&value)?,
                            });
                        }
                    )+)?
                    Ok($crate::codec::Encoded {
                        event_type: $name,
                        version: $version,
                        facts: $crate::codec::write(&facts)?,
                        personal,
                    })
                }
            )+}
        }

        #[allow(unused_variables, reason = "not every room seals something")]
        pub fn decode(
            event_type: &str,
            version: u16,
            facts: &[u8],
            personal: &dyn $crate::codec::Opens,
        ) -> Result<$event, $crate::codec::DecodeError> {
            match (event_type, version) {
                $(($name, $version) => {
                    #[allow(unused_variables, reason = "not every event has facts")]
                    let facts: facts::$variant = $crate::codec::read(facts)?;
                    Ok($event::$variant {
                        $($field: $crate::codec::wire::Wire::read(facts.$field)?,)*
                        $($($set: $crate::codec::read_personal::<$shape, _>(
                            personal, stringify!($set))?,)+)?
                    })
                })+
                $($(($old_name, $old_version) => {
                    $upcast($crate::codec::read::<facts::$old>(facts)?, personal)
                })+)?
                (other, version) => {
                    Err($crate::codec::DecodeError::UnknownVersion(other.to_owned(), version))
                }
            }
        }

        /// Every field of a record as it was written, with what is sealed as far as it opens.
        #[allow(unused_variables, unused_mut, reason = "not every room seals something")]
        pub fn as_json(
            event_type: &str,
            version: u16,
            facts: &[u8],
            personal: &dyn $crate::codec::Opens,
        ) -> Result<serde_json::Value, $crate::codec::DecodeError> {
            match (event_type, version) {
                $(($name, $version) => {
                    let facts: facts::$variant = $crate::codec::read(facts)?;
                    let mut value = $crate::codec::as_json(&facts)?;
                    $($(value[stringify!($set)] = $crate::codec::personal_as_json::<$shape>(
                        personal, stringify!($set))?;)+)?
                    Ok(value)
                })+
                $($(($old_name, $old_version) => {
                    let facts: facts::$old = $crate::codec::read(facts)?;
                    let mut value = $crate::codec::as_json(&facts)?;
                    $($(value[stringify!($old_set)] =
                        $crate::codec::personal_as_json::<$old_shape>(
                            personal, stringify!($old_set))?;)+)?
                    Ok(value)
                })+)?
                (other, version) => {
                    Err($crate::codec::DecodeError::UnknownVersion(other.to_owned(), version))
                }
            }
        }
    };
}
use room;

/// What is shown of a personal set: its values, or why there are none.
fn personal_as_json<W>(personal: &dyn Opens, set: &str) -> Result<Value, DecodeError>
where
    W: DeserializeOwned + Serialize,
{
    let withheld = |why: &str| Ok(Value::from(format!("[{why}]")));
    match personal.open(set) {
        Personal::Known(bytes) => as_json(&read::<W>(&bytes)?),
        Personal::Sealed(_) => withheld("sealed"),
        Personal::Forgotten => withheld("forgotten"),
        Personal::Lost => withheld("key lost"),
    }
}

/// A shape as people read it: hashes in hexadecimal.
fn as_json(shape: &impl Serialize) -> Result<Value, DecodeError> {
    let mut value = serde_json::to_value(shape).map_err(|_| DecodeError::Malformed)?;
    write_hashes(&mut value);
    Ok(value)
}

/// So many bytes in a row are no list of numbers.
const HASH_BYTES_MIN: usize = 16;

fn write_hashes(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(write_hashes),
        Value::Array(items) => {
            let byte = |item: &Value| item.as_u64().and_then(|number| u8::try_from(number).ok());
            let bytes: Option<Vec<u8>> = items.iter().map(byte).collect();
            match bytes.filter(|bytes| bytes.len() >= HASH_BYTES_MIN) {
                Some(bytes) => *value = Value::from(hex::encode(bytes)),
                None => items.iter_mut().for_each(write_hashes),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

macro_rules! subject {
    (owner, $owner:expr) => {
        $owner
    };
    ($field:ident, $owner:expr) => {
        domain::SubjectId::from(*$field)
    };
}
use subject;
