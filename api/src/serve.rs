//! Starting and stopping: opens the ledger and the vault, starts the processes, serves.

use crate::app::{App, Parts};
use crate::clock::{Clock, SimulatedClock, SystemClock};
use crate::config::Config;
use crate::connections::{self, Bounds};
use crate::operations;
use crate::outbox::Outbox;
use crate::processes::{integrity, mailer, reveals, timers};
use crate::reconcile;
use crate::router::router;
use crate::supervision::TaskError;
use crate::systemd;
use crate::use_cases::staff::{NewMember, invite};
use anyhow::Context;
use domain::staff::{Profile, Role};
use domain::values::{Language, Mobile, PersonName};
use domain::{Actor, Channel, CommandId, Id, LinkId, Occasion, StaffId};
use futures::future::join_all;
use projections::Projections;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::chance::{Chance, SystemChance};
use store::documents::Documents;
use store::installation::{Installation, Lock};
use store::vault::MAILER;
use store::{AsOf, Location, Mark, Staff, Store};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How long a stop waits for connections; then for what is being carried out; for the answers to that;
/// and as long as for that again for all tasks together.
const GRACE: Duration = Duration::from_secs(1);
const DRAIN: Duration = Duration::from_secs(10);
const LAST_WORDS: Duration = Duration::from_millis(250);
/// How often it is looked whether anything can still be written.
const LOOK: Duration = Duration::from_secs(1);

/// A server that runs.
pub struct Server {
    pub app: App,
    pub address: SocketAddr,
    /// Where those listen who watch over it.
    pub operations: Option<SocketAddr>,
    /// The link of the first administrator, if one was just invited.
    pub invitation: Option<String>,
    serving: JoinHandle<()>,
    /// Ends the tasks.
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
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
    if !config.is_open() && key_file.is_none_or(|file| file.starts_with(&directory)) {
        tracing::warn!(
            "the master key lies beside the vault that it locks: whoever takes the directory can \
             read people's data. Move it to another disk and set GREFFE_MASTER_KEY_FILE"
        );
    }
    if !config.has_sms() {
        tracing::warn!(
            "no SMS provider is set (GREFFE_SMS_URL): nobody can verify a mobile, sign a contract \
             or authenticate strongly"
        );
    }
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
    reveals::take_in(&store, &directory, clock.now()).await?;
    let doors = Doors::open(&config).await?;
    // The first number would wait for what is known of all countries' numbers to be read.
    tokio::task::spawn_blocking(|| drop(Mobile::parse("+33612345678")));
    let public_url = config.public_url.clone().unwrap_or_else(|| doors.reached_at());
    let parts = Parts {
        config,
        public_url,
        store,
        documents,
        projections,
        clock,
        simulated,
        outbox: Outbox::default(),
    };
    run(App::new(parts)?, doors, installation.lock).await
}

/// Where connections come in.
struct Doors {
    public: TcpListener,
    public_address: SocketAddr,
    operations: Option<TcpListener>,
}

impl Doors {
    async fn open(config: &Config) -> anyhow::Result<Self> {
        let public = listen(config.listen).await?;
        let public_address = public.local_addr()?;
        let operations = match config.operations_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        Ok(Self { public, public_address, operations })
    }

    /// The address under which this machine reaches the public door.
    fn reached_at(&self) -> String {
        let (ip, port) = (self.public_address.ip(), self.public_address.port());
        if ip.is_unspecified() || ip.is_loopback() {
            format!("http://localhost:{port}")
        } else {
            format!("http://{}", self.public_address)
        }
    }
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

async fn run(app: App, doors: Doors, lock: Lock) -> anyhow::Result<Server> {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = vec![supervise(&app, "read_models", &stopped, |app, stop| async move {
        Ok(Arc::clone(&app.projections).run(stop).await?)
    })];
    let invitation = invite_first_administrator(&app).await?;
    tasks.push(supervise(&app, "messages", &stopped, mailer::run));
    tasks.push(supervise(&app, "timers", &stopped, timers::run));
    tasks.push(supervise(&app, "figures", &stopped, operations::sum_up));
    tasks.push(supervise(&app, "integrity", &stopped, integrity::run));
    tasks.push(supervise(&app, "reveals", &stopped, reveals::run));
    tasks.push(tokio::spawn(reconcile::documents(app.clone())));
    let bounds = Bounds {
        most: connections::most_allowed(app.config.connections as usize),
        patience: app.config.patience,
        trusted: Arc::new(app.config.trusted_proxies.clone()),
    };
    let mut operations = None;
    if let Some(listener) = doors.operations {
        operations = Some(listener.local_addr()?);
        // A task like the others: whoever watches over a stop sees the requests being answered.
        let routes = operations::router_of_operators().with_state(app.clone());
        let serving = connections::serve(listener, routes, bounds.clone(), stopped.clone());
        tasks.push(tokio::spawn(serving));
    }
    let address = doors.public_address;
    let stopping = app.stopping.subscribe();
    let serving = connections::serve(doors.public, router(app.clone()), bounds, stopping);
    let serving = tokio::spawn(serving);
    Ok(Server { app, address, operations, invitation, serving, stop, tasks, _lock: lock })
}

/// Keeps a task running, and notes how it is.
fn supervise<F>(
    app: &App,
    name: &'static str,
    stop: &watch::Receiver<bool>,
    task: impl Fn(App, watch::Receiver<bool>) -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = Result<(), TaskError>> + Send + 'static,
{
    let of_task = app.clone();
    app.tasks.supervise(name, stop.clone(), move |stop| {
        let (app, running) = (of_task.clone(), task(of_task.clone(), stop));
        async move { app.metrics.watch(name, running).await }
    })
}

impl Server {
    /// Answers what was asked, then stops the processes, and leaves a snapshot and empty logs behind.
    pub async fn stop(self) {
        self.app.stopping.send_replace(true);
        let mut serving = self.serving;
        let mut is_served = tokio::time::timeout(GRACE, &mut serving).await.is_ok();
        // What is being carried out is waited for, also where its caller has left; whoever sends half
        // a request, or does not take an answer, is not.
        self.app.running.close();
        if tokio::time::timeout(DRAIN, self.app.running.wait()).await.is_err() {
            tracing::warn!("some commands were cut off");
        }
        if !is_served {
            is_served = tokio::time::timeout(LAST_WORDS, &mut serving).await.is_ok();
        }
        if !is_served {
            tracing::warn!("some connections were cut off");
        }
        self.stop.send_replace(true);
        if tokio::time::timeout(DRAIN, join_all(self.tasks)).await.is_err() {
            tracing::warn!("some processes did not stop in time");
        }
        if let Err(error) = note_the_end(&self.app.store).await {
            tracing::warn!(%error, "the vault has not taken note of the last record");
        }
        self.app.store.ledger.close().await;
        if let Err(error) = self.app.store.vault.close().await {
            tracing::warn!(%error, "the vault's log was not emptied; the next start does it");
        }
    }

    /// Runs until it is asked to stop, or until nothing helps but a restart.
    pub async fn run_until(self, mut asked: Asked) -> anyhow::Result<()> {
        let broken = tokio::select! {
            () = asked.wait() => None,
            why = broken(&self.app.store) => Some(why),
        };
        tracing::info!("stopping");
        systemd::stopping();
        self.stop().await;
        broken.map_or(Ok(()), |why| Err(anyhow::anyhow!("{why}")))
    }
}

/// Ends when nothing can be written any more until this program is started again.
async fn broken(store: &Store) -> String {
    let mut look = tokio::time::interval(LOOK);
    loop {
        look.tick().await;
        if let Some(why) = store.stopped() {
            return why;
        }
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

    pub async fn wait(&mut self) {
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
        let id = member.id;
        let state = app.store.load::<Staff>(id, AsOf::Now).await?.state;
        if let Some((link, _)) = state.invitation
            && state.is_invited_by(link, now)
        {
            return Ok(Some(join_url(app, id, link)));
        }
    }
    let email = app.config.administrator.clone();
    // A number of its own per attempt: an invitation that lapsed is followed by another address
    // or by a clock that was put right.
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
    invite(app, &occasion, &request, new).await.context("the administrator cannot be invited")?;
    Ok(Some(join_url(app, id, link)))
}

fn join_url(app: &App, staff: StaffId, link: LinkId) -> String {
    let token = app.links.staff_invitation(staff, link);
    format!("{}/join?token={token}", app.public_url)
}
