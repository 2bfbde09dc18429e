//! What can have happened to an API key.

use crate::values::FreeText;
use crate::{ApiKeyId, Personal};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Programs of before gave keys no name, and did not say when.
    Issued {
        key: NewKey,
        mode: Mode,
        name: Personal<FreeText>,
        issued_at: Option<DateTime<Utc>>,
    },
    /// The new one goes by the same name.
    Rotated {
        from: ApiKeyId,
        to: NewKey,
        mode: Mode,
        overlap_until: DateTime<Utc>,
        rotated_at: Option<DateTime<Utc>>,
    },
    Revoked {
        key: ApiKeyId,
        reason: RevocationReason,
    },
}

/// A key as the ledger may know it: never its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewKey {
    pub id: ApiKeyId,
    /// SHA-256 of the value, which has 142 random bits.
    pub hash: [u8; 32],
    /// The last four characters, by which people recognise it.
    pub last_four: [u8; 4],
}

codes! {
    /// The world a key works in; it stands in the key's prefix.
    pub enum Mode {
        Test = "test", "test", "test";
        Live = "live", "live", "production";
    }
}

codes! {
    pub enum RevocationReason {
        ByMember = "by_member", "by somebody of the merchant", "par un membre du marchand";
        Leaked = "leaked", "because others know it", "parce que d'autres la connaissent";
    }
}
