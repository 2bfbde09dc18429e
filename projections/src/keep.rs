//! Keeping a snapshot up to date: what has changed is taken in a moment and written elsewhere.

use crate::models::Changed;
use crate::runner::Projections;
use crate::snapshot::Snapshot;
use std::sync::Arc;
use std::time::Duration;
use store::follower::stopped;
use store::{Mark, Position};
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::MissedTickBehavior;

/// Records after which a snapshot is worth its writing, and how often somebody looks.
const SNAPSHOT_EVERY: u64 = 10_000;
const LOOK: Duration = Duration::from_secs(1);

/// The file that is written on, and what of it is owed.
pub(crate) struct Snapshots {
    file: Snapshot,
    written: Option<Position>,
    /// What could not be written yet.
    unwritten: Vec<Changed>,
}

/// What has changed up to a position, and the place where it is written.
pub(crate) struct Taken {
    changed: Changed,
    position: Position,
    snapshots: OwnedMutexGuard<Snapshots>,
}

impl Snapshots {
    pub(crate) fn new(file: Snapshot, written: Option<Position>) -> Self {
        Self { file, written, unwritten: vec![] }
    }
}

impl Projections {
    /// A snapshot that was begun is never given up halfway: it has taken the changes.
    pub(crate) async fn keep_snapshots(&self, mut stop: watch::Receiver<bool>) {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = look.tick() => {}
                () = stopped(&mut stop) => return,
            }
            let Some(snapshots) = &self.snapshots else { continue };
            let written = snapshots.lock().await.written;
            let reached = self.folding().reached;
            let count = |position: Option<Position>| position.map_or(0, |position| position.0 + 1);
            if count(reached) - count(written) >= SNAPSHOT_EVERY {
                self.snapshot().await;
            }
        }
    }

    /// A snapshot only saves time: when it fails, what has changed is written with the next.
    pub(crate) async fn snapshot(&self) {
        if let Some(taken) = self.take_changes().await {
            self.write_snapshot(taken).await;
        }
    }

    /// What has changed since the last snapshot. Whoever takes it must write it.
    pub(crate) async fn take_changes(&self) -> Option<Taken> {
        let snapshots = Arc::clone(self.snapshots.as_ref()?).lock_owned().await;
        let mut folding = self.folding();
        let position = folding.reached.filter(|_| folding.reached > snapshots.written)?;
        let changes = folding.changes.as_mut().map(std::mem::take)?;
        Some(Taken {
            changed: self.models().changed(changes, &self.store.ends),
            position,
            snapshots,
        })
    }

    pub(crate) async fn write_snapshot(&self, taken: Taken) {
        let Taken { changed, position, mut snapshots } = taken;
        snapshots.unwritten.push(changed);
        let mark = match Mark::at(self.store.ledger.as_ref(), position).await {
            Ok(Some(mark)) => mark,
            Ok(None) => return,
            Err(error) => return tracing::warn!(%error, "a snapshot has to wait"),
        };
        let chance = Arc::clone(&self.store.chance);
        let write = move || {
            let changed = std::mem::take(&mut snapshots.unwritten);
            match snapshots.file.write(changed, mark, chance.as_ref()) {
                Ok(()) => snapshots.written = Some(position),
                Err((changed, error)) => {
                    snapshots.unwritten = changed;
                    tracing::warn!(%error, "a snapshot has to wait");
                }
            }
        };
        if let Err(error) = tokio::task::spawn_blocking(write).await {
            self.give_up_snapshots(&error.to_string());
        }
    }

    /// What was written is as wrong as the models were.
    pub(crate) async fn forget_snapshot(&self) {
        let Some(snapshots) = &self.snapshots else { return };
        let mut snapshots = snapshots.lock().await;
        self.give_up_snapshots("the read models had drifted");
        if let Err(error) = snapshots.file.remove() {
            tracing::warn!(%error, "the snapshot was not removed");
        }
    }

    /// What has changed since the last one is not known any more: none is written until the next
    /// start.
    fn give_up_snapshots(&self, reason: &str) {
        self.folding().changes = None;
        tracing::warn!(%reason, "no snapshots are written until the next start");
    }
}
