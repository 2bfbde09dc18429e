//! The shapes of the API keys' events.

use super::room;
use super::wire::{Code, Id, Time, group};
use domain::api_keys::{Event, NewKey};

group! { Key1 of NewKey { id: Id, hash: [u8; 32], last_four: [u8; 4] } }

room! { Event {
    "api_keys.issued" 1 Issued { key: Key1, mode: Code }
    "api_keys.rotated" 1 Rotated { from: Id, to: Key1, mode: Code, overlap_until: Time }
    "api_keys.revoked" 1 Revoked { key: Id, reason: Code }
} }
