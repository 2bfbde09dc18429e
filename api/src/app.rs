//! What every handler shares, and all routes behind their layers.

use crate::auth::code_limits::CodeLimits;
use crate::auth::codes::Codes;
use crate::auth::links::Links;
use crate::auth::passwords::Passwords;
use crate::clock::{Clock, SimulatedClock};
use crate::config::Config;
use crate::documents::upload;
use crate::error::Problem;
use crate::heavy::Heavy;
use crate::metrics::Metrics;
use crate::processes::mailer::Unsent;
use crate::processes::outbox::Outbox;
use crate::processes::sms::SmsProvider;
use crate::supervision::Tasks;
use crate::{
    console, dev, idempotency, layers, limits, openapi, operations, pages, payment, portal, reports,
};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use domain::MerchantId;
use domain::values::{Email, Mobile};
use projections::Projections;
use projections::deadlines::Timer;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use store::aggregate::EmailKey;
use store::documents::Documents;
use store::seal::DataKey;
use store::vault::mac;
use store::{Aggregate, ExecuteError, Executed, Store};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;
use tower::ServiceBuilder;

/// How long an answer waits for the read models to see what it has just written.
const PATIENCE: Duration = Duration::from_secs(5);

/// Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

pub struct Shared {
    pub config: Config,
    /// Where people reach this server; without a slash at its end.
    pub public_url: String,
    pub store: Store,
    pub documents: Documents,
    pub projections: Arc<Projections>,
    pub clock: Arc<dyn Clock>,
    /// The clock that the demonstration can turn.
    pub simulated: Option<SimulatedClock>,
    pub passwords: Passwords,
    pub links: Links,
    pub codes: Codes,
    pub totp_secret: DataKey,
    email_secret: DataKey,
    pub test_key_secret: DataKey,
    pub outbox: Outbox,
    pub sms: Option<SmsProvider>,
    pub code_limits: CodeLimits,
    pub reports: reports::Taken,
    pub limits: limits::Limits,
    pub in_flight: idempotency::InFlight,
    /// Timers that were refused, and until when they are left alone.
    pub held_timers: DashMap<(MerchantId, Timer), DateTime<Utc>>,
    pub uploads: upload::Places,
    /// For documents that we make, and pictures.
    heavy: Heavy,
    /// For PDFs of strangers, which must not make everything else wait.
    pdfs: Heavy,
    /// Requests that change something, each in a task of its own.
    pub running: TaskTracker,
    pub metrics: Metrics,
    /// How the long-lived tasks are.
    pub tasks: Tasks,
    /// Set when nothing new is taken any more.
    pub stopping: watch::Sender<bool>,
    /// The messages that have to wait.
    pub unsent: watch::Sender<Unsent>,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What an `App` is made of.
pub struct Parts {
    pub config: Config,
    pub public_url: String,
    pub store: Store,
    pub documents: Documents,
    pub projections: Arc<Projections>,
    pub clock: Arc<dyn Clock>,
    pub simulated: Option<SimulatedClock>,
    pub outbox: Outbox,
}

impl App {
    pub fn new(parts: Parts) -> anyhow::Result<Self> {
        let vault = &parts.store.vault;
        let shared = Shared {
            passwords: Passwords::new(Arc::clone(&parts.store.chance))?,
            links: Links::new(vault.secret("links")?),
            codes: Codes::new(vault.secret("codes")?),
            totp_secret: vault.secret("staff_invitations")?,
            email_secret: vault.secret("email_claims")?,
            test_key_secret: vault.secret("test_keys")?,
            limits: limits::Limits::new(parts.config.requests_per_minute, Arc::clone(&parts.clock)),
            in_flight: idempotency::InFlight::default(),
            held_timers: DashMap::new(),
            uploads: upload::Places::default(),
            heavy: Heavy::new("documents")?,
            pdfs: Heavy::new("pdfs")?,
            running: TaskTracker::new(),
            metrics: Metrics::new()?,
            tasks: Tasks::default(),
            stopping: watch::Sender::new(false),
            unsent: watch::Sender::default(),
            reports: reports::Taken::default(),
            code_limits: CodeLimits::new(&parts.config, Arc::clone(&parts.clock)),
            sms: parts.config.sms_provider(),
            public_url: parts.public_url,
            config: parts.config,
            store: parts.store,
            documents: parts.documents,
            projections: parts.projections,
            clock: parts.clock,
            simulated: parts.simulated,
            outbox: parts.outbox,
        };
        Ok(Self(Arc::new(shared)))
    }

    /// Does what takes longer than a request may hold a worker, elsewhere.
    pub async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.heavy.run(work).await.map_err(Problem::internal)
    }

    /// The same for what a stranger's PDF may make last.
    pub async fn apart_with_pdfs<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.pdfs.run(work).await.map_err(Problem::internal)
    }

    /// Counts a code that will go to a number of which nobody has proved that it is theirs, or says why
    /// none does. Without a provider nothing goes out.
    pub fn take_code(&self, unproved: Option<&Mobile>) -> Result<(), Problem> {
        unproved.filter(|_| self.sms.is_some()).map_or(Ok(()), |to| self.code_limits.take(to))
    }

    /// Forgets who has asked for nothing lately.
    pub fn sweep_limits(&self) {
        self.limits.sweep();
        self.code_limits.sweep();
        self.reports.sweep(self.clock.now());
    }

    /// The claim of a merchant's login e-mail.
    pub fn email_key(&self, email: &Email) -> EmailKey {
        self.claim_key("email", &email.on_the_wire())
    }

    /// That claim, and the one of an account made when the domain's spelling made a difference.
    pub fn email_keys(&self, email: &Email) -> Vec<EmailKey> {
        self.claim_keys("email", email)
    }

    /// The same for a staff login e-mail.
    pub fn staff_email_keys(&self, email: &Email) -> Vec<EmailKey> {
        self.claim_keys("staff_email", email)
    }

    fn claim_keys(&self, category: &'static str, email: &Email) -> Vec<EmailKey> {
        let on_the_wire = email.on_the_wire();
        let mut keys = vec![self.claim_key(category, &on_the_wire)];
        if on_the_wire != email.as_str() {
            keys.push(self.claim_key(category, email.as_str()));
        }
        keys
    }

    fn claim_key(&self, category: &'static str, address: &str) -> EmailKey {
        let hash = mac(&self.email_secret, &[category.as_bytes(), address.as_bytes()]);
        EmailKey { category, hash }
    }

    /// Executes and counts, and leaves it to the caller to judge what went wrong.
    pub async fn carry_out<A: Aggregate>(
        &self,
        key: A::Key,
        command: A::Command,
        occasion: &domain::Occasion,
        request: &store::Request,
    ) -> Result<Executed<A::State>, ExecuteError<A::Refusal>> {
        let started = std::time::Instant::now();
        let outcome = self.store.execute::<A>(key, command, occasion, request).await;
        let word = match &outcome {
            Ok(_) => "accepted",
            Err(ExecuteError::Refused(_) | ExecuteError::Stale { .. }) => "refused",
            Err(_) => "failed",
        };
        self.metrics.command(started.elapsed(), word);
        outcome
    }

    /// Executes one step of several. Nobody waits for the read models before the last: giving that
    /// up would leave the rest undone.
    pub async fn step<A: Aggregate>(
        &self,
        key: A::Key,
        command: A::Command,
        occasion: &domain::Occasion,
        request: &store::Request,
    ) -> Result<Executed<A::State>, Problem>
    where
        Problem: From<ExecuteError<A::Refusal>>,
    {
        Ok(self.carry_out::<A>(key, command, occasion, request).await?)
    }

    /// Executes, then waits until the read models have seen it.
    pub async fn execute<A: Aggregate>(
        &self,
        key: A::Key,
        command: A::Command,
        occasion: &domain::Occasion,
        request: &store::Request,
    ) -> Result<Executed<A::State>, Problem>
    where
        Problem: From<ExecuteError<A::Refusal>>,
    {
        let done = self.step::<A>(key, command, occasion, request).await?;
        if let Some(position) = done.position {
            self.see(position).await?;
        }
        Ok(done)
    }

    /// Waits until the read models have seen `position`, or says that they have not.
    pub async fn see(&self, position: store::Position) -> Result<(), Problem> {
        if self.projections.wait_for(position, PATIENCE).await {
            Ok(())
        } else {
            Err(Problem {
                retry_after_seconds: Some(2),
                ..Problem::new(
                    axum::http::StatusCode::SERVICE_UNAVAILABLE,
                    "read_models_behind",
                    "It is recorded, but cannot be shown yet. Try again with the same Idempotency-Key.",
                    "C'est enregistré, mais pas encore affichable. Réessayez avec la même Idempotency-Key.",
                )
            })
        }
    }
}

/// Whether failures at this address are told as problem+json rather than as a page.
pub fn is_api(path: &str) -> bool {
    !["/activate", "/reset-password", "/join", "/sign"].contains(&path)
}

/// All routes behind all layers.
pub fn router(app: App) -> Router {
    let (portal, portal_document) = portal::v1::router().split_for_parts();
    let (console, console_document) = console::v1::router().split_for_parts();
    let documents = openapi::Documents::new(portal_document, console_document);
    let routes = portal
        .merge(console)
        .merge(payment::router())
        .merge(operations::router())
        .merge(reports::router())
        .merge(pages::router())
        .merge(dev::router(&app.config))
        .merge(openapi::router(documents))
        .fallback(|| async { Problem::not_found() });
    let layers = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(app.clone(), layers::pass))
        // The framework's own limit is lower than ours, which `idempotency` sets.
        .layer(DefaultBodyLimit::disable());
    routes.layer(layers).with_state(app)
}
