//! The types that fields have on disk, and how they become values again. History is trusted:
//! values are `recorded`, never judged by today's rules.

use super::DecodeError;
use chrono::{DateTime, NaiveDate, Utc};
use domain::values::{Share, TextValue};
use domain::{Coded, Id as DomainId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How a value of the domain lies on disk.
pub trait Wire<D>: Sized {
    fn of(value: &D) -> Self;
    fn read(self) -> Result<D, DecodeError>;
}

/// A UUID.
#[derive(Serialize, Deserialize)]
pub struct Id(#[serde(serialize_with = "to_read::id")] [u8; 16]);

impl<I: DomainId> Wire<I> for Id {
    fn of(id: &I) -> Self {
        Self(id.uuid().into_bytes())
    }
    fn read(self) -> Result<I, DecodeError> {
        Ok(I::from_uuid(Uuid::from_bytes(self.0)))
    }
}

/// Microseconds since 1970-01-01 UTC.
#[derive(Serialize, Deserialize)]
pub struct Time(#[serde(serialize_with = "to_read::time")] i64);

impl Wire<DateTime<Utc>> for Time {
    fn of(time: &DateTime<Utc>) -> Self {
        Self(time.timestamp_micros())
    }
    fn read(self) -> Result<DateTime<Utc>, DecodeError> {
        DateTime::from_timestamp_micros(self.0).ok_or(DecodeError::Malformed)
    }
}

/// Days since 1970-01-01.
#[derive(Serialize, Deserialize)]
pub struct Day(#[serde(serialize_with = "to_read::day")] i32);

impl Wire<NaiveDate> for Day {
    fn of(date: &NaiveDate) -> Self {
        Self(date.to_epoch_days())
    }
    fn read(self) -> Result<NaiveDate, DecodeError> {
        NaiveDate::from_epoch_days(self.0).ok_or(DecodeError::Malformed)
    }
}

/// A member of a closed list, by its written name.
#[derive(Serialize, Deserialize)]
pub struct Code(String);

impl<T: Coded> Wire<T> for Code {
    fn of(value: &T) -> Self {
        Self(value.code().to_owned())
    }
    fn read(self) -> Result<T, DecodeError> {
        T::from_code(&self.0).ok_or(DecodeError::UnknownCode(self.0))
    }
}

/// A value that is a text.
#[derive(Serialize, Deserialize)]
pub struct Text(String);

impl<T: TextValue> Wire<T> for Text {
    fn of(value: &T) -> Self {
        Self(value.as_str().to_owned())
    }
    fn read(self) -> Result<T, DecodeError> {
        Ok(T::recorded(&self.0))
    }
}

/// Lists, and sets in their order.
#[derive(Serialize, Deserialize)]
pub struct List<W>(Vec<W>);

impl<D, W: Wire<D>> Wire<Vec<D>> for List<W> {
    fn of(values: &Vec<D>) -> Self {
        Self(values.iter().map(W::of).collect())
    }
    fn read(self) -> Result<Vec<D>, DecodeError> {
        self.0.into_iter().map(W::read).collect()
    }
}

impl<D: Ord, W: Wire<D>> Wire<BTreeSet<D>> for List<W> {
    fn of(values: &BTreeSet<D>) -> Self {
        Self(values.iter().map(W::of).collect())
    }
    fn read(self) -> Result<BTreeSet<D>, DecodeError> {
        self.0.into_iter().map(W::read).collect()
    }
}

/// Pairs of key and value, by key.
#[derive(Serialize, Deserialize)]
pub struct Map<K, V>(Vec<(K, V)>);

impl<A: Ord, B, K: Wire<A>, V: Wire<B>> Wire<BTreeMap<A, B>> for Map<K, V> {
    fn of(values: &BTreeMap<A, B>) -> Self {
        Self(values.iter().map(|(key, value)| (K::of(key), V::of(value))).collect())
    }
    fn read(self) -> Result<BTreeMap<A, B>, DecodeError> {
        self.0.into_iter().map(|(key, value)| Ok((key.read()?, value.read()?))).collect()
    }
}

impl<D, W: Wire<D>> Wire<Option<D>> for Option<W> {
    fn of(value: &Option<D>) -> Self {
        value.as_ref().map(W::of)
    }
    fn read(self) -> Result<Option<D>, DecodeError> {
        self.map(W::read).transpose()
    }
}

/// Ten-thousandths of a percent.
impl Wire<Share> for u32 {
    fn of(share: &Share) -> Self {
        share.ten_thousandths_of_percent()
    }
    fn read(self) -> Result<Share, DecodeError> {
        Ok(Share::recorded(self))
    }
}

macro_rules! as_they_are {
    ($($type:ty),+) => {$(
        impl Wire<$type> for $type {
            fn of(value: &$type) -> Self {
                value.clone()
            }
            fn read(self) -> Result<$type, DecodeError> {
                Ok(self)
            }
        }
    )+};
}

as_they_are!(bool, u8, u16, u32, u64, String, [u8; 32], [u8; 4]);

/// How people read what lies on disk as numbers. On disk it stays as it is.
mod to_read {
    use chrono::{DateTime, NaiveDate, SecondsFormat};
    use serde::{Serialize, Serializer};
    use uuid::Uuid;

    pub fn id<S: Serializer>(id: &[u8; 16], serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(&Uuid::from_bytes(*id).simple()),
            false => id.serialize(serializer),
        }
    }

    pub fn time<S: Serializer>(micros: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        match DateTime::from_timestamp_micros(*micros) {
            Some(time) if serializer.is_human_readable() => {
                serializer.collect_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
            }
            Some(_) | None => micros.serialize(serializer),
        }
    }

    pub fn day<S: Serializer>(days: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        match NaiveDate::from_epoch_days(*days) {
            Some(day) if serializer.is_human_readable() => serializer.collect_str(&day),
            Some(_) | None => days.serialize(serializer),
        }
    }
}

/// Declares the frozen shape of a group of fields, and the struct of the domain it becomes.
macro_rules! group {
    ($(#[$meta:meta])* $name:ident of $domain:ident { $($field:ident : $wire:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(serde::Serialize, serde::Deserialize)]
        pub struct $name { $($field: $wire),+ }

        impl $crate::codec::wire::Wire<$domain> for $name {
            fn of(value: &$domain) -> Self {
                Self { $($field: $crate::codec::wire::Wire::of(&value.$field)),+ }
            }
            fn read(self) -> Result<$domain, $crate::codec::DecodeError> {
                Ok($domain { $($field: $crate::codec::wire::Wire::read(self.$field)?),+ })
            }
        }
    };
}
pub(super) use group;
