//! The mailer: reads the ledger's order from its own checkpoint and has the messages delivered that
//! are owed, each at least once. Outcomes are events, so that what was read twice goes out once.
//!
//! The checkpoint lies in the vault, with the mark of the last record read; programs before this
//! one recorded no outcomes for users and staff, so that losing it would still write to them again.

use super::courier::Courier;
use super::owed::{Owing, Settled, Unsettled};
use crate::app::App;
use crate::messages;
use crate::supervision::TaskError;
use chrono::{DateTime, Utc};
use domain::messages::Medium;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use store::follower::{Follower, From};
use store::ledger::Delivery;
use store::recorded::{self, Keys};
use store::vault::MAILER;
use store::{Mark, Position, ReadError, StoredRecord};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

const PAGE: usize = 256;
/// How long a message may wait for others: events come much faster than messages.
const GATHER: Duration = Duration::from_millis(50);
/// How long it may take until what was read is written down.
const NOTE: Duration = Duration::from_millis(250);
/// How often the witness beside the documents is told of it.
const WITNESS: Duration = Duration::from_secs(10);
/// How long a stop waits for what is being delivered: cut off, it may go out again.
const DRAIN: Duration = Duration::from_secs(5);

struct Mailer {
    app: App,
    /// The last record read.
    reached: Option<Mark>,
    /// The last of which the witness was told.
    witnessed: Option<Mark>,
    /// Something is not written down yet.
    is_unwritten: bool,
    unsettled: Unsettled,
    /// Mails for which there is no room, with the times of their events.
    put_off: VecDeque<(Position, DateTime<Utc>)>,
}

/// Has everything delivered that is owed, until `stop`.
pub async fn run(app: App, stop: watch::Receiver<bool>) -> Result<(), TaskError> {
    let mailer = Mailer {
        app,
        reached: None,
        witnessed: None,
        is_unwritten: false,
        unsettled: Unsettled::default(),
        put_off: VecDeque::new(),
    };
    mailer.run(stop).await
}

impl Mailer {
    async fn run(mut self, stop: watch::Receiver<bool>) -> Result<(), TaskError> {
        let app = self.app.clone();
        let courier = Arc::new(Courier::new(app.clone()));
        let checkpoint = app.store.vault.progress(MAILER)?;
        let from = From { checkpoint, page: PAGE, gather: GATHER };
        let ledger = app.store.ledger.as_ref();
        let mut follower = Follower::new("messages", ledger, from, stop);
        let mut under_way = FuturesUnordered::new();
        let mut note = tokio::time::interval(NOTE);
        // On a slow disk the vault belongs to those who wait for it, not to this.
        note.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut witness = tokio::time::interval(WITNESS);
        witness.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.take_put_off().await?;
            while let Some(owing) = self.unsettled.take(Instant::now()) {
                let courier = Arc::clone(&courier);
                under_way.push(async move { courier.deliver_all(owing).await });
            }
            tokio::select! {
                delivery = follower.next() => match delivery? {
                    Some(Delivery::Records(records)) => self.take(&records).await?,
                    Some(Delivery::CaughtUp) => {}
                    None => break,
                },
                Some((owing, settled)) = under_way.next() => self.note(owing, settled),
                () = until(self.unsettled.next_retry()) => {}
                _ = note.tick() => self.write_down().await,
                _ = witness.tick() => self.witness().await,
            }
        }
        let drained = async {
            while let Some((owing, settled)) = under_way.next().await {
                self.note(owing, settled);
            }
        };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            tracing::warn!("messages that are being delivered may go out again");
        }
        self.write_down().await;
        self.witness().await;
        Ok(())
    }

    /// Most events owe nothing to anybody, and nothing is opened for them.
    async fn take(&mut self, records: &[StoredRecord]) -> Result<(), ReadError> {
        for stored in records {
            let sealed = recorded::read(stored, Keys::None)?;
            for (medium, is_code) in messages::owes(&self.app, &sealed) {
                let is_full = !self.has_room_for_mail();
                if *medium == Medium::Email && (is_full || !self.put_off.is_empty()) {
                    self.put_off.push_back((stored.position, sealed.metadata.recorded_at));
                } else {
                    let recorded = recorded::read(stored, self.app.store.reader().keys)?;
                    self.unsettled.push(Owing::new(recorded, *medium, *is_code));
                }
            }
        }
        self.reached = records.last().map(Mark::of).or(self.reached);
        self.is_unwritten = true;
        self.note_waiting();
        Ok(())
    }

    fn has_room_for_mail(&self) -> bool {
        self.unsettled.count(Medium::Email) < self.app.config.mails_in_memory as usize
    }

    /// Reads again what there is room for by now.
    async fn take_put_off(&mut self) -> Result<(), ReadError> {
        while self.has_room_for_mail()
            && let Some((position, _)) = self.put_off.front().copied()
        {
            if let Some(recorded) = self.app.store.reader().at(position).await? {
                self.unsettled.push(Owing::new(recorded, Medium::Email, false));
            }
            self.put_off.pop_front();
        }
        Ok(())
    }

    /// The position and the time of the oldest that is not settled.
    fn oldest(&self) -> Option<(Position, DateTime<Utc>)> {
        let put_off = self.put_off.front().copied();
        self.unsettled.oldest().into_iter().chain(put_off).min()
    }

    fn note(&mut self, owing: Owing, settled: Settled) {
        self.is_unwritten |= settled == Settled::All;
        self.unsettled.note(owing, settled, Instant::now());
        self.note_waiting();
    }

    /// Says how long the oldest message has been waiting.
    fn note_waiting(&self) {
        let since = self.oldest().map(|(_, at)| at);
        self.app.unsent.send_modify(|unsent| {
            unsent.since = since;
            unsent.why = unsent.why.take().filter(|_| since.is_some());
        });
    }

    async fn witness(&mut self) {
        if self.witnessed == self.reached {
            return;
        }
        match self.app.store.vault.write_witness().await {
            Ok(()) => self.witnessed = self.reached,
            Err(error) => tracing::warn!(%error, "the last record was not witnessed"),
        }
    }

    /// Never past what is still unsettled.
    async fn write_down(&mut self) {
        if !self.is_unwritten {
            return;
        }
        let oldest = self.oldest().map(|(position, _)| position.0);
        let safe = match (self.reached, oldest) {
            (Some(reached), Some(oldest)) => {
                oldest.checked_sub(1).map(|before| Position(before.min(reached.position.0)))
            }
            (Some(reached), None) => Some(reached.position),
            (None, _) => None,
        };
        match self.app.store.vault.note_progress(MAILER, safe, self.reached).await {
            Ok(()) => self.is_unwritten = false,
            Err(error) => tracing::warn!(%error, "the mailer's checkpoint was not written"),
        }
    }
}

/// Ends at that moment, or never.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
