//! The cluster engine, on the double of its server: the contract of every engine, each known fault
//! of the client, and commands under random faults. And what any engine's users remember of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed expectation is the result"
)]

mod append;
mod chaos;
mod connection;
mod copy;
mod read;
mod remembered;
mod subscription;
mod suite;

use store::eventstoredb::{EventStoreLedger, Settings};
use store::suite::new_record;
use store::{
    AppendError, Appended, ExpectedRevision, Ledger, NewRecord, Revision, StoredRecord, StreamId,
};
use tests::double::Double;
use uuid::Uuid;

/// An engine that does not wait long.
async fn open(double: &Double) -> EventStoreLedger {
    let settings = Settings::parse(&double.url_with("defaultDeadline=300")).unwrap();
    EventStoreLedger::open(settings).await.unwrap()
}

fn stream(name: &str) -> StreamId {
    StreamId::new("test", name)
}

fn record(stream: &StreamId, revision: u64) -> NewRecord {
    let name = format!("{stream}/{revision}");
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
    new_record(stream, revision, id, name.as_bytes())
}

/// Appends the next record of a stream, whose revision is said.
async fn append(
    ledger: &EventStoreLedger,
    stream: &StreamId,
    revision: u64,
) -> Result<Appended, AppendError> {
    let expected = ExpectedRevision::after(revision.checked_sub(1).map(Revision));
    ledger.append(stream, expected, &[record(stream, revision)]).await
}

async fn all(ledger: &dyn Ledger) -> Vec<StoredRecord> {
    // What is there is asked of the server, not of what the engine remembers.
    ledger.head().await.unwrap();
    ledger.read_all(None, 1_000_000).await.unwrap()
}
