//! The demonstration: a scratch directory, a simulated clock, and invented merchants at every stage
//! of the path, made by sending real requests through the real code.

pub mod client;
pub mod life;
pub mod people;

use crate::clock::{SimulatedClock, SystemClock};
use crate::config::Config;
use crate::serve::{self, Server};
use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use client::Client;
use life::{Life, Staff, Stage};
use std::sync::Arc;
use store::chance::SeededChance;
use store::installation::Lock;

/// The passwords of the demonstration's people; it holds nothing worth protecting.
pub const PASSWORD: &str = "cheval pile agrafe correct";
const SEED: u64 = 1;
/// When the demonstration's story begins.
const START: &str = "2026-09-01T08:00:00Z";

/// Starts on a scratch directory that is thrown away at the next start; never on a real ledger.
pub async fn start(mut config: Config) -> anyhow::Result<Server> {
    config.directory = std::env::temp_dir().join("greffe-demo");
    config.master_key_file = None;
    config.smtp_url = None;
    config.requests_per_minute = u32::MAX;
    // Locked before it is cleared: another demonstration may be running on it.
    let lock = Lock::take(&config.directory)?;
    lock.clear()?;
    let start: DateTime<Utc> = START.parse()?;
    let clock = SimulatedClock::starting_at(start, Arc::new(SystemClock));
    let chance = Arc::new(SeededChance::new(SEED));
    let mut server = serve::start_locked(config, lock, chance, Some(clock.clone())).await?;
    populate(&server, &clock).await.context("the demonstration could not be set up")?;
    // The administrator has joined.
    server.invitation = None;
    Ok(server)
}

/// Thirty merchants; each gets as far as its stage says.
async fn populate(server: &Server, clock: &SimulatedClock) -> anyhow::Result<()> {
    let client = Client::new(&server.app);
    let invitation = server.invitation.as_deref().context("nobody is invited")?;
    let staff = Staff::hire(&client, &server.app, invitation).await?;
    for (index, stage) in (0..30).zip(Stage::ALL.iter().cycle()) {
        let life = Life::new(&client, &server.app, &staff, index);
        life.live_until(*stage).await.with_context(|| format!("merchant {index}, {stage:?}"))?;
        clock.advance(TimeDelta::hours(31));
    }
    print_people(&staff)?;
    Ok(())
}

fn print_people(staff: &Staff) -> std::io::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout();
    writeln!(out, "Everybody's password is: {PASSWORD}")?;
    writeln!(out, "Merchants sign in as merchant0@example.com … merchant29@example.com")?;
    for (email, secret) in staff.accounts() {
        writeln!(out, "  {email}  authenticator secret {secret}")?;
    }
    Ok(())
}
