//! The one thread that writes to the vault: whatever waits goes into one transaction and one flush.

use super::{PROGRESS, VaultError};
use crate::sqlite::log::{self, LogError};
use rusqlite::{Connection, ErrorCode};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::thread;
use tokio::sync::oneshot;

/// The most changes that share one flush.
const GROUP_MAX: usize = 256;
/// Changes after which the log is copied and begun anew: some megabytes.
const COPY_EVERY_CHANGES: usize = 1_000;

/// Why nothing is written any more.
pub(super) type Stopped = Arc<OnceLock<String>>;

pub(super) struct Writer {
    /// `None` for a vault that is only read.
    work: Option<mpsc::Sender<Work>>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
    stopped: Stopped,
}

enum Work {
    /// Goes into a group.
    Change(Box<dyn Change>),
    /// Alone, and nobody waits until it is on disk.
    Unflushed(Box<dyn Change>),
    /// Copies the log into the file and empties it; says who reads if that does not work.
    EmptyLog(oneshot::Sender<Result<Option<LogError>, VaultError>>),
}

/// A change, and what came of it.
type Done = (Box<dyn Change>, Result<(), VaultError>);

fn answer(done: Vec<Done>) {
    done.into_iter().for_each(|(change, outcome)| change.answer(outcome));
}

/// A change on its way, and whoever waits for it.
trait Change: Send {
    fn make(&mut self, connection: &Connection) -> Result<(), rusqlite::Error>;
    fn answer(self: Box<Self>, outcome: Result<(), VaultError>);
}

struct Asked<F, T> {
    change: Option<F>,
    made: Option<T>,
    answer: oneshot::Sender<Result<T, VaultError>>,
}

impl<F, T> Change for Asked<F, T>
where
    F: FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send,
    T: Send,
{
    fn make(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        if let Some(change) = self.change.take() {
            self.made = Some(change(connection)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), VaultError>) {
        let made = self.made.ok_or(VaultError::Closed);
        // Whoever asked may be gone; what was written stays written.
        drop(self.answer.send(outcome.and(made)));
    }
}

impl Writer {
    /// `path` is where the vault lies, unless that is memory.
    pub(super) fn start(
        connection: Arc<Mutex<Connection>>,
        path: Option<PathBuf>,
    ) -> Result<Self, VaultError> {
        let stopped = Stopped::default();
        let (work, inbox) = mpsc::channel();
        let mut thread = Thread {
            connection,
            path,
            stopped: Arc::clone(&stopped),
            changes: 0,
            is_log_named: false,
        };
        let thread = thread::Builder::new()
            .name("vault-writer".to_owned())
            .spawn(move || thread.run(&inbox))
            .map_err(VaultError::Thread)?;
        Ok(Self { work: Some(work), thread: Mutex::new(Some(thread)), stopped })
    }

    pub(super) fn none() -> Self {
        Self { work: None, thread: Mutex::default(), stopped: Stopped::default() }
    }

    /// Why nothing is written any more.
    pub(super) fn stopped(&self) -> Option<String> {
        self.stopped.get().cloned()
    }

    /// Writes something; it is flushed when this returns. After an error of the disk nothing more
    /// is written: a flush is never tried again.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, VaultError> {
        self.ask(change, Work::Change).await
    }

    /// The same, and nobody knows when it is flushed.
    pub(super) async fn write_unflushed<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, VaultError> {
        self.ask(change, Work::Unflushed).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
        kind: impl FnOnce(Box<dyn Change>) -> Work,
    ) -> Result<T, VaultError> {
        let (answer, outcome) = oneshot::channel();
        let asked = Asked { change: Some(change), made: None, answer };
        self.send(kind(Box::new(asked)))?;
        outcome.await.unwrap_or(Err(VaultError::Closed))
    }

    /// `None`, or who prevents it by reading.
    pub(super) async fn empty_log(&self) -> Result<Option<LogError>, VaultError> {
        let (answer, outcome) = oneshot::channel();
        self.send(Work::EmptyLog(answer))?;
        outcome.await.unwrap_or(Err(VaultError::Closed))
    }

    fn send(&self, work: Work) -> Result<(), VaultError> {
        let writer = self.work.as_ref().ok_or(VaultError::Closed)?;
        writer.send(work).map_err(|_| VaultError::Closed)
    }
}

impl Drop for Writer {
    /// Waits until everything accepted is on disk.
    fn drop(&mut self) {
        self.work = None;
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread
            && thread.thread().id() != thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the vault's writer had stopped");
        }
    }
}

struct Thread {
    connection: Arc<Mutex<Connection>>,
    path: Option<PathBuf>,
    stopped: Stopped,
    /// Since the log began.
    changes: usize,
    /// A log is named when something is first written to it.
    is_log_named: bool,
}

impl Thread {
    fn run(&mut self, inbox: &mpsc::Receiver<Work>) {
        let mut left = None;
        while let Some(work) = left.take().or_else(|| inbox.recv().ok()) {
            match work {
                Work::Change(first) => {
                    let mut group = vec![first];
                    while group.len() < GROUP_MAX && left.is_none() {
                        match inbox.try_recv() {
                            Ok(Work::Change(change)) => group.push(change),
                            Ok(other) => left = Some(other),
                            Err(_) => break,
                        }
                    }
                    answer(self.write(group));
                }
                Work::Unflushed(change) => answer(self.write_unflushed(change)),
                Work::EmptyLog(answer) => drop(answer.send(self.empty_log())),
            }
        }
    }

    /// One transaction and one flush for the whole group.
    fn write(&mut self, group: Vec<Box<dyn Change>>) -> Vec<Done> {
        if let Some(reason) = self.stopped.get() {
            let stopped = || Err(VaultError::Stopped(reason.clone()));
            return group.into_iter().map(|change| (change, stopped())).collect();
        }
        let connection = Arc::clone(&self.connection);
        let connection = lock(&connection);
        let mut done: Vec<Done> = group.into_iter().map(|change| (change, Ok(()))).collect();
        let written = self.see_to_log(&connection).and_then(|()| {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            for (change, outcome) in &mut done {
                match within(&connection, |connection| change.make(connection)) {
                    // After such an error SQLite has taken everything back.
                    Err(error) if is_of_disk(&error) || connection.is_autocommit() => {
                        return Err(error);
                    }
                    made => *outcome = made.map_err(VaultError::from),
                }
            }
            connection.execute_batch("COMMIT")
        });
        match written {
            Ok(()) => self.changes += done.len(),
            Err(error) => {
                let reason = self.failed(&connection, &error);
                for (_, outcome) in &mut done {
                    *outcome = Err(VaultError::Unwritten(reason.clone()));
                }
            }
        }
        done
    }

    fn write_unflushed(&mut self, change: Box<dyn Change>) -> Vec<Done> {
        let set = |how: &str| lock(&self.connection).pragma_update(None, "synchronous", how);
        if let Err(error) = set("NORMAL") {
            return vec![(change, Err(error.into()))];
        }
        let done = self.write(vec![change]);
        if let Err(error) = lock(&self.connection).pragma_update(None, "synchronous", "FULL") {
            drop(self.stopped.set(error.to_string()));
        }
        done
    }

    /// Names a log that is new; begins a long one anew.
    fn see_to_log(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        if self.path.is_none() {
            return Ok(());
        }
        if !self.is_log_named {
            log::name_new_log(connection, PROGRESS)?;
            self.is_log_named = true;
        }
        if self.changes >= COPY_EVERY_CHANGES {
            // Nobody waits for another process that reads: the log goes on then, until the next time.
            log::begin_anew(connection, PROGRESS)?;
            self.changes = 0;
        }
        Ok(())
    }

    /// After an error of its disk nobody knows what is on it.
    fn failed(&self, connection: &Connection, error: &rusqlite::Error) -> String {
        if is_of_disk(error) {
            tracing::error!(%error, "the vault stopped");
            drop(self.stopped.set(error.to_string()));
        } else if !connection.is_autocommit() {
            drop(connection.execute_batch("ROLLBACK"));
        }
        error.to_string()
    }

    fn empty_log(&mut self) -> Result<Option<LogError>, VaultError> {
        let Some(path) = &self.path else { return Ok(None) };
        if let Some(reason) = self.stopped.get() {
            return Err(VaultError::Stopped(reason.clone()));
        }
        let connection = lock(&self.connection);
        let is_cut = log::cut(&connection, path);
        connection.busy_timeout(super::PATIENCE)?;
        drop(connection);
        match is_cut {
            Ok(true) => {
                (self.changes, self.is_log_named) = (0, false);
                Ok(None)
            }
            Ok(false) => Ok(Some(log::read_by_another(path))),
            Err(error) => {
                drop(self.stopped.set(error.to_string()));
                Err(error.into())
            }
        }
    }
}

/// What fails leaves nothing behind, and the others of its group go on.
fn within(
    connection: &Connection,
    change: impl FnOnce(&Connection) -> Result<(), rusqlite::Error>,
) -> Result<(), rusqlite::Error> {
    connection.execute_batch("SAVEPOINT change")?;
    let outcome = change(connection);
    if outcome.is_err() {
        // The change's own error says more than one of taking it back.
        drop(connection.execute_batch("ROLLBACK TO change; RELEASE change"));
        return outcome;
    }
    connection.execute_batch("RELEASE change")
}

fn is_of_disk(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (n INTEGER UNIQUE)").unwrap();
        Writer::start(Arc::new(Mutex::new(connection)), None).unwrap()
    }

    fn insert(number: i64) -> impl FnOnce(&Connection) -> Result<usize, rusqlite::Error> + Send {
        move |connection| connection.execute("INSERT INTO t (n) VALUES (?1)", [number])
    }

    /// What both ask goes into one group: it gathers while another change is being made.
    async fn in_one_group<A: Future, B: Future>(
        writer: &Writer,
        a: A,
        b: B,
    ) -> (A::Output, B::Output) {
        let (go, wait) = mpsc::channel();
        let busy = writer.write(move |_| {
            wait.recv().ok();
            Ok(())
        });
        let all = async { tokio::join!(busy, a, b) };
        tokio::pin!(all);
        assert!(futures::poll!(&mut all).is_pending());
        go.send(()).unwrap();
        let (_, a, b) = all.await;
        (a, b)
    }

    #[tokio::test]
    async fn one_that_fails_leaves_the_others_of_its_group_alone() {
        let writer = writer();
        writer.write(insert(1)).await.unwrap();
        let (taken, new) =
            in_one_group(&writer, writer.write(insert(1)), writer.write(insert(2))).await;
        assert!(taken.is_err() && new.is_ok());
        assert!(writer.write(insert(2)).await.is_err(), "it is there");
        assert_eq!(writer.stopped(), None);
    }

    #[tokio::test]
    async fn an_error_of_the_disk_within_a_change_stops_it_for_good() {
        let writer = writer();
        let broken = |_: &Connection| -> Result<(), rusqlite::Error> {
            let error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR);
            Err(rusqlite::Error::SqliteFailure(error, None))
        };
        let (broken, beside) =
            in_one_group(&writer, writer.write(broken), writer.write(insert(2))).await;
        assert!(broken.is_err() && beside.is_err(), "nobody knows what is on the disk");
        assert!(writer.stopped().is_some());
        assert!(matches!(writer.write(insert(3)).await, Err(VaultError::Stopped(_))));
    }
}
