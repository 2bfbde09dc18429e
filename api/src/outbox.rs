//! Messages on their way: those of development and the demonstration, which go nowhere else and are
//! shown at /dev/mailbox, and how long others have been waiting.

use chrono::{DateTime, Utc};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

const OUTBOX_MAX: usize = 2_000;

/// A message as the development mailbox shows it.
#[derive(Clone, serde::Serialize)]
pub struct Posted {
    pub at: DateTime<Utc>,
    pub to: String,
    pub medium: &'static str,
    pub template: &'static str,
    pub language: &'static str,
    pub subject: String,
    pub body: String,
}

/// The newest messages.
#[derive(Clone, Default)]
pub struct Outbox(Arc<Mutex<VecDeque<Posted>>>);

impl Outbox {
    pub fn post(&self, posted: Posted) {
        let mut posts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        posts.push_front(posted);
        posts.truncate(OUTBOX_MAX);
    }

    /// The newest first.
    pub fn posts(&self) -> Vec<Posted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// The messages that have to wait: since when the oldest was owed, and why the last attempt failed.
#[derive(Clone, Debug, Default)]
pub struct Unsent {
    pub since: Option<DateTime<Utc>>,
    pub why: Option<String>,
}
