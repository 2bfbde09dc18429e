//! What everything shares: the store and what lies beside it, the clock, secrets, limits. It names no
//! surface, no process and no layer.

use crate::auth::code_limits::{CodeLimits, NoCode};
use crate::auth::codes::Codes;
use crate::auth::keys::Keys;
use crate::auth::links::Links;
use crate::auth::passwords::Passwords;
use crate::auth::recaps::Recaps;
use crate::auth::signatures::Signatures;
use crate::clock::{Clock, SimulatedClock};
use crate::config::Config;
use crate::documents::places::Places;
use crate::error::{Error, Refusal};
use crate::heavy::Heavy;
use crate::holders::Holders;
use crate::in_flight::InFlight;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::outbox::{Outbox, Unsent};
use crate::providers::sms::SmsProvider;
use crate::supervision::Tasks;
use domain::SubjectId;
use domain::values::{Email, Mobile};
use projections::Projections;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::documents::Documents;
use store::seal::DataKey;
use store::vault::mac;
use store::{Aggregate, EmailKey, ExecuteError, Executed, Position, Store};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

/// How long an answer waits for the read models to see what it has just written.
const PATIENCE: Duration = Duration::from_secs(5);

/// Feeds that one user may follow at a time.
const FEEDS_OF_ONE: usize = 5;

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
    pub recaps: Recaps,
    pub totp_secret: DataKey,
    email_secret: DataKey,
    pub keys: Keys,
    pub outbox: Outbox,
    pub sms: Option<SmsProvider>,
    pub code_limits: CodeLimits,
    /// Signatures of providers that have counted.
    pub signatures: Signatures,
    pub limits: Limits,
    /// Commands with an Idempotency-Key that are being carried out.
    pub in_flight: InFlight,
    pub uploads: Places,
    /// Lines on which somebody follows what happens.
    pub feeds: Holders<SubjectId>,
    /// For documents that we make, and pictures.
    pub heavy: Heavy,
    /// For PDFs of strangers, which must not make everything else wait.
    pub pdfs: Heavy,
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
            recaps: Recaps::new(vault.secret("recaps")?),
            totp_secret: vault.secret("staff_invitations")?,
            email_secret: vault.secret("email_claims")?,
            keys: Keys::new(vault.secret("test_keys")?),
            limits: Limits::new(parts.config.requests_per_minute, Arc::clone(&parts.clock)),
            in_flight: InFlight::default(),
            uploads: Places::default(),
            feeds: Holders::new(FEEDS_OF_ONE),
            heavy: Heavy::new("documents")?,
            pdfs: Heavy::new("pdfs")?,
            running: TaskTracker::new(),
            metrics: Metrics::new()?,
            tasks: Tasks::default(),
            stopping: watch::Sender::new(false),
            unsent: watch::Sender::default(),
            signatures: Signatures::default(),
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

    /// Says why no code can be sent to anybody, if none can.
    pub fn can_send_codes(&self) -> Result<(), NoCode> {
        if self.config.has_sms() { Ok(()) } else { Err(NoCode::Unavailable) }
    }

    /// Counts a code that will go to a number of which nobody has proved that it is theirs, or says why
    /// none does. Without a provider nothing goes out.
    pub fn take_code(&self, unproved: Option<&Mobile>) -> Result<(), NoCode> {
        unproved.filter(|_| self.sms.is_some()).map_or(Ok(()), |to| self.code_limits.take(to))
    }

    /// Forgets who has asked for nothing lately.
    pub fn sweep_limits(&self) {
        self.limits.sweep();
        self.code_limits.sweep();
        self.signatures.sweep(self.clock.now());
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

    /// Stands for somebody who is told, in the id of a message: the same for the same address.
    pub fn recipient(&self, address: &str) -> usize {
        let [a, b, c, d, ..] = mac(&self.email_secret, &[b"recipient", address.as_bytes()]);
        u32::from_be_bytes([a, b, c, d]) as usize
    }

    /// Executes and counts, and leaves it to the caller to judge what went wrong.
    pub async fn carry_out<A: Aggregate>(
        &self,
        key: A::Key,
        command: A::Command,
        occasion: &domain::Occasion,
        request: &store::Request,
    ) -> Result<Executed<A::State>, ExecuteError<A::Refusal>> {
        let started = Instant::now();
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
    ) -> Result<Executed<A::State>, Error>
    where
        A::Refusal: Into<Refusal>,
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
    ) -> Result<Executed<A::State>, Error>
    where
        A::Refusal: Into<Refusal>,
    {
        let done = self.step::<A>(key, command, occasion, request).await?;
        self.see(done.position).await?;
        Ok(done)
    }

    /// Waits until the read models have seen a position, if there is any to see, or says that they
    /// have not.
    pub async fn see(&self, position: Option<Position>) -> Result<(), Error> {
        match position {
            Some(position) if !self.projections.wait_for(position, PATIENCE).await => {
                Err(Error::Behind)
            }
            Some(_) | None => Ok(()),
        }
    }
}
