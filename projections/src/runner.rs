//! The runner: keeps the read models up to date.
//!
//! An engine through which alone the ledger grows tells what it appends, and the models have seen it
//! before anybody is answered. Whatever was not told is read: at a start, and behind any other
//! engine.

use crate::keep::Snapshots;
use crate::models::ReadModels;
use crate::models::changes::Changes;
use crate::snapshot::{Restored, Snapshot};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Duration;
use store::follower::{Follower, From, stopped};
use store::ledger::Delivery;
use store::recorded;
use store::vault::VaultError;
use store::watch::Watcher;
use store::{Mark, Position, ReadError, Reader, Recorded, Store, StoredRecord};
use tokio::sync::watch;

/// Records read at a time.
const PAGE: usize = 1_024;
/// Records after which what has changed is written down while a start catches up.
const CATCH_UP_SNAPSHOT_EVERY: usize = 1_000_000;
/// How long what was not told may stay unread while the engine tells the rest.
const GATHER: Duration = Duration::from_millis(10);

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the read models have stopped: {0}")]
    Stopped(String),
}

/// How far the models are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Folded up to here (`None`: nothing yet).
    Reached(Option<Position>),
    /// Stopped for good, and why.
    Stopped(String),
}

/// The read models that are served, and the position they have reached.
pub struct Projections {
    pub(crate) store: Store,
    pub(crate) models: RwLock<Arc<ReadModels>>,
    folding: Mutex<Folding>,
    /// Whether the engine tells what it appends.
    is_told: AtomicBool,
    progress: watch::Sender<Progress>,
    /// `None` where nothing is kept.
    pub(crate) snapshots: Option<Arc<tokio::sync::Mutex<Snapshots>>>,
    /// Held by the one who folds anew.
    pub(crate) rebuilding: tokio::sync::Mutex<()>,
}

/// What only whoever folds on may touch, and for moments only: commits wait meanwhile.
pub(crate) struct Folding {
    pub(crate) reached: Option<Position>,
    /// Since the last snapshot; `None` where none is kept.
    pub(crate) changes: Option<Changes>,
    /// Models that are folded anew beside the live ones, once they are level with them.
    pub(crate) shadow: Option<Arc<ReadModels>>,
}

impl Projections {
    /// Starts from the snapshot, if there is a good one, and folds everything after it. A damaged
    /// record stops it with its position.
    pub async fn start(store: Store, directory: Option<PathBuf>) -> Result<Arc<Self>, RunError> {
        let mut position = None;
        let key = store.vault.secret("snapshots")?;
        let mut models = ReadModels::keyed(&key);
        let mut snapshots = None;
        if let Some(directory) = &directory {
            let (mut file, found) = Snapshot::open(directory, &key);
            match found {
                Some(Restored { models: restored, ends, mark })
                    if Mark::at(store.ledger.as_ref(), mark.position).await? == Some(mark) =>
                {
                    (models, position) = (restored, Some(mark.position));
                    store.ends.restore(ends.all());
                }
                Some(_) | None => file.begin(),
            }
            snapshots = Some(Arc::new(tokio::sync::Mutex::new(Snapshots::new(file, position))));
        }
        let changes = directory.map(|_| Changes::default());
        let projections = Arc::new(Self {
            store,
            models: RwLock::new(Arc::new(models)),
            folding: Mutex::new(Folding { reached: position, changes, shadow: None }),
            is_told: AtomicBool::new(false),
            progress: watch::Sender::new(Progress::Reached(position)),
            snapshots,
            rebuilding: tokio::sync::Mutex::default(),
        });
        let watcher: Weak<dyn Watcher> = Arc::downgrade(&projections) as _;
        projections.store.watchers.add(watcher);
        projections.catch_up(position).await?;
        // While nobody is served and nobody waits for it.
        if let Some(taken) = projections.take_changes().await {
            let projections = Arc::clone(&projections);
            tokio::spawn(async move { projections.write_snapshot(taken).await });
        }
        let reached = projections.folding().reached;
        tracing::info!(position = ?reached.map(|position| position.0), "read models are up to date");
        Ok(projections)
    }

    /// The models as they are now. Take them once per request.
    pub fn models(&self) -> Arc<ReadModels> {
        Arc::clone(&self.models.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// Changes whenever the models have seen something new.
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Waits until the models have seen `position`; false if they had not within `patience`.
    pub async fn wait_for(&self, position: Position, patience: Duration) -> bool {
        let has_seen = |progress: &Progress| match progress {
            Progress::Reached(reached) => *reached >= Some(position),
            Progress::Stopped(_) => false,
        };
        if has_seen(&self.progress.borrow()) {
            return true;
        }
        let mut progress = self.progress.subscribe();
        let seen_or_stopped = progress
            .wait_for(|progress| has_seen(progress) || matches!(progress, Progress::Stopped(_)));
        match tokio::time::timeout(patience, seen_or_stopped).await {
            Ok(Ok(progress)) => has_seen(&progress),
            Ok(Err(_)) | Err(_) => false,
        }
    }

    async fn catch_up(&self, after: Option<Position>) -> Result<(), RunError> {
        let mut all = self.reader().all(after);
        let mut since = 0;
        while let Some(recorded) = all.next().await? {
            self.take(&recorded)?;
            since += recorded.len();
            // What has changed is written down before it takes more memory than the models.
            if since >= CATCH_UP_SNAPSHOT_EVERY {
                since = 0;
                self.snapshot().await;
            }
        }
        Ok(())
    }

    /// Reads with as few keys as the models need.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::new(self.store.ledger.as_ref(), ReadModels::keys(&self.store.vault))
    }

    fn fold(&self, records: &[StoredRecord]) -> Result<(), RunError> {
        // Read before anybody has to wait.
        let keys = self.reader().keys;
        let read = |stored| recorded::read(stored, keys);
        let recorded = records.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(self.take(&recorded)?)
    }

    /// Folds what has not been folded yet, if nothing is missing before it. What does not continue its
    /// stream is damage.
    fn take(&self, recorded: &[Recorded]) -> Result<(), ReadError> {
        let mut folding = self.folding();
        let models = self.models();
        for recorded in recorded {
            let next = Position(folding.reached.map_or(0, |reached| reached.0 + 1));
            if recorded.position == next {
                self.store.ends.take(recorded)?;
                models.apply(recorded);
                if let Some(shadow) = &folding.shadow {
                    shadow.apply(recorded);
                }
                if let Some(changes) = &mut folding.changes {
                    changes.note(recorded);
                }
                folding.reached = Some(next);
            }
        }
        self.progress.send_if_modified(|progress| {
            let is_running = matches!(progress, Progress::Reached(_));
            if is_running {
                *progress = Progress::Reached(folding.reached);
            }
            is_running
        });
        Ok(())
    }

    pub(crate) fn folding(&self) -> MutexGuard<'_, Folding> {
        self.folding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps up with the ledger until `stop`; then leaves a snapshot behind. Where something cannot
    /// be read it ends, and may be run again.
    pub async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) -> Result<(), RunError> {
        let reached = self.folding().reached;
        self.progress.send_replace(Progress::Reached(reached));
        let (until, keeping) = watch::channel(false);
        let follow = async {
            let outcome = self.follow(stop).await;
            if let Err(error) = &outcome {
                if let RunError::Read(error) = error
                    && error.is_damage()
                {
                    self.store.ends.stop(&error.to_string());
                }
                self.progress.send_replace(Progress::Stopped(error.to_string()));
            }
            until.send_replace(true);
            outcome
        };
        let (outcome, ()) = tokio::join!(follow, self.keep_snapshots(keeping));
        self.snapshot().await;
        outcome
    }

    /// Reads what was not told, until `stop` or until something cannot be read.
    async fn follow(&self, mut stop: watch::Receiver<bool>) -> Result<(), RunError> {
        let ledger = self.store.ledger.as_ref();
        let checkpoint = self.folding().reached;
        let from = From { checkpoint, page: PAGE, gather: Duration::ZERO };
        let mut follower = Follower::new("read models", ledger, from, stop.clone());
        let mut wake = ledger.wake();
        loop {
            tokio::select! {
                () = self.something_untold(&mut wake) => {}
                () = stopped(&mut stop) => return Ok(()),
            }
            follower.skip_to(self.folding().reached);
            match follower.next().await? {
                Some(Delivery::Records(records)) => self.fold(&records)?,
                Some(Delivery::CaughtUp) => {}
                None => return Ok(()),
            }
        }
    }

    /// Waits until something may have to be read.
    async fn something_untold(&self, wake: &mut watch::Receiver<Option<Position>>) {
        let is_level = |head: Option<Position>| self.folding().reached >= head;
        while self.is_told.load(Ordering::Relaxed) && is_level(*wake.borrow_and_update()) {
            if wake.changed().await.is_err() {
                // Nobody appends any more.
                return std::future::pending().await;
            }
            tokio::time::sleep(GATHER).await;
        }
    }
}

impl Watcher for Projections {
    fn appended(&self, recorded: &[Recorded]) {
        self.is_told.store(true, Ordering::Relaxed);
        if let Err(error) = self.take(recorded) {
            self.store.ends.stop(&error.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::directory::Row;
    use crate::rebuild::Rebuilt;
    use crate::snapshot;
    use domain::registration::{Command, Status};
    use domain::values::Language;
    use domain::{Actor, Channel, CommandId, Id, MerchantId, Occasion, UserId};
    use store::chance::SeededChance;
    use store::memory::MemoryLedger;
    use store::vault::Vault;
    use store::{Chance, Merchant, Request};
    use uuid::Uuid;

    fn store() -> Store {
        let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(7));
        let vault = Vault::in_memory(Arc::clone(&chance)).unwrap();
        Store::new(Arc::new(MemoryLedger::default()), Arc::new(vault), chance)
    }

    async fn create(store: &Store, number: u128) -> Position {
        let at = chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let occasion = Occasion::new(Actor::Visitor, Channel::Portal, at);
        let owner = UserId::from_uuid(Uuid::from_u128(1));
        let command = Command::Create { owner, language: Language::French }.into();
        let request = Request::new(CommandId::from_uuid(Uuid::from_u128(number)));
        let merchant = MerchantId::from_uuid(Uuid::from_u128(number));
        let done = store.execute::<Merchant>(merchant, command, &occasion, &request).await;
        done.unwrap().position.unwrap()
    }

    #[tokio::test]
    async fn a_reader_that_waits_for_its_position_sees_its_own_write() {
        let store = store();
        let projections = Projections::start(store.clone(), None).await.unwrap();
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(Arc::clone(&projections).run(stopped));
        let position = create(&store, 1).await;
        assert!(projections.wait_for(position, Duration::from_secs(5)).await);
        assert_eq!(projections.models().directory.rows().len(), 1);
        let beyond = Position(position.0 + 1);
        assert!(!projections.wait_for(beyond, Duration::from_millis(1)).await);
        stop.send(true).unwrap();
        running.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_snapshot_is_used_and_a_damaged_one_is_not() {
        let store = store();
        let directory = tempfile::tempdir().unwrap();
        let path = Some(directory.path().to_owned());
        create(&store, 1).await;
        let first = Projections::start(store.clone(), path.clone()).await.unwrap();
        first.snapshot().await;
        let key = store.vault.secret("snapshots").unwrap();
        let found = || snapshot::read(directory.path(), &key);
        let snapshot::Restored { models, mark, .. } = found().unwrap();
        assert_eq!(mark.position, Position(0));
        assert!(models.is_same(&first.models()));
        // Another ledger, with as many records, has no use for it.
        let other = Store::new(
            Arc::new(MemoryLedger::default()),
            Arc::clone(&store.vault),
            Arc::clone(&store.chance),
        );
        create(&other, 7).await;
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::copy(
            directory.path().join(snapshot::SNAPSHOT_FILE),
            elsewhere.path().join(snapshot::SNAPSHOT_FILE),
        )
        .unwrap();
        let theirs = Projections::start(other, Some(elsewhere.path().to_owned())).await.unwrap();
        assert!(theirs.models().directory.row(MerchantId::from_u128(7)).is_some());
        assert_eq!(theirs.models().directory.rows().len(), 1);

        create(&store, 2).await;
        let second = Projections::start(store.clone(), path.clone()).await.unwrap();
        assert_eq!(second.models().directory.rows().len(), 2);

        let file = directory.path().join(snapshot::SNAPSHOT_FILE);
        let mut bytes = std::fs::read(&file).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        assert!(found().is_none());
        let third = Projections::start(store.clone(), path).await.unwrap();
        assert!(third.models().is_same(&second.models()));
    }

    /// However a run ends, what its snapshot holds is all there was.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_run_that_is_stopped_at_any_moment_leaves_a_whole_snapshot() {
        let store = store();
        for number in 1..=40 {
            create(&store, number).await;
        }
        for pause in 0..40 {
            let directory = tempfile::tempdir().unwrap();
            let path = Some(directory.path().to_owned());
            let projections = Projections::start(store.clone(), path.clone()).await.unwrap();
            let (stop, stopped) = watch::channel(false);
            let running = tokio::spawn(Arc::clone(&projections).run(stopped));
            let snapshot = tokio::spawn({
                let projections = Arc::clone(&projections);
                async move { projections.snapshot().await }
            });
            for _ in 0..pause {
                tokio::task::yield_now().await;
            }
            create(&store, 100 + pause).await;
            stop.send(true).unwrap();
            running.await.unwrap().unwrap();
            snapshot.await.unwrap();
            let again = Projections::start(store.clone(), path).await.unwrap();
            assert!(again.models().is_same(&projections.models()));
        }
    }

    #[tokio::test]
    async fn a_snapshot_that_misses_a_change_is_none() {
        let store = store();
        let directory = tempfile::tempdir().unwrap();
        let path = Some(directory.path().to_owned());
        let projections = Projections::start(store.clone(), path.clone()).await.unwrap();
        create(&store, 1).await;
        projections.snapshot().await;
        create(&store, 2).await;
        drop(std::mem::take(projections.folding().changes.as_mut().unwrap()));
        create(&store, 3).await;
        projections.snapshot().await;
        let key = store.vault.secret("snapshots").unwrap();
        assert!(snapshot::read(directory.path(), &key).is_none());
        let again = Projections::start(store, path).await.unwrap();
        assert_eq!(again.models().directory.rows().len(), 3);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]

        #[test]
        fn a_snapshot_is_what_was_folded_and_with_any_bit_changed_it_is_none(
            merchants in 1..6_u128,
            at in proptest::num::usize::ANY,
            bit in 0..8_u8,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let (store, directory) = (store(), tempfile::tempdir().unwrap());
                for number in 1..=merchants {
                    create(&store, number).await;
                }
                let path = Some(directory.path().to_owned());
                let folded = Projections::start(store.clone(), path).await.unwrap();
                folded.snapshot().await;
                let key = store.vault.secret("snapshots").unwrap();
                let found = || snapshot::read(directory.path(), &key);
                let snapshot::Restored { models, .. } = found().expect("it is good");
                assert!(models.is_same(&folded.models()));
                let file = directory.path().join(snapshot::SNAPSHOT_FILE);
                let mut bytes = std::fs::read(&file).unwrap();
                let index = at % bytes.len();
                bytes[index] ^= 1 << bit;
                std::fs::write(&file, &bytes).unwrap();
                assert!(found().is_none(), "byte {index}, bit {bit}");
                std::fs::write(&file, &bytes[..index]).unwrap();
                assert!(found().is_none(), "cut at {index}");
            });
        }
    }

    #[tokio::test]
    async fn a_rebuild_finds_drift_and_repairs_it() {
        let store = store();
        create(&store, 1).await;
        let projections = Projections::start(store.clone(), None).await.unwrap();
        let sound = projections.rebuild().await.unwrap();
        assert_eq!(sound, Rebuilt { events: 1, has_drifted: false });
        let row = || projections.models().directory.row(MerchantId::from_u128(1)).unwrap();
        let other = Row { status: Status::Live, ..row().as_ref().clone() };
        projections.models().directory.restore([Arc::new(other)]);
        assert!(projections.rebuild().await.unwrap().has_drifted);
        assert_eq!(row().status, Status::Created);
    }
}
