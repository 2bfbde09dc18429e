//! The one thread that writes: whatever waits goes into one transaction and one flush.

use super::copier::Copier;
use super::flushes::FlushTimes;
use super::readers::records_of;
use super::tails::Tails;
use super::{PROGRESS, log};
use crate::ledger::{
    AppendError, Appended, ExpectedRevision, FollowUp, NewRecord, Position, Revision, StreamId,
};
use crate::memory::already_appended;
use lru::LruCache;
use rusqlite::{Connection, OptionalExtension, params};
use std::fs::File;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock, PoisonError, mpsc};
use std::time::Instant;
use tokio::sync::{oneshot, watch};

/// The most appends that share one flush.
const GROUP_MAX: usize = 512;
/// Streams whose number and last revision the writer remembers. A zero would not compile.
const HEADS_MAX: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

/// What the writer is asked.
pub(super) enum Work {
    Append(Append),
    /// To take nothing more and to leave an empty log behind.
    Close(oneshot::Sender<()>),
}

pub(super) struct Append {
    pub stream: StreamId,
    pub expected: ExpectedRevision,
    pub records: Vec<NewRecord>,
    pub then: Option<FollowUp>,
    pub answer: oneshot::Sender<Outcome>,
}

type Outcome = Result<Appended, AppendError>;

/// The one thread that writes.
pub(super) struct Writer {
    connection: Connection,
    /// The number and the last revision of streams written lately.
    heads: LruCache<StreamId, Head>,
    next: u64,
    shared: Shared,
    copier: Copier,
    /// A log is named when something is first written to it.
    is_log_named: bool,
    _lock: File,
}

/// What others know of the writer.
pub(super) struct Shared {
    pub(super) tails: Arc<Tails>,
    pub(super) wake: watch::Sender<Option<Position>>,
    /// Why nothing is written any more; told to whoever asks how the ledger is.
    pub(super) stopped: Arc<OnceLock<String>>,
    pub(super) flushes: Arc<FlushTimes>,
}

#[derive(Clone, Copy)]
struct Head {
    number: i64,
    last: Option<Revision>,
}

/// An append and what came of it.
type Done = (Append, Outcome);

impl Writer {
    pub(super) fn new(
        connection: Connection,
        head: Option<Position>,
        shared: Shared,
        copier: Copier,
        lock: File,
    ) -> Self {
        Self {
            connection,
            heads: LruCache::new(HEADS_MAX),
            next: head.map_or(0, |head| head.0 + 1),
            shared,
            copier,
            is_log_named: false,
            _lock: lock,
        }
    }

    pub(super) fn run(mut self, inbox: &mpsc::Receiver<Work>) {
        while let Ok(first) = inbox.recv() {
            let mut group = vec![];
            let mut closing = None;
            for work in std::iter::once(first).chain(inbox.try_iter().take(GROUP_MAX - 1)) {
                match work {
                    Work::Append(append) => group.push(append),
                    Work::Close(closed) => closing = Some(closed),
                }
            }
            let before = Position(self.next);
            let mut done = self.commit(group);
            self.follow_up(before, &mut done);
            for (append, outcome) in done {
                // Whoever asked may be gone; what was appended stays appended.
                drop(append.answer.send(outcome));
            }
            if Position(self.next) > before && self.shared.stopped.get().is_none() {
                self.shared.wake.send_replace(Some(Position(self.next - 1)));
            }
            if let Some(closed) = closing {
                self.close();
                let _ = closed.send(());
            }
        }
        self.close();
    }

    /// After the flush: whoever remembers the stream learns where it ends and what it says.
    /// What lies before `next` was there already, perhaps since a moment ago.
    fn follow_up(&self, mut next: Position, done: &mut [Done]) {
        for (append, outcome) in done {
            let Ok(appended) = *outcome else { continue };
            if appended.position < next {
                continue;
            }
            next = Position(appended.position.0 + 1);
            self.shared.tails.appended(&append.stream, appended.revision);
            let Some(then) = append.then.take() else { continue };
            // Whoever was not told finds the tail ahead of what they know, and reads.
            if catch_unwind(AssertUnwindSafe(|| then(appended))).is_err() {
                tracing::error!(position = appended.position.0, "what follows an append failed");
            }
        }
    }

    /// After a failed commit the log stays as it is: the next start makes it durable.
    fn close(&mut self) {
        if self.shared.stopped.get().is_some() || self.copier.failure().is_some() {
            return;
        }
        drop(self.shared.stopped.set("it was closed".to_owned()));
        if let Err(error) = log::empty(&self.connection) {
            tracing::warn!(%error, "the ledger's log was not emptied; the next start does it");
        }
    }

    /// One transaction and one flush for the whole group.
    fn commit(&mut self, group: Vec<Append>) -> Vec<Done> {
        if let Some(reason) = self.shared.stopped.get() {
            let refused = || Err(AppendError::Unavailable(reason.clone()));
            return group.into_iter().map(|append| (append, refused())).collect();
        }
        if group.is_empty() {
            return vec![];
        }
        let began = Instant::now();
        let gate = self.copier.gate();
        let readers_wait =
            self.copier.is_short().then(|| gate.write().unwrap_or_else(PoisonError::into_inner));
        if let Err(reason) = self.see_to_log(readers_wait.is_some()) {
            return self.stop_before(&reason, group);
        }
        if readers_wait.is_some() {
            let micros = began.elapsed().as_micros();
            tracing::debug!(micros, "the log begins anew; commits and our readers waited so long");
        }
        let mut done = Vec::with_capacity(group.len());
        let outcome = self.run_statement("BEGIN IMMEDIATE").and_then(|()| {
            for append in group {
                let outcome = self.append_one(&append.stream, append.expected, &append.records);
                done.push((append, outcome));
                if let Some((_, Err(AppendError::Corrupt(reason)))) = done.last() {
                    return Err(rusqlite::Error::InvalidColumnName(reason.clone()));
                }
            }
            self.run_statement("COMMIT")
        });
        drop(readers_wait);
        match outcome {
            Ok(()) => {
                self.shared.flushes.note(began.elapsed());
                self.copier.copy_if_long();
                done
            }
            Err(error) => self.stop(&error.to_string(), done),
        }
    }

    /// Names a log that is new; begins it anew while readers wait.
    fn see_to_log(&mut self, do_readers_wait: bool) -> Result<(), String> {
        if let Some(failure) = self.copier.failure() {
            return Err(failure.clone());
        }
        let told = |error: rusqlite::Error| error.to_string();
        if do_readers_wait {
            // The commit that follows begins the log anew, unless another process reads.
            log::begin_anew(&self.connection, PROGRESS).map_err(told)?;
        }
        if !self.is_log_named {
            log::name_new_log(&self.connection, PROGRESS).map_err(told)?;
            self.is_log_named = true;
        }
        Ok(())
    }

    /// After a failed commit nobody can say what is on disk: a flush is never tried again.
    fn stop(&mut self, error: &str, group: Vec<Done>) -> Vec<Done> {
        let reason = format!("writing failed ({error}); restart the program");
        tracing::error!(%reason, "the ledger stopped");
        drop(self.shared.stopped.set(reason.clone()));
        let unknown = || Err(AppendError::Indeterminate(reason.clone()));
        group.into_iter().map(|(append, _)| (append, unknown())).collect()
    }

    /// Before anything of a group was written.
    fn stop_before(&mut self, error: &str, group: Vec<Append>) -> Vec<Done> {
        let nothing = |append: Append| (append, Err(AppendError::Corrupt(String::new())));
        self.stop(error, group.into_iter().map(nothing).collect())
    }

    fn run_statement(&self, sql: &str) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }

    fn append_one(
        &mut self,
        stream: &StreamId,
        expected: ExpectedRevision,
        new: &[NewRecord],
    ) -> Result<Appended, AppendError> {
        let corrupt = |error: rusqlite::Error| AppendError::Corrupt(error.to_string());
        let head = self.head(stream).map_err(corrupt)?;
        let actual = head.and_then(|head| head.last);
        if ExpectedRevision::after(actual) != expected {
            let there = records_of(&self.connection, stream, expected.first(), new.len())
                .map_err(|error| AppendError::Corrupt(error.to_string()))?;
            return already_appended(&there.iter().collect::<Vec<_>>(), new)
                .ok_or(AppendError::WrongExpectedRevision { expected, actual });
        }
        let number = match head {
            Some(head) => head.number,
            None => self.insert_stream(stream).map_err(corrupt)?,
        };
        let mut revision = expected.first();
        let mut appended = None;
        for record in new {
            let position = Position(self.next);
            self.insert_record(position, number, revision, record).map_err(corrupt)?;
            self.next += 1;
            appended = Some(Appended { position, revision });
            revision = revision.next();
        }
        let appended = appended.ok_or(AppendError::TooLarge { bytes: 0 })?;
        self.heads.put(stream.clone(), Head { number, last: Some(appended.revision) });
        Ok(appended)
    }

    fn head(&mut self, stream: &StreamId) -> Result<Option<Head>, rusqlite::Error> {
        if let Some(head) = self.heads.get(stream) {
            return Ok(Some(*head));
        }
        let sql =
            "SELECT s.number, (SELECT max(r.revision) FROM record r WHERE r.stream = s.number)
                   FROM stream s WHERE s.name = ?1";
        self.connection
            .prepare_cached(sql)?
            .query_row([stream.as_str()], |row| {
                let last = row.get::<_, Option<i64>>(1)?.map(|last| Revision(last as u64));
                Ok(Head { number: row.get(0)?, last })
            })
            .optional()
    }

    fn insert_stream(&self, stream: &StreamId) -> Result<i64, rusqlite::Error> {
        self.connection
            .prepare_cached("INSERT INTO stream (name) VALUES (?1)")?
            .insert([stream.as_str()])
    }

    fn insert_record(
        &mut self,
        position: Position,
        stream: i64,
        revision: Revision,
        record: &NewRecord,
    ) -> Result<(), rusqlite::Error> {
        let sql = "INSERT INTO record (position, stream, revision, bytes) VALUES (?1, ?2, ?3, ?4)";
        self.connection.prepare_cached(sql)?.execute(params![
            position.0 as i64,
            stream,
            revision.0 as i64,
            record.bytes.as_ref(),
        ])?;
        Ok(())
    }
}
