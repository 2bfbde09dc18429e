//! The demonstration: a scratch directory of its own, a simulated clock, and invented merchants at every stage
//! of the path, made by sending real requests through the real code.

pub mod client;
pub mod life;
pub mod mailbox;
pub mod people;
pub mod staff;

use crate::clock::{Clock, SimulatedClock, SystemClock};
use crate::config::Config;
use crate::serve::{self, Server};
use anyhow::Context;
use chrono::TimeDelta;
use client::Client;
use life::{Life, Stage};
use staff::Staff;
use std::io::Write;
use std::sync::Arc;
use store::chance::SeededChance;
use store::installation::Lock;
use tempfile::TempDir;

/// The passwords of the demonstration's people; it holds nothing worth protecting.
pub const PASSWORD: &str = "cheval pile agrafe correct";
const SEED: u64 = 1;
/// How many merchants there are, and the hours from one to the next.
const MERCHANTS: usize = 30;
const HOURS_APART: i64 = 31;

/// Starts on a scratch directory, which is removed with `Demo`; never on a real ledger.
pub async fn start(mut config: Config) -> anyhow::Result<(Server, TempDir)> {
    let scratch = tempfile::Builder::new().prefix("greffe-demo-").tempdir()?;
    config.directory = scratch.path().to_owned();
    config.master_key_file = None;
    config.smtp_url = None;
    config.requests_per_minute = u32::MAX;
    let lock = Lock::take(&config.directory)?;
    // The story ends now, so that the authenticators of real telephones fit.
    let now = SystemClock.now();
    let start = now - TimeDelta::hours(HOURS_APART * (MERCHANTS as i64 + 1));
    let clock = SimulatedClock::starting_at(start, Arc::new(SystemClock));
    let chance = Arc::new(SeededChance::new(SEED));
    let mut server = serve::start_locked(config, lock, chance, Some(clock.clone())).await?;
    populate(&server, &clock).await.context("the demonstration could not be set up")?;
    clock.advance_to(SystemClock.now());
    // The administrator has joined.
    server.invitation = None;
    Ok((server, scratch))
}

/// Each merchant gets as far as its stage says, and is told of when it is there.
async fn populate(server: &Server, clock: &SimulatedClock) -> anyhow::Result<()> {
    let client = Client::new(&server.app);
    let invitation = server.invitation.as_deref().context("nobody is invited")?;
    let staff = Staff::hire(&client, &server.app, invitation).await?;
    show(format_args!("The staff:"));
    for (email, secret) in staff.accounts() {
        show(format_args!("  {email}  authenticator secret {secret}"));
    }
    show(format_args!("The merchants, and how far they have come:"));
    for (index, stage) in (0..MERCHANTS).zip(Stage::ALL.iter().cycle()) {
        let life = Life::new(&client, &server.app, &staff, index);
        life.live_until(*stage).await.with_context(|| format!("merchant {index}, {stage:?}"))?;
        clock.advance(TimeDelta::hours(HOURS_APART));
        show(format_args!("  {}  {}", life.email, stage.words()));
    }
    show(format_args!("Everybody's password is: {PASSWORD}"));
    Ok(())
}

/// Whether anybody reads it does not matter to the demonstration.
fn show(words: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{words}");
}
