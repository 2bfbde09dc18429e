//! The ledger and the vault: the only things that are ever written.

pub mod aggregate;
pub mod backup;
pub mod chance;
pub mod codec;
pub mod copy;
pub mod documents;
pub mod ends;
#[cfg(feature = "eventstoredb")]
pub mod eventstoredb;
pub mod execute;
pub mod files;
pub mod folded;
pub mod follower;
pub mod installation;
pub mod ledger;
pub mod load;
pub mod location;
pub mod mark;
pub mod master_key;
pub mod memory;
mod prepare;
pub mod reader;
pub mod record;
pub mod recorded;
pub mod reveals;
pub mod scan;
pub mod seal;
pub mod sqlite;
pub mod subjects;
pub mod suite;
pub mod vault;
pub mod verify;
pub mod watch;

pub use bytes::Bytes;

pub use aggregate::{Aggregate, EmailClaim, EmailKey, Looks, LooksKey, Merchant, Staff, User};
pub use chance::Chance;
pub use execute::{ExecuteError, Executed, Request, Store};
pub use ledger::{
    AppendError, Appended, ExpectedRevision, Ledger, NewRecord, Position, ReadError, Revision,
    StoredRecord, StreamId, Tail,
};
pub use load::{AsOf, Loaded};
pub use location::Location;
pub use mark::Mark;
pub use reader::Reader;
pub use recorded::{Keys, Recorded};

/// Postcard, for files that are made and thrown away like snapshots.
pub fn postcard_bytes<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, postcard::Error> {
    postcard::to_stdvec(value)
}

/// `None` for anything but exactly one value.
pub fn from_postcard_bytes<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        Ok(_) | Err(_) => None,
    }
}
