//! Values from small pools, so that requests meet one another.

use chrono::NaiveDate;
use domain::api_keys::NewKey;
use domain::client_file::FileVersion;
use domain::merchant::State;
use domain::values::FreeText;
use domain::{Coded, Id, UserId};
use std::collections::BTreeSet;
use uuid::Uuid;

pub fn id<I: Id>(number: u8) -> I {
    I::from_uuid(Uuid::from_u128(u128::from(number)))
}

pub fn owner() -> UserId {
    id(1)
}

pub fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

pub fn text() -> FreeText {
    FreeText::recorded("a few words")
}

pub fn new_key(key: u8) -> NewKey {
    NewKey { id: id(key), hash: [key; 32], last_four: *b"abcd" }
}

pub fn version(state: &State, is_stale: bool) -> FileVersion {
    state.file.version.saturating_sub(u32::from(is_stale))
}

/// Those members of a closed list whose bit is set.
pub fn chosen<T: Coded + Ord>(bits: u8) -> BTreeSet<T> {
    T::ALL.iter().enumerate().filter(|(n, _)| bits & (1 << n) != 0).map(|(_, one)| *one).collect()
}
