//! Sessions in use, kept in memory: who is signed in is asked with every request.
//!
//! A session that ends or changes is changed here once that is flushed. What was read before such a
//! change is not remembered after it.

use super::sessions::Session;
use chrono::{DateTime, Utc};
use domain::strong_authentication::Proof;
use domain::{SessionId, SubjectId};
use lru::LruCache;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Some 50 MB; whoever was not seen for the longest time is read from the vault the next time. A zero would not compile.
const SESSIONS_MAX: NonZeroUsize = NonZeroUsize::new(100_000).unwrap();

pub(super) type TokenHash = [u8; 32];

pub(super) struct SignedIn(Mutex<Sessions>);

struct Sessions {
    changes: u64,
    by_token: LruCache<TokenHash, Session>,
    by_id: HashMap<SessionId, TokenHash>,
}

/// How many changes a reader knows of.
pub(super) struct Before(u64);

impl SignedIn {
    pub(super) fn new() -> Self {
        let by_token = LruCache::new(SESSIONS_MAX);
        Self(Mutex::new(Sessions { changes: 0, by_token, by_id: HashMap::new() }))
    }

    pub(super) fn get(&self, token: &TokenHash) -> Option<Session> {
        self.sessions().by_token.get(token).cloned()
    }

    /// Asked before the vault is read.
    pub(super) fn before_reading(&self) -> Before {
        Before(self.sessions().changes)
    }

    pub(super) fn found(&self, token: TokenHash, session: &Session, before: Before) {
        let mut sessions = self.sessions();
        if sessions.changes != before.0 {
            return;
        }
        sessions.by_id.insert(session.id, token);
        if let Some((gone, other)) = sessions.by_token.push(token, session.clone())
            && gone != token
        {
            sessions.by_id.remove(&other.id);
        }
    }

    pub(super) fn ended(&self, id: SessionId) {
        let mut sessions = self.sessions();
        sessions.changes += 1;
        if let Some(token) = sessions.by_id.remove(&id) {
            sessions.by_token.pop(&token);
        }
    }

    pub(super) fn proved(&self, id: SessionId, proof: Proof) {
        let mut sessions = self.sessions();
        sessions.changes += 1;
        let Some(token) = sessions.by_id.get(&id).copied() else { return };
        if let Some(session) = sessions.by_token.get_mut(&token) {
            session.last_seen_at = proof.at;
            session.proof = Some(proof);
        }
    }

    pub(super) fn seen(&self, id: SessionId, at: DateTime<Utc>) {
        let mut sessions = self.sessions();
        sessions.changes += 1;
        let Some(token) = sessions.by_id.get(&id).copied() else { return };
        if let Some(session) = sessions.by_token.get_mut(&token) {
            session.last_seen_at = session.last_seen_at.max(at);
        }
    }

    /// Everything of a subject that is forgotten.
    pub(super) fn forget(&self, subject: SubjectId) {
        let mut sessions = self.sessions();
        sessions.changes += 1;
        let of_subject = |(_, session): &(&TokenHash, &Session)| session.subject == subject;
        let gone: Vec<_> =
            sessions.by_token.iter().filter(of_subject).map(|(token, s)| (*token, s.id)).collect();
        for (token, id) in gone {
            sessions.by_token.pop(&token);
            sessions.by_id.remove(&id);
        }
    }

    pub(super) fn forget_everybody(&self) {
        let mut sessions = self.sessions();
        sessions.changes += 1;
        sessions.by_token.clear();
        sessions.by_id.clear();
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
