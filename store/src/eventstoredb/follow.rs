//! Following `$all`: counting page after page, one caller at a time.

use super::connection::Page;
use super::order::{self, Gap};
use super::{PAGE, Shared, Waiting};
use crate::ledger::{Position, ReadError, Revision, StreamId};
use std::time::Duration;
use tokio::sync::MutexGuard;
use tokio::time::Instant;

impl Shared {
    /// Counts what is in `$all` now, for as long as there is time; true if that was all of it.
    pub(super) async fn catch_up(&self, patience: Option<Duration>) -> Result<bool, ReadError> {
        let until = patience.map(|patience| Instant::now() + patience);
        loop {
            let _turn = self.turn().await?;
            if !self.follow().await?.has_more {
                return Ok(true);
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(false);
            }
        }
    }

    /// The position of a record that the server has, counting on until it has come by.
    pub(super) async fn reach(
        &self,
        stream: &StreamId,
        revision: Revision,
    ) -> Result<Position, ReadError> {
        let mut waiting = Waiting::new(self.settings.patience());
        let mut wake = self.wake.subscribe();
        loop {
            if let Some(position) = self.order().position(stream, revision) {
                return Ok(position);
            }
            if waiting.is_over() {
                return Err(not_shown(stream, revision));
            }
            let counted = tokio::select! {
                biased;
                // Whoever has the turn may have found it.
                _ = wake.changed() => continue,
                turn = self.turn() => {
                    let _turn = turn?;
                    if wake.has_changed().unwrap_or(false) {
                        continue;
                    }
                    self.follow().await?
                }
            };
            if counted.events == 0 && !waiting.pause().await {
                return Err(not_shown(stream, revision));
            }
        }
    }

    /// Waits for the turn to follow, but no longer than for the server itself.
    async fn turn(&self) -> Result<MutexGuard<'_, ()>, ReadError> {
        tokio::time::timeout(self.settings.patience(), self.following.lock())
            .await
            .map_err(|_| ReadError::Unavailable("the server is slow to show `$all`".to_owned()))
    }

    /// Counts the next page of `$all`. Only for whose turn it is.
    async fn follow(&self) -> Result<Counted, ReadError> {
        match self.count_page().await? {
            Ok(counted) => Ok(counted),
            // Looked at twice before it is believed: answers are not checked on their way.
            Err(_) => match self.count_page().await? {
                Ok(counted) => Ok(counted),
                Err(gap) => {
                    self.order_mut().stop_at(gap.clone());
                    Err(gap.into())
                }
            },
        }
    }

    async fn count_page(&self) -> Result<Result<Counted, Gap>, ReadError> {
        let cursor = self.order().cursor()?;
        let from = cursor.map(|cursor| cursor.place);
        let Page { mut events, is_whole } =
            self.patiently(|| self.connection.page_of_all(from, PAGE + 1)).await?;
        let has_more = !is_whole || events.len() > PAGE;
        if let Some(cursor) = cursor {
            // The server begins with the event at the place itself, if that is still there.
            match events.first() {
                Some(first) if order::place_of(first) == cursor.place => drop(events.remove(0)),
                // Others' events may be scavenged, ours never.
                Some(_) if !cursor.is_ours && self.shows_our_last().await? => {}
                Some(_) => return Ok(Err(self.order().gone())),
                None => return Err(behind()),
            }
        }
        let mut order = self.order_mut();
        let before = order.head();
        let outcome = events.iter().try_for_each(|event| order.count(event));
        let head = order.head();
        drop(order);
        if head > before {
            self.wake.send_replace(head);
        }
        Ok(outcome.map(|()| Counted { events: events.len(), has_more }))
    }

    /// Whether our last record is still where it was.
    async fn shows_our_last(&self) -> Result<bool, ReadError> {
        let Some(place) = self.order().last() else { return Ok(true) };
        let page = self.patiently(|| self.connection.page_of_all(Some(place), 1)).await?;
        Ok(page.events.first().is_some_and(|first| order::place_of(first) == place))
    }

    /// Before damage is believed, it is looked for once more: an answer may have been cut short or
    /// changed on its way, and a server that went back is not damaged.
    pub(super) async fn look_again(&self) -> Result<(), ReadError> {
        match self.catch_up(Some(self.settings.patience())).await {
            Err(unavailable @ ReadError::Unavailable(_)) => Err(unavailable),
            Ok(_) | Err(ReadError::Damaged { .. } | ReadError::Corrupt(_)) => Ok(()),
        }
    }
}

/// What a page of `$all` came to.
struct Counted {
    events: usize,
    has_more: bool,
}

fn not_shown(stream: &StreamId, revision: Revision) -> ReadError {
    ReadError::Unavailable(format!("$all does not show revision {revision} of {stream} yet"))
}

/// A server that shows less than it did: a backup was put back, or it is not who it was.
fn behind() -> ReadError {
    ReadError::Unavailable(
        "the server shows less than it did; if a backup was restored, restart this program".into(),
    )
}
