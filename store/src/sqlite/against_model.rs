//! The embedded engine against a model: whatever is appended, read, reopened or asked at once, it
//! says what the ledger in memory says.

use super::*;
use crate::memory::MemoryLedger;
use crate::suite::new_record;
use proptest::prelude::*;
use uuid::Uuid;

const STREAMS: u8 = 3;

#[derive(Clone, Debug)]
enum Step {
    /// Appends at the end of a stream, or where it is not.
    Append {
        stream: u8,
        records: u8,
        off: i8,
    },
    /// The last append that worked, sent again.
    Again,
    /// Several at once, each at the end of a stream as it was before: one of each stream wins.
    AtOnce {
        streams: Vec<u8>,
    },
    ReadStream {
        stream: u8,
        from: u8,
        limit: u8,
    },
    ReadAll {
        after: Option<u8>,
        limit: u8,
    },
    /// Closed and opened again.
    Reopen,
    /// Opened again on what a killed process has left.
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..STREAMS, 1..4_u8, prop_oneof![4 => Just(0_i8), 1 => -2..3_i8])
            .prop_map(|(stream, records, off)| Step::Append { stream, records, off }),
        1 => Just(Step::Again),
        2 => prop::collection::vec(0..STREAMS, 2..6).prop_map(|streams| Step::AtOnce { streams }),
        1 => (0..STREAMS, 0..12_u8, 0..6_u8)
            .prop_map(|(stream, from, limit)| Step::ReadStream { stream, from, limit }),
        1 => (prop::option::of(0..20_u8), 0..9_u8)
            .prop_map(|(after, limit)| Step::ReadAll { after, limit }),
        1 => Just(Step::Reopen),
        1 => Just(Step::Kill),
    ]
}

fn stream(number: u8) -> StreamId {
    StreamId::new("test", number)
}

struct Both {
    directory: tempfile::TempDir,
    engine: Arc<SqliteLedger>,
    model: MemoryLedger,
    events: u128,
    last: Option<(StreamId, ExpectedRevision, Vec<NewRecord>)>,
}

impl Both {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let engine = Arc::new(SqliteLedger::open(directory.path()).unwrap());
        Self { directory, engine, model: MemoryLedger::default(), events: 0, last: None }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Append { stream: number, records, off } => {
                self.append(&stream(number), records, off).await;
            }
            Step::Again => {
                if let Some((stream, expected, records)) = self.last.clone() {
                    self.append_to_both(&stream, expected, &records).await;
                }
            }
            Step::AtOnce { streams } => self.at_once(&streams).await,
            Step::ReadStream { stream: number, from, limit } => {
                let (stream, from) = (stream(number), Revision(from.into()));
                let ours = self.engine.read_stream(&stream, from, limit.into()).await.unwrap();
                let theirs = self.model.read_stream(&stream, from, limit.into()).await.unwrap();
                assert_eq!(ours, theirs);
            }
            Step::ReadAll { after, limit } => {
                let after = after.map(|after| Position(after.into()));
                let ours = self.engine.read_all(after, limit.into()).await.unwrap();
                assert_eq!(ours, self.model.read_all(after, limit.into()).await.unwrap());
            }
            Step::Reopen => {
                self.engine.close().await;
                self.open_again(self.directory.path().to_owned());
                let log = std::fs::metadata(self.directory.path().join("ledger.db-wal"));
                assert_eq!(log.map_or(0, |log| log.len()), 0, "a clean stop and start");
            }
            Step::Kill => self.kill(),
        }
        assert_eq!(self.engine.head().await.unwrap(), self.model.head().await.unwrap());
    }

    /// What lies on disk at this moment, somewhere else: the process that wrote it is gone.
    fn kill(&mut self) {
        let left = tempfile::tempdir().unwrap();
        for name in ["ledger.db", "ledger.db-wal"] {
            if let Ok(content) = std::fs::read(self.directory.path().join(name)) {
                std::fs::write(left.path().join(name), content).unwrap();
            }
        }
        self.directory = left;
        self.open_again(self.directory.path().to_owned());
    }

    fn open_again(&mut self, directory: PathBuf) {
        // The lock goes with the old one.
        let old = std::mem::replace(
            &mut self.engine,
            Arc::new(SqliteLedger::open_read_only(&directory).unwrap()),
        );
        drop(Arc::into_inner(old).expect("nobody else has it"));
        self.engine = Arc::new(SqliteLedger::open(&directory).unwrap());
    }

    async fn append(&mut self, stream: &StreamId, records: u8, off: i8) {
        let there = self.model.read_stream(stream, Revision(0), usize::MAX).await.unwrap();
        let first = i64::try_from(there.len()).unwrap() + i64::from(off);
        let Ok(first) = u64::try_from(first) else { return };
        let expected = ExpectedRevision::after(first.checked_sub(1).map(Revision));
        let records = self.new_records(stream, first, records);
        self.append_to_both(stream, expected, &records).await;
    }

    fn new_records(&mut self, stream: &StreamId, first: u64, count: u8) -> Vec<NewRecord> {
        (first..first + u64::from(count))
            .map(|revision| {
                self.events += 1;
                let event = Uuid::from_u128(self.events);
                new_record(stream, revision, event, &self.events.to_be_bytes())
            })
            .collect()
    }

    async fn append_to_both(
        &mut self,
        stream: &StreamId,
        expected: ExpectedRevision,
        records: &[NewRecord],
    ) {
        let ours = self.engine.append(stream, expected, records).await;
        let theirs = self.model.append(stream, expected, records).await;
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
        if ours.is_ok() {
            self.last = Some((stream.clone(), expected, records.to_vec()));
        }
    }

    async fn at_once(&mut self, streams: &[u8]) {
        let mut asked = vec![];
        for number in streams {
            let stream = stream(*number);
            let there = self.model.read_stream(&stream, Revision(0), usize::MAX).await.unwrap();
            let first = there.len() as u64;
            let records = self.new_records(&stream, first, 1);
            asked.push((
                stream,
                ExpectedRevision::after(first.checked_sub(1).map(Revision)),
                records,
            ));
        }
        let appends = asked
            .iter()
            .map(|(stream, expected, records)| self.engine.append(stream, *expected, records));
        let outcomes = futures::future::join_all(appends).await;
        // The model takes those that won, in the order that the engine gave them.
        let mut won: Vec<_> = asked
            .iter()
            .zip(&outcomes)
            .filter_map(|(asked, outcome)| Some((outcome.as_ref().ok()?.position, asked)))
            .collect();
        won.sort_by_key(|(position, _)| *position);
        let distinct: std::collections::BTreeSet<_> = streams.iter().collect();
        assert_eq!(won.len(), distinct.len(), "one of each stream: {outcomes:?}");
        for (position, (stream, expected, records)) in won {
            let appended = self.model.append(stream, *expected, records).await.unwrap();
            assert_eq!(appended.position, position);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn it_says_what_the_model_says(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(async {
            let mut both = Both::new();
            for step in steps {
                both.take(step).await;
            }
            let all = both.engine.read_all(None, usize::MAX >> 1).await.unwrap();
            assert_eq!(all, both.model.read_all(None, usize::MAX).await.unwrap());
        });
    }
}

/// More of them with `PROPTEST_CASES`.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24)
}
