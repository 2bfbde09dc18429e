//! Starting and stopping: opens the ledger and the vault, starts the processes, serves.

use crate::app::{App, Parts, router};
use crate::clock::{Clock, SimulatedClock, SystemClock};
use crate::config::Config;
use crate::console::v1::staff::{NewMember, invite};
use crate::processes::{deadlines, mailer};
use anyhow::Context;
use domain::staff::{Profile, Role};
use domain::values::{Email, Language, PersonName};
use domain::{Actor, Channel, CommandId, Id, LinkId, Occasion, StaffId};
use object_store::local::LocalFileSystem;
use projections::Projections;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::bases::Bases;
use store::chance::{Chance, SystemChance};
use store::documents::Documents;
use store::seal::DataKey;
use store::vault::Vault;
use store::{AsOf, Ledger, Location, Staff, Store};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How long a stop waits for requests that are being answered.
const DRAIN: Duration = Duration::from_secs(10);
/// In the directory, unless told otherwise.
const MASTER_KEY_FILE: &str = "keys/master.key";

/// A server that runs.
pub struct Server {
    pub app: App,
    pub address: SocketAddr,
    /// The link of the first administrator, if one was just invited.
    pub invitation: Option<String>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    serving: JoinHandle<std::io::Result<()>>,
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
    let directory = config.directory.clone();
    std::fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make the directory {}", directory.display()))?;
    let ledger = Location::or_directory(config.ledger.as_deref(), &directory)?.open().await?;
    check_vault(ledger.as_ref(), &directory).await?;
    let master = master_key(&config, chance.as_ref())?;
    let vault = Arc::new(Vault::open(&directory, master, Arc::clone(&chance))?);
    let store = Store {
        ledger,
        vault: Arc::clone(&vault),
        chance: Arc::clone(&chance),
        bases: Bases::default(),
    };
    let blobs = directory.join("documents");
    std::fs::create_dir_all(&blobs)?;
    let documents =
        Documents::new(Arc::new(LocalFileSystem::new_with_prefix(&blobs)?), vault, chance);
    let projections = Projections::start(store.clone(), Some(directory.clone())).await?;
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
    run(App::new(parts)?, listener, address, &directory).await
}

async fn run(
    app: App,
    listener: tokio::net::TcpListener,
    address: SocketAddr,
    directory: &Path,
) -> anyhow::Result<Server> {
    let mailer = mailer::Mailer::new(app.clone(), Some(directory))?;
    check_progress(&mailer, &app, directory).await?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = vec![tokio::spawn(Arc::clone(&app.projections).run(stopped.clone()))];
    let invitation = invite_first_administrator(&app).await?;
    tasks.push(tokio::spawn(mailer.run(stopped.clone())));
    tasks.push(tokio::spawn(deadlines::run(app.clone(), stopped.clone())));
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
    Ok(Server { app, address, invitation, stop, tasks, serving })
}

impl Server {
    /// Answers what is being asked, stops the processes, leaves a snapshot behind.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(DRAIN, self.serving).await.is_err() {
            tracing::warn!("some requests were cut off");
        }
        for task in self.tasks {
            if tokio::time::timeout(DRAIN, task).await.is_err() {
                tracing::warn!("a process did not stop in time");
            }
        }
    }

    /// Waits until the server ends by itself or is asked to.
    pub async fn run_until_asked(self) -> anyhow::Result<()> {
        asked_to_stop().await;
        tracing::info!("stopping");
        self.stop().await;
        Ok(())
    }
}

async fn asked_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    let Ok(mut terminated) =
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        drop(interrupted.await);
        return;
    };
    tokio::select! {
        _ = interrupted => {}
        _ = terminated.recv() => {}
    }
}

/// A directory that has read further than the ledger goes belongs to another ledger, or to a later
/// state of this one: following on would skip what comes next.
async fn check_progress(
    mailer: &mailer::Mailer,
    app: &App,
    directory: &Path,
) -> anyhow::Result<()> {
    let (reached, head) = (mailer.read_checkpoint(), app.store.ledger.head().await?);
    anyhow::ensure!(
        reached <= head,
        "{} has read up to {}, but the ledger has {} records: is it the right ledger? After \
         putting an older backup of it back, remove {} first",
        directory.display(),
        reached.map(|reached| reached.to_string()).unwrap_or_default(),
        head.map_or(0, |head| head.0 + 1),
        mailer::CHECKPOINT_FILE,
    );
    Ok(())
}

/// A new vault beside a ledger with records would show everybody in it as forgotten.
async fn check_vault(ledger: &dyn Ledger, directory: &Path) -> anyhow::Result<()> {
    let is_new = !directory.join(store::vault::VAULT_FILE).exists();
    anyhow::ensure!(
        !is_new || ledger.head().await?.is_none(),
        "the ledger has records, but there is no vault in {}: restore {} and the master key, or \
         name the directory that they lie in",
        directory.display(),
        store::vault::VAULT_FILE
    );
    Ok(())
}

/// The key that wraps all keys, from its file; made at first start.
fn master_key(config: &Config, chance: &dyn Chance) -> anyhow::Result<DataKey> {
    let path: PathBuf =
        config.master_key_file.clone().unwrap_or_else(|| config.directory.join(MASTER_KEY_FILE));
    if !path.exists() {
        let has_vault = config.directory.join(store::vault::VAULT_FILE).exists();
        anyhow::ensure!(
            !has_vault,
            "the vault is there but its master key {} is not: restore that file",
            path.display()
        );
        write_master_key(&path, chance)
            .with_context(|| format!("cannot write the master key {}", path.display()))?;
    }
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read the master key {}", path.display()))?;
    DataKey::from_hex(text.trim())
        .with_context(|| format!("{} is not a master key of 64 hex digits", path.display()))
}

fn write_master_key(path: &Path, chance: &dyn Chance) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", DataKey::random(chance).to_hex())?;
    file.sync_all()
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
