//! Starting and stopping: opens the ledger and the vault, starts the processes, serves.

use crate::app::{App, Parts, router};
use crate::clock::{Clock, SimulatedClock, SystemClock};
use crate::config::Config;
use crate::console::v1::staff::{NewMember, invite};
use crate::operations;
use crate::processes::{deadlines, mailer, reconcile};
use anyhow::Context;
use domain::staff::{Profile, Role};
use domain::values::{Email, Language, PersonName};
use domain::{Actor, Channel, CommandId, Id, LinkId, Occasion, StaffId};
use projections::Projections;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::chance::{Chance, SystemChance};
use store::documents::Documents;
use store::installation::{Installation, Lock};
use store::vault::MAILER;
use store::{AsOf, Location, Mark, Staff, Store};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How long a stop waits for requests that are being answered.
const DRAIN: Duration = Duration::from_secs(10);

/// A server that runs.
pub struct Server {
    pub app: App,
    pub address: SocketAddr,
    /// The link of the first administrator, if one was just invited.
    pub invitation: Option<String>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    serving: JoinHandle<std::io::Result<()>>,
    _lock: Lock,
}

/// Opens everything in `config.directory` and starts serving.
pub async fn start(config: Config) -> anyhow::Result<Server> {
    let chance: Arc<dyn Chance> = Arc::new(SystemChance);
    start_with(config, chance, None).await
}

pub async fn start_with(
    config: Config,
    chance: Arc<dyn Chance>,
    simulated: Option<SimulatedClock>,
) -> anyhow::Result<Server> {
    let lock = Lock::take(&config.directory)?;
    start_locked(config, lock, chance, simulated).await
}

/// The same in a directory that is locked already.
pub async fn start_locked(
    config: Config,
    lock: Lock,
    chance: Arc<dyn Chance>,
    simulated: Option<SimulatedClock>,
) -> anyhow::Result<Server> {
    let directory = config.directory.clone();
    let location = Location::or_directory(config.ledger.as_deref(), &directory)?;
    let key_file = config.master_key_file.as_deref();
    let installation = Installation::open(lock, &location, key_file, Arc::clone(&chance)).await?;
    let vault = Arc::clone(&installation.vault);
    let ledger = Arc::clone(&installation.ledger);
    let store = Store::new(ledger, Arc::clone(&vault), Arc::clone(&chance));
    let documents = Documents::new(installation.blobs.clone(), vault, chance);
    let projections = Projections::start(store.clone(), Some(directory.clone())).await?;
    reconcile::keys(&store, &projections.models(), config.accept_lost_keys).await?;
    reconcile::mailer(&store, &directory, installation.is_vault_of_first_format).await?;
    let clock: Arc<dyn Clock> = match &simulated {
        Some(clock) => Arc::new(clock.clone()),
        None => Arc::new(SystemClock),
    };
    let listener = tokio::net::TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    let mut config = config;
    if config.listen.port() == 0 {
        config.public_url = format!("http://{address}");
    }
    let parts = Parts {
        config,
        store,
        documents,
        projections,
        clock,
        simulated,
        outbox: mailer::Outbox::default(),
    };
    run(App::new(parts)?, listener, address, installation.lock).await
}

async fn run(
    app: App,
    listener: tokio::net::TcpListener,
    address: SocketAddr,
    lock: Lock,
) -> anyhow::Result<Server> {
    let mailer = mailer::Mailer::new(app.clone())?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = vec![tokio::spawn(Arc::clone(&app.projections).run(stopped.clone()))];
    let invitation = invite_first_administrator(&app).await?;
    tasks.push(tokio::spawn(mailer.run(stopped.clone())));
    tasks.push(tokio::spawn(deadlines::run(app.clone(), stopped.clone())));
    tasks.push(tokio::spawn(operations::sum_up(app.clone(), stopped.clone())));
    tasks.push(tokio::spawn(reconcile::documents(app.clone())));
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let mut until = stopped;
    let serving = tokio::spawn(async move {
        axum::serve(listener, service)
            .with_graceful_shutdown(async move {
                // The sender gone means stop as well.
                drop(until.wait_for(|stopped| *stopped).await);
            })
            .await
    });
    Ok(Server { app, address, invitation, stop, tasks, serving, _lock: lock })
}

impl Server {
    /// Answers what is being asked, stops the processes, leaves a snapshot and empty logs behind.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(DRAIN, self.serving).await.is_err() {
            tracing::warn!("some requests were cut off");
        }
        // What callers who have left had asked for.
        self.app.running.close();
        if tokio::time::timeout(DRAIN, self.app.running.wait()).await.is_err() {
            tracing::warn!("some requests were cut off");
        }
        for task in self.tasks {
            if tokio::time::timeout(DRAIN, task).await.is_err() {
                tracing::warn!("a process did not stop in time");
            }
        }
        if let Err(error) = note_the_end(&self.app.store).await {
            tracing::warn!(%error, "the vault has not taken note of the last record");
        }
        self.app.store.ledger.close().await;
        if let Err(error) = self.app.store.vault.close().await {
            tracing::warn!(%error, "the vault's log was not emptied; the next start does it");
        }
    }

    /// Runs until it is asked to stop.
    pub async fn run_until(self, mut asked: Asked) -> anyhow::Result<()> {
        asked.wait().await;
        tracing::info!("stopping");
        self.stop().await;
        Ok(())
    }
}

/// Lets the vault and the witness take note of the last record: a ledger that ends before it is
/// refused by the next start.
async fn note_the_end(store: &Store) -> anyhow::Result<()> {
    let head = Mark::of_head(store.ledger.as_ref()).await?;
    store.vault.note_progress(MAILER, None, head).await?;
    Ok(store.vault.write_witness().await?)
}

/// The signals that ask a server to stop: Ctrl-C and SIGTERM.
pub struct Asked {
    interrupt: Signal,
    terminate: Signal,
}

impl Asked {
    /// Listens from now on. Before that, a signal ends the process at once.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// At first start somebody must be able to let the others in: a one-time link for the terminal.
async fn invite_first_administrator(app: &App) -> anyhow::Result<Option<String>> {
    let known = app.projections.models().staff.members();
    if known.iter().any(|member| member.has_joined) {
        return Ok(None);
    }
    let now = app.clock.now();
    // The last invitation still counts while nobody has followed it.
    for member in &known {
        let id = StaffId::from_uuid(member.id);
        let state = app.store.load::<Staff>(id, AsOf::Now).await?.state;
        if let Some((link, until)) = state.invitation
            && until > now
        {
            return Ok(Some(join_url(app, id, link)));
        }
    }
    let email = Email::parse(&app.config.administrator)
        .with_context(|| format!("{} is not an e-mail address", app.config.administrator))?;
    // A number of its own per attempt: an invitation that lapsed is followed by another address
    // or by a repaired clock.
    let name = format!("administrator/{}/{}", email.as_str(), known.len());
    let command = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
    let id = StaffId::from_uuid(Uuid::new_v5(&command, b"staff"));
    let link = LinkId::from_uuid(Uuid::new_v5(&command, b"invitation"));
    let new = NewMember {
        id,
        profile: Profile {
            email,
            first_name: PersonName::recorded("First"),
            last_name: PersonName::recorded("Administrator"),
        },
        language: Language::French,
        roles: [Role::Administrator].into_iter().collect(),
        link,
    };
    let occasion = Occasion::new(Actor::System, Channel::Terminal, now);
    let request = store::Request::new(CommandId::from_uuid(command));
    invite(app, new, &occasion, &request).await.map_err(|problem| {
        anyhow::anyhow!("the administrator cannot be invited: {}", problem.english)
    })?;
    Ok(Some(join_url(app, id, link)))
}

fn join_url(app: &App, staff: StaffId, link: LinkId) -> String {
    let token = app.links.staff_invitation(staff, link);
    format!("{}/join?token={token}", app.config.public_url.trim_end_matches('/'))
}
