//! The runner: keeps the read models up to date.
//!
//! An engine through which alone the ledger grows tells what it appends, and the models have seen it
//! before anybody is answered. Whatever was not told is read: at a start, and behind any other
//! engine.

use crate::read_models::ReadModels;
use crate::snapshot;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Duration;
use store::ledger::{Delivery, Subscription};
use store::recorded::{self, Keys};
use store::seal::DataKey;
use store::vault::VaultError;
use store::watch::Watcher;
use store::{Ledger, Mark, Position, ReadError, Recorded, Store, StoredRecord};
use tokio::sync::watch;

/// Records read at a time.
const PAGE: usize = 1_024;
/// Records after which a snapshot is worth its writing.
const SNAPSHOT_EVERY: u64 = 10_000;
/// How often somebody looks whether a snapshot is due.
const LOOK: Duration = Duration::from_secs(1);
/// How long what was not told may stay unread while the engine tells the rest.
const GATHER: Duration = Duration::from_millis(10);

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Vault(#[from] VaultError),
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
    store: Store,
    /// Where snapshots lie; `None` keeps everything in memory.
    directory: Option<PathBuf>,
    models: RwLock<Arc<ReadModels>>,
    /// Up to where they are folded; held by whoever folds on.
    reached: Mutex<Option<Position>>,
    /// Whether the engine tells what it appends.
    is_told: AtomicBool,
    progress: watch::Sender<Progress>,
    snapshot_key: DataKey,
}

/// What a rebuild found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    pub events: u64,
    /// True if the live models said something else than the fresh fold.
    pub has_drifted: bool,
}

impl Projections {
    /// Starts from the snapshot, if there is a good one, and folds everything after it. A damaged
    /// record stops it with its position.
    pub async fn start(store: Store, directory: Option<PathBuf>) -> Result<Arc<Self>, RunError> {
        let snapshot_key = store.vault.secret("snapshots")?;
        let found = match directory.as_deref() {
            Some(path) => found(path, store.ledger.as_ref(), &snapshot_key).await?,
            None => None,
        };
        let (models, position) = match found {
            Some((models, position)) => (models, Some(position)),
            None => (ReadModels::default(), None),
        };
        let projections = Arc::new(Self {
            store,
            directory,
            models: RwLock::new(Arc::new(models)),
            reached: Mutex::new(position),
            is_told: AtomicBool::new(false),
            progress: watch::Sender::new(Progress::Reached(position)),
            snapshot_key,
        });
        let watcher: Weak<dyn Watcher> = Arc::downgrade(&projections) as _;
        projections.store.watchers.add(watcher);
        let reached = projections.catch_up(position).await?;
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

    /// Waits until the models have seen `position`; false if they had not within `patience`.
    pub async fn wait_for(&self, position: Position, patience: Duration) -> bool {
        if matches!(&*self.progress.borrow(), Progress::Reached(reached) if *reached >= Some(position))
        {
            return true;
        }
        let mut progress = self.progress.subscribe();
        let reached = progress.wait_for(|progress| match progress {
            Progress::Reached(reached) => *reached >= Some(position),
            Progress::Stopped(_) => true,
        });
        match tokio::time::timeout(patience, reached).await {
            Ok(Ok(progress)) => matches!(*progress, Progress::Reached(_)),
            Ok(Err(_)) | Err(_) => false,
        }
    }

    async fn catch_up(&self, after: Option<Position>) -> Result<Option<Position>, RunError> {
        let mut subscription = Subscription::new(self.store.ledger.as_ref(), after, PAGE);
        while let Delivery::Records(records) = subscription.next().await? {
            self.fold(&records)?;
            subscription.skip_to(*self.reached());
        }
        Ok(*self.reached())
    }

    fn fold(&self, records: &[StoredRecord]) -> Result<(), RunError> {
        // Read before anybody has to wait.
        let read = |stored| recorded::read(stored, Keys::Vault(&self.store.vault));
        let recorded = records.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        self.take(&recorded);
        Ok(())
    }

    /// Folds what has not been folded yet, if nothing is missing before it.
    fn take(&self, recorded: &[Recorded]) {
        let mut reached = self.reached();
        let models = self.models();
        for recorded in recorded {
            let next = Position(reached.map_or(0, |reached| reached.0 + 1));
            if recorded.position == next {
                models.apply(recorded);
                *reached = Some(next);
            }
        }
        let is_running = |progress: &mut Progress| {
            let is_running = matches!(progress, Progress::Reached(_));
            if is_running {
                *progress = Progress::Reached(*reached);
            }
            is_running
        };
        self.progress.send_if_modified(is_running);
    }

    fn reached(&self) -> MutexGuard<'_, Option<Position>> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something may have to be read.
    async fn something_untold(&self, wake: &mut watch::Receiver<Option<Position>>) {
        while self.is_told.load(Ordering::Relaxed) && *self.reached() >= *wake.borrow_and_update() {
            if wake.changed().await.is_err() {
                return;
            }
            tokio::time::sleep(GATHER).await;
        }
    }

    /// Keeps up with the ledger until `stop`; then leaves a snapshot behind.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut snapshotted = *self.reached();
        let mut subscription = Subscription::new(self.store.ledger.as_ref(), snapshotted, PAGE);
        let mut wake = self.store.ledger.wake();
        let mut look = tokio::time::interval(LOOK);
        loop {
            let reads = async {
                self.something_untold(&mut wake).await;
                subscription.skip_to(*self.reached());
                subscription.next().await
            };
            let folded = tokio::select! {
                delivery = reads => match delivery {
                    Ok(Delivery::Records(records)) => self.fold(&records),
                    Ok(Delivery::CaughtUp) => Ok(()),
                    Err(error) => Err(error.into()),
                },
                _ = look.tick() => Ok(()),
                () = stopped(&mut stop) => break,
            };
            if let Err(error) = folded {
                tracing::error!(%error, "the read models stopped");
                self.progress.send_replace(Progress::Stopped(error.to_string()));
                return;
            }
            let reached = *self.reached();
            let since = reached.map_or(0, |p| p.0) - snapshotted.map_or(0, |p| p.0);
            if since >= SNAPSHOT_EVERY {
                self.snapshot().await;
                snapshotted = reached;
            }
        }
        self.snapshot().await;
    }

    /// A snapshot only saves time: when it fails, the next start folds more.
    async fn snapshot(&self) {
        let Some(directory) = &self.directory else { return };
        let (contents, position) = {
            let reached = self.reached();
            let Some(position) = *reached else { return };
            (self.models().contents(), position)
        };
        let mark = match Mark::at(self.store.ledger.as_ref(), position).await {
            Ok(Some(mark)) => mark,
            Ok(None) => return,
            Err(error) => return tracing::warn!(%error, "no snapshot was written"),
        };
        let chance = self.store.chance.as_ref();
        let written = snapshot::write(directory, &contents, mark, &self.snapshot_key, chance);
        if let Err(error) = written {
            tracing::warn!(%error, "no snapshot was written");
        }
    }

    /// Folds everything anew beside the live models, compares, and swaps.
    pub async fn rebuild(&self) -> Result<Rebuilt, RunError> {
        let fresh = ReadModels::default();
        let mut after = None;
        let mut events = 0;
        loop {
            let records = self.store.ledger.read_all(after, PAGE).await?;
            let Some(last) = records.last().map(|record| record.position) else { break };
            for stored in &records {
                fresh.apply(&recorded::read(stored, Keys::Vault(&self.store.vault))?);
            }
            events += records.len() as u64;
            after = Some(last);
            if self.progress() == Progress::Reached(after) {
                break;
            }
        }
        // Both are at the same position only if nothing came in between; then they must agree.
        let reached = self.reached();
        let is_level = *reached == after;
        let has_drifted = is_level && self.models().contents() != fresh.contents();
        if is_level {
            *self.models.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        }
        Ok(Rebuilt { events, has_drifted })
    }
}

impl Watcher for Projections {
    fn appended(&self, recorded: &[Recorded]) {
        self.is_told.store(true, Ordering::Relaxed);
        self.take(recorded);
    }
}

/// The snapshot of this very ledger, if there is one.
async fn found(
    directory: &Path,
    ledger: &dyn Ledger,
    key: &DataKey,
) -> Result<Option<(ReadModels, Position)>, RunError> {
    let Some(position) = snapshot::position(directory) else { return Ok(None) };
    let Some(mark) = Mark::at(ledger, position).await? else { return Ok(None) };
    Ok(snapshot::read(directory, key, mark).map(|models| (models, position)))
}

/// Ends when everything is asked to stop, or nobody is left to ask.
pub async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stopped| *stopped).await);
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::registration::Command;
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
        running.await.unwrap();
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
        let found = async |store: &Store| {
            found(directory.path(), store.ledger.as_ref(), &key).await.unwrap()
        };
        let (models, position) = found(&store).await.unwrap();
        assert_eq!(position, Position(0));
        // Another ledger, with as many records, has no use for it.
        let other = Store { ledger: Arc::new(MemoryLedger::default()), ..store.clone() };
        create(&other, 7).await;
        assert!(found(&other).await.is_none());
        assert_eq!(models.contents(), first.models().contents());

        create(&store, 2).await;
        let second = Projections::start(store.clone(), path.clone()).await.unwrap();
        assert_eq!(second.models().directory.rows().len(), 2);

        let file = directory.path().join(snapshot::SNAPSHOT_FILE);
        let mut bytes = std::fs::read(&file).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        assert!(found(&store).await.is_none());
        let third = Projections::start(store.clone(), path).await.unwrap();
        assert_eq!(third.models().contents(), second.models().contents());
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
                let found = async || {
                    found(directory.path(), store.ledger.as_ref(), &key).await.unwrap()
                };
                let (models, _) = found().await.expect("it is good");
                assert_eq!(models.contents(), folded.models().contents());
                let file = directory.path().join(snapshot::SNAPSHOT_FILE);
                let mut bytes = std::fs::read(&file).unwrap();
                let index = at % bytes.len();
                bytes[index] ^= 1 << bit;
                std::fs::write(&file, &bytes).unwrap();
                assert!(found().await.is_none(), "byte {index}, bit {bit}");
                std::fs::write(&file, &bytes[..index]).unwrap();
                assert!(found().await.is_none(), "cut at {index}");
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
        projections.models().directory.restore(vec![]);
        let row = projections.models().directory.rows()[0].as_ref().clone();
        projections
            .models()
            .directory
            .restore(vec![crate::registration::Row { status: "live".to_owned(), ..row }]);
        assert!(projections.rebuild().await.unwrap().has_drifted);
        assert_eq!(projections.models().directory.rows()[0].status, "created");
    }
}
