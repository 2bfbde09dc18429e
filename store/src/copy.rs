//! Copying a ledger to another engine: same records, same order, same ids and times, and the proof.

use crate::ledger::{
    AppendError, ExpectedRevision, Ledger, NewRecord, Position, ReadError, Revision, StoredRecord,
};
use crate::record;
use crate::scan::Scan;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Records read at a time.
const PAGE: usize = 1_024;
/// What is appended at once: well below what any engine takes.
const RUN_RECORDS: usize = 128;
const RUN_BYTES: usize = 512 * 1024;
/// How often an append of unknown outcome is sent again. The same records twice are once.
const ATTEMPTS: usize = 5;
const PAUSE: Duration = Duration::from_millis(500);

/// What a copy came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Records in both now.
    pub records: u64,
    /// Of them, what this copy appended.
    pub appended: u64,
    /// SHA-256 of the leaf hashes of all records in order, as read back.
    pub digest: [u8; 32],
}

#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(
        "the ledgers differ at {0}: what is copied to is not the beginning of what is read. \
         Copy to an empty ledger"
    )]
    Differs(Position),
    #[error("somebody else writes to the ledger that is copied to, at {0}. Stop them, copy again")]
    Disturbed(Position),
    #[error("{0}. Copy again to go on from there")]
    Append(AppendError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Copies `from` to `to`, which is empty or holds its beginning, then reads both again and compares
/// every record. `progress` is told how many records are in `to`.
pub async fn copy(
    from: &dyn Ledger,
    to: &dyn Ledger,
    progress: impl Fn(u64),
) -> Result<Copied, CopyError> {
    let before = to.head().await?;
    compare(from, to, before).await?;
    let mut after = before;
    progress(count(after));
    let mut scan = Scan::new(from, before);
    while let Some(page) = scan.next().await? {
        after = page.last().map(|last| last.position).or(after);
        let mut rest = page.as_slice();
        while !rest.is_empty() {
            let (run, others) = rest.split_at(length_of_run(rest));
            append(to, run).await?;
            progress(count(run.last().map(|last| last.position)));
            rest = others;
        }
    }
    let digest = compare(from, to, after).await?;
    Ok(Copied { records: count(after), appended: count(after) - count(before), digest })
}

fn count(head: Option<Position>) -> u64 {
    head.map_or(0, |head| head.0 + 1)
}

/// How many of the first records go together: neighbours in one stream, in one append.
fn length_of_run(records: &[StoredRecord]) -> usize {
    let mut bytes = 0;
    let first = records.first().map(|record| &record.stream);
    let fits = |record: &&StoredRecord| {
        bytes += record.bytes.len();
        Some(&record.stream) == first && bytes <= RUN_BYTES
    };
    records.iter().take(RUN_RECORDS).take_while(fits).count().max(1)
}

async fn append(to: &dyn Ledger, run: &[StoredRecord]) -> Result<(), CopyError> {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return Ok(()) };
    let expected = ExpectedRevision::after(first.revision.0.checked_sub(1).map(Revision));
    let records = run.iter().map(new_record).collect::<Result<Vec<_>, _>>()?;
    let mut attempts = 1;
    loop {
        match to.append(&first.stream, expected, &records).await {
            Ok(appended) if appended.position == last.position => return Ok(()),
            Ok(_) | Err(AppendError::WrongExpectedRevision { .. }) => {
                return Err(CopyError::Disturbed(first.position));
            }
            Err(AppendError::Indeterminate(_) | AppendError::Unavailable(_))
                if attempts < ATTEMPTS =>
            {
                attempts += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(CopyError::Append(error)),
        }
    }
}

fn new_record(stored: &StoredRecord) -> Result<NewRecord, ReadError> {
    let envelope = record::decode(&stored.bytes).map_err(|damage| ReadError::Damaged {
        position: stored.position,
        reason: damage.to_string(),
    })?;
    let event_id = uuid::Uuid::from_bytes(envelope.event_id);
    Ok(NewRecord { event_id, bytes: stored.bytes.clone() })
}

/// Reads both up to a position; their digest, unless they part before.
async fn compare(
    from: &dyn Ledger,
    to: &dyn Ledger,
    until: Option<Position>,
) -> Result<[u8; 32], CopyError> {
    let mut digest = Sha256::new();
    let mut after = None;
    while after < until {
        let left = usize::try_from(count(until) - count(after)).unwrap_or(PAGE).min(PAGE);
        let theirs = from.read_all(after, left).await?;
        let ours = to.read_all(after, left).await?;
        let same = theirs.iter().zip(&ours).take_while(|(theirs, ours)| theirs == ours).count();
        if same < left {
            return Err(CopyError::Differs(Position(count(after) + same as u64)));
        }
        for record in &ours {
            digest.update(record::leaf_hash(&record.bytes));
        }
        after = ours.last().map(|last| last.position);
    }
    Ok(digest.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::StreamId;
    use crate::memory::MemoryLedger;
    use crate::suite::new_record as record_of;
    use std::cell::RefCell;
    use uuid::Uuid;

    /// A ledger of some streams, in turns of different length.
    async fn ledger(turns: u64) -> MemoryLedger {
        let ledger = MemoryLedger::default();
        let mut revisions = [0, 0, 0];
        for turn in 0..turns {
            let which = (turn % 3) as usize;
            let stream = StreamId::new("test", which);
            let first: u64 = revisions[which];
            let new: Vec<_> = (first..first + turn % 4 + 1)
                .map(|revision| {
                    let id = Uuid::from_u128(u128::from(turn) << 64 | u128::from(revision));
                    record_of(&stream, revision, id, &turn.to_be_bytes())
                })
                .collect();
            revisions[which] += new.len() as u64;
            let expected = ExpectedRevision::after(first.checked_sub(1).map(Revision));
            ledger.append(&stream, expected, &new).await.unwrap();
        }
        ledger
    }

    async fn all(ledger: &dyn Ledger) -> Vec<StoredRecord> {
        ledger.read_all(None, usize::MAX).await.unwrap()
    }

    #[tokio::test]
    async fn a_copy_holds_the_same_and_going_on_appends_only_the_rest() {
        let (shorter, longer) = (ledger(100).await, ledger(1_300).await);
        let to = MemoryLedger::default();
        let told = RefCell::new(vec![]);
        let first = copy(&shorter, &to, |count| told.borrow_mut().push(count)).await.unwrap();
        assert_eq!(all(&shorter).await, all(&to).await);
        assert_eq!(first.records, first.appended);
        assert!(told.borrow().is_sorted() && told.borrow().last() == Some(&first.records));

        let second = copy(&longer, &to, |_| {}).await.unwrap();
        assert_eq!(all(&longer).await, all(&to).await);
        assert_eq!(second.appended, second.records - first.records);
        let again = copy(&longer, &to, |_| {}).await.unwrap();
        assert_eq!((again.appended, again.digest), (0, second.digest));
    }

    #[tokio::test]
    async fn another_ledger_is_never_written_to() {
        let (from, to) = (ledger(3).await, MemoryLedger::default());
        let stream = StreamId::new("test", "other");
        let other = record_of(&stream, 0, Uuid::from_u128(1), b"x");
        to.append(&stream, ExpectedRevision::NoStream, &[other]).await.unwrap();
        let outcome = copy(&from, &to, |_| {}).await;
        assert!(matches!(outcome, Err(CopyError::Differs(Position(0)))), "{outcome:?}");
        assert_eq!(all(&to).await.len(), 1);
        // Nor is one that holds more.
        let outcome = copy(&MemoryLedger::default(), &to, |_| {}).await;
        assert!(matches!(outcome, Err(CopyError::Differs(Position(0)))), "{outcome:?}");
    }
}
