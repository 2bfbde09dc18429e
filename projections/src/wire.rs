//! How values of the domain lie in a snapshot: the domain itself cannot be serialised.

use domain::values::TextValue;
use domain::{Coded, Id};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

pub mod id {
    use super::*;

    pub fn serialize<I: Id, S: Serializer>(id: &I, serializer: S) -> Result<S::Ok, S::Error> {
        id.uuid().serialize(serializer)
    }

    pub fn deserialize<'de, I: Id, D: Deserializer<'de>>(deserializer: D) -> Result<I, D::Error> {
        Ok(I::from_uuid(Uuid::deserialize(deserializer)?))
    }
}

pub mod optional_id {
    use super::*;

    pub fn serialize<I: Id, S: Serializer>(
        id: &Option<I>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        id.map(Id::uuid).serialize(serializer)
    }

    pub fn deserialize<'de, I: Id, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<I>, D::Error> {
        Ok(Option::<Uuid>::deserialize(deserializer)?.map(I::from_uuid))
    }
}

/// A month as the streams of its looks are named.
pub mod month {
    use super::*;
    use domain::looks::Month;

    pub fn serialize<S: Serializer>(month: &Month, serializer: S) -> Result<S::Ok, S::Error> {
        month.to_string().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Month, D::Error> {
        let text = String::deserialize(deserializer)?;
        Month::parse(&text).ok_or_else(|| D::Error::custom("no month"))
    }
}

pub mod code {
    use super::*;

    pub fn serialize<T: Coded, S: Serializer>(code: &T, serializer: S) -> Result<S::Ok, S::Error> {
        code.code().serialize(serializer)
    }

    pub fn deserialize<'de, T: Coded, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        read_code(&String::deserialize(deserializer)?)
    }
}

pub mod optional_code {
    use super::*;

    pub fn serialize<T: Coded, S: Serializer>(
        code: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        code.map(Coded::code).serialize(serializer)
    }

    pub fn deserialize<'de, T: Coded, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let code = Option::<String>::deserialize(deserializer)?;
        code.map(|code| read_code(&code)).transpose()
    }
}

pub mod optional_text {
    use super::*;

    pub fn serialize<T: TextValue, S: Serializer>(
        text: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        text.as_ref().map(TextValue::as_str).serialize(serializer)
    }

    pub fn deserialize<'de, T: TextValue, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(|text| T::recorded(&text)))
    }
}

/// A member of a closed list; one that is not in it is no mistake of whoever reads.
pub fn read_code<T: Coded, E: Error>(code: &str) -> Result<T, E> {
    T::from_code(code).ok_or_else(|| E::custom("it is not in that list"))
}
