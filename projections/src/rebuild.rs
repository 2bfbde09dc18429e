//! A rebuild: everything folded anew beside the live models, compared with them, and put in their
//! place.

use crate::models::ReadModels;
use crate::runner::{Progress, Projections, RunError};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use store::Position;
use store::ends::Ends;

/// Merchants or actors compared while commits wait: less than a millisecond's worth.
const COMPARED: usize = 256;

/// How long it waits for the live models, where it has come further than they.
const PAUSE: Duration = Duration::from_millis(20);

/// What a rebuild found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    pub events: u64,
    /// True if the live models said something else than the fresh fold.
    pub has_drifted: bool,
}

impl Projections {
    /// Folds everything anew beside the live models, compares, and swaps. From the moment the fresh
    /// ones are level they take every event, too, so that nobody waits for the comparison.
    pub async fn rebuild(&self) -> Result<Rebuilt, RunError> {
        let _alone = self.rebuilding.lock().await;
        let fresh = Arc::new(ReadModels::keyed(&self.store.vault.secret("snapshots")?));
        let ends = Ends::default();
        let mut all = self.reader().all(None);
        let mut after = None;
        let mut events = 0;
        loop {
            let page = all.next().await?.unwrap_or_default();
            for recorded in &page {
                ends.take(recorded)?;
                fresh.apply(recorded);
            }
            events += page.len() as u64;
            after = page.last().map(|recorded| recorded.position).or(after);
            if self.is_level(after, &fresh) {
                break;
            }
            if let Progress::Stopped(reason) = self.progress() {
                return Err(RunError::Stopped(reason));
            }
            if page.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
        }
        let has_drifted = self.differ(&fresh) || !self.store.ends.has_all_of(&ends);
        self.put_in_place(fresh);
        if has_drifted {
            // What was written of the models before is as wrong as they were.
            self.forget_snapshot().await;
        }
        Ok(Rebuilt { events, has_drifted })
    }

    /// From now on the fresh models take every event, too, if they have come as far as the live ones.
    fn is_level(&self, after: Option<Position>, fresh: &Arc<ReadModels>) -> bool {
        let mut folding = self.folding();
        let is_level = folding.reached == after;
        if is_level {
            folding.shadow = Some(Arc::clone(fresh));
        }
        is_level
    }

    fn put_in_place(&self, fresh: Arc<ReadModels>) {
        let mut folding = self.folding();
        folding.shadow = None;
        *self.models.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    /// Whether the live models say something else than the fresh ones, which take the same events.
    fn differ(&self, fresh: &ReadModels) -> bool {
        let live = self.models();
        let merchants: Vec<_> = fresh.public_revisions.merchants().collect();
        let mut is_same = true;
        for some in merchants.chunks(COMPARED) {
            let _nothing_comes_in_between = self.folding();
            is_same &= some.iter().all(|id| live.of_merchant(*id) == fresh.of_merchant(*id));
        }
        let actors = fresh.audit_trail.actors();
        for some in actors.chunks(COMPARED) {
            let _nothing_comes_in_between = self.folding();
            is_same &= live.audit_trail.is_same_of(some, &fresh.audit_trail);
        }
        // An event reaches the live ones first, so that those lack nothing of the fresh ones.
        is_same &= live.has_all_of(fresh);
        let _nothing_comes_in_between = self.folding();
        !is_same || !live.is_as_large_as(fresh)
    }
}
