//! What the rules remember about API keys.

use super::{Event, Mode, NewKey};
use crate::access::{Access, Capability, access};
use crate::registration::Status;
use crate::values::FreeText;
use crate::{ApiKeyId, Personal};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub keys: BTreeMap<ApiKeyId, Key>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub key: NewKey,
    pub mode: Mode,
    pub name: Personal<FreeText>,
    /// Programs of before did not say.
    pub issued_at: Option<DateTime<Utc>>,
    pub replaced_by: Option<ApiKeyId>,
    /// Set by a rotation.
    pub works_until: Option<DateTime<Utc>>,
    pub is_revoked: bool,
}

impl Key {
    pub fn is_active(&self, at: DateTime<Utc>) -> bool {
        !self.is_revoked && self.works_until.is_none_or(|until| at < until)
    }
}

impl State {
    pub fn active(&self, mode: Mode, at: DateTime<Utc>) -> impl Iterator<Item = &Key> {
        self.keys.values().filter(move |key| key.mode == mode && key.is_active(at))
    }
}

/// Whether a key works at a moment: while it is active, and the account's status lets its mode be used.
pub fn works(account: Option<Status>, key: &Key, at: DateTime<Utc>) -> bool {
    let is_open = account.is_some_and(|status| match key.mode {
        Mode::Test => access(status, Capability::TestKeys) == Access::Allowed,
        Mode::Live => {
            matches!(access(status, Capability::LiveServices), Access::Allowed | Access::NothingNew)
        }
    });
    is_open && key.is_active(at)
}

pub fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::Issued { key, mode, name, issued_at } => {
            state.keys.insert(key.id, issued(*key, *mode, name.clone(), *issued_at));
        }
        Event::Rotated { from, to, mode, overlap_until, rotated_at } => {
            let mut name = Personal::Forgotten;
            if let Some(old) = state.keys.get_mut(from) {
                old.works_until = Some(*overlap_until);
                old.replaced_by = Some(to.id);
                name = old.name.clone();
            }
            state.keys.insert(to.id, issued(*to, *mode, name, *rotated_at));
        }
        Event::Revoked { key, .. } => {
            if let Some(key) = state.keys.get_mut(key) {
                key.is_revoked = true;
            }
        }
    }
    state
}

fn issued(
    key: NewKey,
    mode: Mode,
    name: Personal<FreeText>,
    issued_at: Option<DateTime<Utc>>,
) -> Key {
    let (replaced_by, works_until, is_revoked) = (None, None, false);
    Key { key, mode, name, issued_at, replaced_by, works_until, is_revoked }
}
