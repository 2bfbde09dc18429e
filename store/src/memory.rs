//! A ledger in memory, with the same promises, for tests.

use crate::ledger::{
    AppendError, Appended, ExpectedRevision, FollowUp, Ledger, NewRecord, Pending, Position,
    RECORD_BYTES_MAX, ReadError, Revision, StoredRecord, StreamId, Tail,
};
use crate::record;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use tokio::sync::watch;

pub struct MemoryLedger {
    records: Mutex<Records>,
    wake: watch::Sender<Option<Position>>,
}

#[derive(Default)]
struct Records {
    all: Vec<StoredRecord>,
    /// Where the records of each stream lie in `all`.
    streams: HashMap<StreamId, Vec<usize>>,
}

impl Default for MemoryLedger {
    fn default() -> Self {
        Self { records: Mutex::default(), wake: watch::Sender::new(None) }
    }
}

impl MemoryLedger {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn append_now(
        &self,
        stream: &StreamId,
        expected: ExpectedRevision,
        new: &[NewRecord],
        then: Option<FollowUp>,
    ) -> Result<Appended, AppendError> {
        check_sizes(new)?;
        let mut records = self.records();
        let known: Vec<usize> = records.streams.get(stream).cloned().unwrap_or_default();
        let actual = known.len().checked_sub(1).map(|last| Revision(last as u64));
        if ExpectedRevision::after(actual) != expected {
            let first = expected.first().0 as usize;
            let there: Vec<&StoredRecord> =
                known.iter().skip(first).filter_map(|index| records.all.get(*index)).collect();
            return already_appended(&there, new)
                .ok_or(AppendError::WrongExpectedRevision { expected, actual });
        }
        let mut revision = expected.first();
        let mut appended = None;
        for record in new {
            let position = Position(records.all.len() as u64);
            let index = records.all.len();
            records.all.push(StoredRecord {
                position,
                stream: stream.clone(),
                revision,
                bytes: record.bytes.clone(),
            });
            records.streams.entry(stream.clone()).or_default().push(index);
            appended = Some(Appended { position, revision });
            revision = revision.next();
        }
        let appended = appended.ok_or(AppendError::TooLarge { bytes: 0 })?;
        if let Some(then) = then {
            then(appended);
        }
        self.wake.send_replace(Some(appended.position));
        Ok(appended)
    }
}

pub(crate) fn check_sizes(new: &[NewRecord]) -> Result<(), AppendError> {
    match new.iter().map(|record| record.bytes.len()).find(|bytes| *bytes > RECORD_BYTES_MAX) {
        Some(bytes) => Err(AppendError::TooLarge { bytes }),
        None => Ok(()),
    }
}

/// The answer to an append that happened before: the same event ids lie where they would go.
pub(crate) fn already_appended(there: &[&StoredRecord], new: &[NewRecord]) -> Option<Appended> {
    let is_same = new.len() <= there.len()
        && new.iter().zip(there).all(|(new, old)| {
            record::decode(&old.bytes)
                .is_ok_and(|envelope| envelope.event_id == *new.event_id.as_bytes())
        });
    let last = there.get(new.len().checked_sub(1)?)?;
    is_same.then_some(Appended { position: last.position, revision: last.revision })
}

fn checked(stored: StoredRecord) -> Result<StoredRecord, ReadError> {
    check_place(&stored).map(|()| stored)
}

/// Checks that a record is whole and lies where it says.
pub(crate) fn check_place(stored: &StoredRecord) -> Result<(), ReadError> {
    let damaged = |damage: record::Damage| ReadError::Damaged {
        position: stored.position,
        reason: damage.to_string(),
    };
    let (stream, revision) = record::place_in(&stored.bytes).map_err(damaged)?;
    if stream == stored.stream.as_str() && revision == stored.revision.0 {
        Ok(())
    } else {
        Err(damaged(record::Damage::Misplaced))
    }
}

impl Ledger for MemoryLedger {
    fn append<'a>(
        &'a self,
        stream: &'a StreamId,
        expected: ExpectedRevision,
        records: &'a [NewRecord],
    ) -> Pending<'a, Result<Appended, AppendError>> {
        Box::pin(async move { self.append_now(stream, expected, records, None) })
    }

    fn append_then<'a>(
        &'a self,
        stream: &'a StreamId,
        expected: ExpectedRevision,
        records: &'a [NewRecord],
        then: FollowUp,
    ) -> Pending<'a, Result<Appended, AppendError>> {
        Box::pin(async move { self.append_now(stream, expected, records, Some(then)) })
    }

    fn tail(&self, stream: &StreamId) -> Tail {
        let last = self.records().streams.get(stream).and_then(|known| known.len().checked_sub(1));
        last.map_or(Tail::Unknown, |last| Tail::Known(Revision(last as u64)))
    }

    fn read_stream<'a>(
        &'a self,
        stream: &'a StreamId,
        from: Revision,
        limit: usize,
    ) -> Pending<'a, Result<Vec<StoredRecord>, ReadError>> {
        Box::pin(async move {
            let records = self.records();
            let places = records.streams.get(stream).map(Vec::as_slice).unwrap_or_default();
            places
                .iter()
                .skip(from.0 as usize)
                .take(limit)
                .filter_map(|index| records.all.get(*index).cloned())
                .map(checked)
                .collect()
        })
    }

    fn read_all(
        &self,
        after: Option<Position>,
        limit: usize,
    ) -> Pending<'_, Result<Vec<StoredRecord>, ReadError>> {
        Box::pin(async move {
            let start = after.map_or(0, |position| position.0 as usize + 1);
            let records = self.records();
            records.all.iter().skip(start).take(limit).cloned().map(checked).collect()
        })
    }

    fn head(&self) -> Pending<'_, Result<Option<Position>, ReadError>> {
        Box::pin(async move { Ok(self.records().all.last().map(|record| record.position)) })
    }

    fn wake(&self) -> watch::Receiver<Option<Position>> {
        self.wake.subscribe()
    }

    fn engine(&self) -> &'static str {
        "memory"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_memory_engine_keeps_every_promise() {
        crate::suite::run(async || MemoryLedger::default()).await;
    }
}
