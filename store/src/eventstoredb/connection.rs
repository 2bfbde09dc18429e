//! The client, held so that it can be thrown away.
//!
//! What is known of `eventstore` 4.0.0, the last of its line, and absorbed here:
//! - its deadlines are only a header: every await has a timeout of ours;
//! - one failed connect ends it for good, and it stays with a node that died: it is rebuilt, which
//!   also asks the cluster again who leads;
//! - its own task never ends, even when nobody holds the client: it runs on a runtime of its own,
//!   which ends with it;
//! - it panics on an answer that lacks a part: calls run in tasks of their own;
//! - it panics when somebody else chose the process's TLS provider first: that is refused at start.

use super::nodelay::Nodelay;
use super::settings::Settings;
use super::trouble::Trouble;
use crate::ledger::{ExpectedRevision, Revision};
use eventstore::{
    AppendToStreamOptions, Client, Error, EventData, ExpectedRevision as Expected,
    Position as Place, ReadAllOptions, ReadStream, ReadStreamOptions, RecordedEvent,
    StreamPosition,
};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::Instant;

/// Unclear answers in a row after which the client is not trusted any more.
const UNCLEAR_MAX: u32 = 3;

/// Events that lie behind each other.
#[derive(Default)]
pub struct Page {
    pub events: Vec<RecordedEvent>,
    /// Whether the server brought its answer to an end; otherwise there was no time for the rest.
    pub is_whole: bool,
}

pub struct Connection {
    settings: Settings,
    current: Mutex<Current>,
    nodelay: Nodelay,
}

struct Current {
    client: Client,
    runtime: Option<Runtime>,
    /// Counts the clients, so that a late answer is not held against the next one.
    generation: u64,
    since: Instant,
    has_answered: bool,
    unclear: u32,
}

impl Drop for Current {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("another part of the program chose a TLS provider first; open the ledger before it")]
    TlsProvider,
    #[error(transparent)]
    Runtime(#[from] std::io::Error),
    #[error(transparent)]
    Client(#[from] Error),
}

impl Connection {
    pub fn new(settings: Settings) -> Result<Self, ConnectError> {
        check_tls_provider()?;
        let current = Mutex::new(Current::new(&settings, 0)?);
        Ok(Self { settings, current, nodelay: Nodelay::default() })
    }

    pub async fn server_version(&self) -> Result<String, Trouble> {
        let info = self
            .call(|client, deadline| async move { within(deadline, client.server_info()).await })
            .await?;
        Ok(info.version().to_string())
    }

    /// Appends all or nothing, and says the last revision. A server that has the same ids in the
    /// same places says yes again.
    pub async fn append(
        &self,
        stream: &str,
        expected: ExpectedRevision,
        events: Vec<EventData>,
    ) -> Result<Revision, Trouble> {
        let stream = stream.to_owned();
        let credentials = self.settings.credentials().into_iter();
        let options = credentials
            .fold(AppendToStreamOptions::default(), AppendToStreamOptions::authenticated)
            .requires_leader(true)
            .deadline(self.settings.deadline())
            .expected_revision(match expected {
                ExpectedRevision::NoStream => Expected::NoStream,
                ExpectedRevision::Exact(revision) => Expected::Exact(revision.0),
            });
        self.call(|client, deadline| async move {
            let written =
                within(deadline, client.append_to_stream(stream, &options, events)).await?;
            Ok(Revision(written.next_expected_version))
        })
        .await
    }

    /// Up to `count` events of one stream from `from` on.
    pub async fn page_of_stream(
        &self,
        stream: &str,
        from: Revision,
        count: usize,
    ) -> Result<Page, Trouble> {
        let stream = stream.to_owned();
        let credentials = self.settings.credentials().into_iter();
        let options = credentials
            .fold(ReadStreamOptions::default(), ReadStreamOptions::authenticated)
            .requires_leader(true)
            .position(StreamPosition::Position(from.0))
            .max_count(count);
        self.call(|client, deadline| async move {
            collect(within(deadline, client.read_stream(stream, &options)).await?, deadline).await
        })
        .await
    }

    /// Up to `count` events of `$all`, whoever they belong to, beginning with the one at `from`.
    pub async fn page_of_all(&self, from: Option<Place>, count: usize) -> Result<Page, Trouble> {
        let position = from.map_or(StreamPosition::Start, StreamPosition::Position);
        let credentials = self.settings.credentials().into_iter();
        let options = credentials
            .fold(ReadAllOptions::default(), ReadAllOptions::authenticated)
            .requires_leader(true)
            .position(position)
            .max_count(count);
        self.call(|client, deadline| async move {
            collect(within(deadline, client.read_all(&options)).await?, deadline).await
        })
        .await
    }

    /// Makes one call in a task of its own, and keeps account of how the client does.
    async fn call<T, A>(&self, make: impl FnOnce(Client, Duration) -> A) -> Result<T, Trouble>
    where
        T: Send + 'static,
        A: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let (client, generation) = {
            let current = self.current();
            (current.client.clone(), current.generation)
        };
        let started = Instant::now();
        let mut task = tokio::spawn(make(client, self.settings.deadline()));
        // Each step has its own deadline; together they must come to an end as well.
        let outcome = match tokio::time::timeout(self.settings.patience(), &mut task).await {
            Ok(Ok(outcome)) => outcome.map_err(Trouble::from),
            Ok(Err(_)) => Err(Trouble::Unclear("the client stumbled over the answer".to_owned())),
            Err(_) => {
                task.abort();
                Err(Trouble::Unclear("the answer takes too long".to_owned()))
            }
        };
        self.nodelay.after_call(started.elapsed(), &self.settings);
        self.account(generation, &outcome);
        outcome
    }

    fn account<T>(&self, generation: u64, outcome: &Result<T, Trouble>) {
        if !self.is_lost(generation, outcome) {
            return;
        }
        // Made outside the lock: it starts a thread and reads certificates.
        let fresh = match Current::new(&self.settings, generation + 1) {
            Ok(fresh) => fresh,
            // The old one stays, and the next trouble tries again.
            Err(error) => return tracing::error!(%error, "no new client can be made"),
        };
        let mut current = self.current();
        if current.generation != generation {
            return;
        }
        tracing::warn!(hosts = %self.settings.hosts(), "connecting anew");
        let old = std::mem::replace(&mut *current, fresh);
        // Other calls may still be under way over the old one's connection.
        let patience = self.settings.patience();
        tokio::spawn(async move {
            tokio::time::sleep(patience).await;
            drop(old);
        });
    }

    /// Whether the client of that generation is the current one, and is not to be trusted any more.
    fn is_lost<T>(&self, generation: u64, outcome: &Result<T, Trouble>) -> bool {
        let mut current = self.current();
        if current.generation != generation {
            return false;
        }
        match outcome {
            Err(Trouble::NotSent(_)) => true,
            // It may still be looking for the leader.
            Err(Trouble::Unclear(_))
                if !current.has_answered && current.since.elapsed() < self.settings.discovery() =>
            {
                false
            }
            Err(Trouble::Unclear(_)) => {
                current.unclear += 1;
                current.unclear >= UNCLEAR_MAX
            }
            Ok(_) | Err(_) => {
                current.has_answered = true;
                current.unclear = 0;
                false
            }
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Current {
    fn new(settings: &Settings, generation: u64) -> Result<Self, ConnectError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("eventstoredb")
            .enable_all()
            .build()?;
        let client =
            Client::with_runtime_handle(runtime.handle().clone(), settings.client().clone());
        match client {
            Ok(client) => Ok(Self {
                client,
                runtime: Some(runtime),
                generation,
                since: Instant::now(),
                has_answered: false,
                unclear: 0,
            }),
            Err(error) => {
                runtime.shutdown_background();
                Err(error.into())
            }
        }
    }
}

/// The first client of the process chooses the TLS provider, and panics if there is one already.
fn check_tls_provider() -> Result<(), ConnectError> {
    static IS_OURS: AtomicBool = AtomicBool::new(false);
    let is_taken = rustls::crypto::CryptoProvider::get_default().is_some();
    if is_taken && !IS_OURS.load(Ordering::SeqCst) {
        return Err(ConnectError::TlsProvider);
    }
    IS_OURS.store(true, Ordering::SeqCst);
    Ok(())
}

/// What comes within the deadline; a page that is too heavy for it is read in parts.
async fn collect(mut stream: ReadStream, deadline: Duration) -> Result<Page, Error> {
    let until = Instant::now() + deadline;
    let mut page = Page::default();
    loop {
        match within(deadline, stream.next()).await? {
            Some(resolved) => page.events.extend(resolved.event),
            None => {
                page.is_whole = true;
                return Ok(page);
            }
        }
        // One event is the end of the page before; two are some progress.
        if Instant::now() >= until && page.events.len() > 1 {
            return Ok(page);
        }
    }
}

async fn within<T>(
    deadline: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    tokio::time::timeout(deadline, answer).await.unwrap_or(Err(Error::DeadlineExceeded))
}
