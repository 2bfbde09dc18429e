//! What is accepted as a value, what is refused and what is kept: tables with their sources, which
//! `docs/reference/values.md` is made of, and properties that hold for everything like them.

#![allow(clippy::unwrap_used, reason = "a test may give up")]

mod companies;
mod page;
mod people;
mod places;
mod properties;
mod texts;

use domain::values::Invalid;

/// What is known of one kind of value.
pub struct Table {
    pub name: &'static str,
    /// What it is, and where its rules are from.
    pub about: &'static str,
    /// What is kept of an input.
    pub read: fn(&str) -> Result<String, Invalid>,
    /// An input, what is kept of it, and what it is an example of.
    pub accepted: &'static [(&'static str, &'static str, &'static str)],
    /// An input, the code of its refusal, and what it is an example of.
    pub refused: &'static [(&'static str, &'static str, &'static str)],
    /// For each code, what somebody enters who follows its words.
    pub advice: &'static [(&'static str, &'static str)],
}

pub fn tables() -> Vec<&'static Table> {
    [companies::TABLES, people::TABLES, places::TABLES, texts::TABLES].concat()
}
