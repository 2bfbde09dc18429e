//! Looks over the whole ledger in the background: after a start, and once a day. Where it finds damage nothing is
//! appended any more; reading goes on, and each read tells what it cannot know.

use crate::app::App;
use crate::supervision::TaskError;
use std::time::Duration;
use store::follower::stopped;
use store::verify::look_over;
use tokio::sync::watch;

const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// It works for a fifth of the time.
const RESTS: u32 = 4;

pub async fn run(app: App, mut stop: watch::Receiver<bool>) -> Result<(), TaskError> {
    loop {
        tokio::select! {
            looked = look(&app) => looked?,
            () = stopped(&mut stop) => return Ok(()),
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stopped(&mut stop) => return Ok(()),
        }
    }
}

async fn look(app: &App) -> Result<(), TaskError> {
    let report = look_over(app.store.ledger.as_ref(), RESTS).await?;
    let Some(first) = report.damage.first() else {
        tracing::info!(records = report.records, streams = report.streams, "the ledger is sound");
        return Ok(());
    };
    let more = report.damage.len() as u64 - 1 + report.not_listed;
    let why = format!("{first}; {more} more. Run `replay verify` for all of it");
    app.store.ends.stop(&why);
    Err(TaskError::Damage(why))
}
