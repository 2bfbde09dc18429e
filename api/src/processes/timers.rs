//! The timers: when the clock passes an instant that an event carries, the command is issued. The
//! rules refuse what is no longer due, and ids follow from the timer, so that nothing fires twice.

use crate::app::App;
use crate::supervision::TaskError;
use crate::use_cases::{Error, contract, looks, registration};
use chrono::{DateTime, TimeDelta, Utc};
use dashmap::DashMap;
use domain::registration::Command;
use domain::{CommandId, Id, MerchantId, Occasion, bank_account, review};
use futures::{StreamExt, stream};
use projections::models::deadlines::{Due, Timer};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use store::follower::stopped;
use store::{Merchant, Request};
use tokio::sync::watch;
use uuid::Uuid;

const TICK: Duration = Duration::from_millis(500);
/// Timers taken from the list at a time, and how many merchants are looked after side by side.
const AT_ONCE_MAX: usize = 256;
const SIDE_BY_SIDE: usize = 16;
/// A timer that the rules refuse for now (the account is suspended, say) is asked again after this.
const HELD_MINUTES: i64 = 10;
/// How long requests and idle sessions are remembered.
const KEPT_HOURS: i64 = 24;

/// Timers that were refused, and until when they are left alone.
type Held = DashMap<(MerchantId, Timer), DateTime<Utc>>;

pub async fn run(app: App, mut stop: watch::Receiver<bool>) -> Result<(), TaskError> {
    let mut tick = tokio::time::interval(TICK);
    let held = Held::new();
    let mut swept_at = DateTime::<Utc>::MIN_UTC;
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = stopped(&mut stop) => return Ok(()),
        }
        fire_until(&app, &held, || *stop.borrow()).await;
        if let Err(error) = app.store.vault.write_down().await {
            tracing::warn!(%error, "requests and sessions were not written down");
        }
        let now = app.clock.now();
        if now - swept_at > TimeDelta::hours(1) {
            swept_at = now;
            sweep(&app, now).await;
        }
    }
}

/// Issues everything that is due now, the oldest first. Public, so that a simulated clock can wait
/// for it. A command may make the next timer due at once; none is issued twice.
pub async fn fire_due(app: &App) {
    fire_until(app, &Held::new(), || false).await;
    forget_looks(app).await;
}

/// The same, and what is not issued by the time of a stop is issued after the next start.
async fn fire_until(app: &App, held: &Held, is_stopping: impl Fn() -> bool) {
    let mut issued = HashSet::new();
    while !is_stopping() {
        let now = app.clock.now();
        let is_new = |due: &Due| {
            let (_, merchant, timer) = due;
            let until = held.get(&(*merchant, *timer));
            !issued.contains(due) && until.is_none_or(|until| *until <= now)
        };
        let due = app.projections.models().deadlines.due(now, AT_ONCE_MAX, is_new);
        if due.is_empty() {
            return;
        }
        issued.extend(due.iter().copied());
        // Those of one merchant in their order, and those of several side by side: so they share
        // flushes, and requests come in between.
        let mut by_merchant: BTreeMap<MerchantId, Vec<Due>> = BTreeMap::new();
        for one in due {
            by_merchant.entry(one.1).or_default().push(one);
        }
        stream::iter(by_merchant.into_values())
            .for_each_concurrent(SIDE_BY_SIDE, async |due| {
                for one in due {
                    if !is_stopping() {
                        fire_or_hold(app, held, one, now).await;
                    }
                }
            })
            .await;
    }
}

#[tracing::instrument(skip_all, fields(%merchant, timer = %timer.kind()))]
async fn fire_or_hold(app: &App, held: &Held, (due_at, merchant, timer): Due, now: DateTime<Utc>) {
    match fire(app, due_at, merchant, timer).await {
        Ok(()) => drop(held.remove(&(merchant, timer))),
        Err(error) => {
            held.insert((merchant, timer), now + TimeDelta::minutes(HELD_MINUTES));
            tracing::info!(%error, "a timer has to wait");
        }
    }
}

async fn fire(
    app: &App,
    due_at: DateTime<Utc>,
    merchant: MerchantId,
    timer: Timer,
) -> Result<(), Error> {
    let name = format!("{}/{}/{}", timer.kind(), due_at.timestamp_micros(), days(timer));
    let id = Uuid::new_v5(&merchant.uuid(), name.as_bytes());
    let request = Request::new(CommandId::from_uuid(id));
    let occasion = Occasion::by_system(app.clock.now());
    let command = match timer {
        Timer::Lapse => return registration::lapse(app, &occasion, merchant, &request).await,
        Timer::Remind { days_left } => review::Command::Remind { days_left }.into(),
        Timer::DocumentsDeadline => review::Command::PassDeadline.into(),
        Timer::CloseAfterDeactivation => Command::CloseAfterDeactivation.into(),
        Timer::FileContract => return contract::file(app, merchant, occasion.at).await,
        Timer::ExpireBankAccountChange => bank_account::Command::Expire.into(),
    };
    app.execute::<Merchant>(merchant, command, &occasion, &request).await?;
    Ok(())
}

fn days(timer: Timer) -> u8 {
    match timer {
        Timer::Remind { days_left } => days_left,
        Timer::Lapse
        | Timer::DocumentsDeadline
        | Timer::CloseAfterDeactivation
        | Timer::FileContract
        | Timer::ExpireBankAccountChange => 0,
    }
}

async fn forget_looks(app: &App) {
    if let Err(error) = looks::forget_old(app).await {
        tracing::warn!(%error, "who looked long ago is not forgotten yet");
    }
}

async fn sweep(app: &App, now: DateTime<Utc>) {
    forget_looks(app).await;
    let limit = now - TimeDelta::hours(KEPT_HOURS);
    let vault = &app.store.vault;
    for swept in [
        vault.forget_requests_before(limit).await,
        vault.end_sessions_seen_before(limit).await,
        vault.forget_attempts_before(limit).await,
    ] {
        if let Err(error) = swept {
            tracing::warn!(%error, "old sessions and requests were not swept");
        }
    }
}
