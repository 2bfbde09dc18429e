//! What the outside tests share: a server on a scratch directory with a simulated clock, its
//! staff, and merchants who act through real requests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed expectation is the result"
)]

pub mod bench;
pub mod crowd;
pub mod documented;
pub mod double;
pub mod wrk;

use api::clock::{SimulatedClock, SystemClock};
use api::config::Config;
use api::demo::client::Client;
use api::demo::life::Life;
use api::demo::staff::Staff;
use api::router::router;
use api::serve::{self, Server};
use chrono::TimeDelta;
use clap::Parser;
use documented::documented;
use double::Double;
use std::path::Path;
use std::sync::Arc;
use store::chance::SystemChance;
use tempfile::TempDir;

/// Set to `double`, the stories run with the ledger on the double of EventStoreDB.
pub const ENGINE_SWITCH: &str = "GREFFE_TEST_ENGINE";

pub struct World {
    pub server: Server,
    pub clock: SimulatedClock,
    pub client: Client,
    pub staff: Staff,
    pub directory: TempDir,
    /// The server of the ledger, unless that is embedded. It outlives those who use it.
    pub double: Option<Double>,
}

/// After every story.
const LATER: &str = "2100-01-01T00:00:00Z";
/// When these stories begin.
const START: &str = "2026-11-23T09:00:00Z";

impl World {
    /// On the engine that the switch says.
    pub async fn start() -> Self {
        Self::with(double()).await
    }

    /// On the embedded engine, whatever the switch says.
    pub async fn embedded() -> Self {
        Self::with(None).await
    }

    async fn with(double: Option<Double>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let ledger = double.as_ref().map(Double::url);
        let (server, clock) = start_on(directory.path(), ledger).await;
        let engine = if double.is_some() { "eventstoredb" } else { "sqlite" };
        assert_eq!(server.app.store.ledger.engine(), engine);
        let client = Client::through(documented(router(server.app.clone())).await);
        let invitation = server.invitation.clone().unwrap();
        let staff = Staff::hire(&client, &server.app, &invitation).await.unwrap();
        Self { server, clock, client, staff, directory, double }
    }

    pub fn life(&self, index: usize) -> Life<'_> {
        Life::new(&self.client, &self.server.app, &self.staff, index)
    }

    /// What the vault forgets of requests after a day.
    pub async fn forget_requests(&self) {
        let vault = &self.server.app.store.vault;
        vault.forget_requests_before(LATER.parse().unwrap()).await.unwrap();
    }

    /// Turns the clock; what falls due on the way happens at its time.
    pub async fn wait(&self, span: TimeDelta) {
        api::dev::turn(&self.server.app, &self.clock, span).await;
    }
}

/// The server of the ledger, if the switch says so.
pub fn double() -> Option<Double> {
    match std::env::var(ENGINE_SWITCH).as_deref() {
        Ok("double") => Some(Double::start()),
        Ok("sqlite") | Err(_) => None,
        Ok(other) => panic!("{ENGINE_SWITCH} is sqlite or double, not {other}"),
    }
}

/// A server on a directory, with a clock that can be turned.
pub async fn start_in(directory: &Path) -> (Server, SimulatedClock) {
    start_on(directory, None).await
}

/// The same, with the ledger somewhere else.
pub async fn start_on(directory: &Path, ledger: Option<String>) -> (Server, SimulatedClock) {
    let clock = SimulatedClock::starting_at(START.parse().unwrap(), Arc::new(SystemClock));
    let mut config = Config::parse_from(["greffe", "--development"]);
    config.directory = directory.to_owned();
    config.ledger = ledger;
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.requests_per_minute = u32::MAX;
    config.internal_token = Some("internal".to_owned());
    let chance = Arc::new(SystemChance);
    let server = serve::start_with(config, chance, Some(clock.clone())).await.unwrap();
    (server, clock)
}
