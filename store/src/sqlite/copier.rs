//! Keeping the log short while somebody writes.
//!
//! A thread of its own copies the log into the file, apart from commits. Under steady writing it
//! never reaches the end, and a log begins anew only when all of it was copied and nobody reads
//! in it. So after each such copy the writer itself copies the little that came meanwhile, while
//! our own readers wait, and its next commit overwrites the log from the beginning. Another
//! process that reads keeps the log growing until it is done; nobody waits for it.

use super::log;
use rusqlite::Connection;
use rusqlite::hooks::Wal;
use std::ffi::c_int;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, OnceLock, RwLock};
use std::thread;

/// Pages after which the log is copied: of 8 KB each, so that it stays below 64 MB. A copy flushes
/// a page of the index for each stream written to, which commits feel: the fewer the better.
const COPY_EVERY_PAGES: usize = if cfg!(test) { 768 } else { 5_120 };
/// What the writer itself copies at most, in pages: a matter of some milliseconds.
const REST_PAGES_MAX: i64 = 512;

pub(super) struct Copier {
    wake: SyncSender<()>,
    /// True once nearly all of the log was copied.
    is_short: Arc<AtomicBool>,
    failure: Arc<OnceLock<String>>,
    gate: Arc<RwLock<()>>,
    /// In the log, after the last commit.
    pages: Arc<AtomicUsize>,
    /// In the log when the last copy was asked for.
    pages_at_copy: usize,
}

impl Copier {
    /// Starts the thread for the log that `writer` writes. It ends with this value.
    pub(super) fn start(
        path: &Path,
        writer: &mut Connection,
        gate: Arc<RwLock<()>>,
    ) -> Result<Self, super::OpenError> {
        let pages = Arc::new(AtomicUsize::new(0));
        let told = Arc::clone(&pages);
        writer.wal_hook(Some(move |_: &mut Wal, in_log: c_int| {
            told.store(usize::try_from(in_log).unwrap_or_default(), Ordering::Relaxed);
            Ok(())
        }))?;
        let connection = Connection::open(path)?;
        log::never_copy_on_close(&connection)?;
        let (wake, inbox) = mpsc::sync_channel(1);
        let is_short = Arc::new(AtomicBool::new(false));
        let failure = Arc::new(OnceLock::new());
        let (told, failed) = (Arc::clone(&is_short), Arc::clone(&failure));
        thread::Builder::new()
            .name("ledger-log".to_owned())
            .spawn(move || {
                while inbox.recv().is_ok() {
                    if let Err(error) = copy(&connection, &told) {
                        drop(failed.set(error.to_string()));
                        return;
                    }
                }
            })
            .map_err(|error| super::OpenError::Directory(path.to_owned(), error))?;
        Ok(Self { wake, is_short, failure, gate, pages, pages_at_copy: 0 })
    }

    /// Why the log could not be copied. Nothing is lost, but a flush that failed is not tried again.
    pub(super) fn failure(&self) -> Option<&String> {
        self.failure.get()
    }

    /// After a commit.
    pub(super) fn copy_if_long(&mut self) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.pages_at_copy {
            // It began anew.
            self.pages_at_copy = 0;
        }
        if pages - self.pages_at_copy > COPY_EVERY_PAGES {
            self.pages_at_copy = pages;
            // Full means that it is about to run anyway.
            let _ = self.wake.try_send(());
        }
    }

    /// What our readers hold while they read.
    pub(super) fn gate(&self) -> Arc<RwLock<()>> {
        Arc::clone(&self.gate)
    }

    /// Whether nearly all of the log was copied: true once after each time.
    pub(super) fn is_short(&self) -> bool {
        self.is_short.swap(false, Ordering::AcqRel)
    }
}

fn copy(connection: &Connection, is_short: &AtomicBool) -> Result<(), rusqlite::Error> {
    // What came while the first copy ran is little, and the second copy takes most of that.
    log::copy(connection)?;
    if log::copy(connection)?.is_some_and(|left| left <= REST_PAGES_MAX) {
        is_short.store(true, Ordering::Release);
    }
    Ok(())
}
