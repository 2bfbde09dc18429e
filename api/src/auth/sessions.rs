//! Sessions: opaque tokens stored as hashes, with an idle and an absolute end.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{SessionId, SubjectId};
use store::vault::{Session, VaultError, new_token};
use store::{Store, chance};

/// A clock that is set right by less than this was never wrong.
pub const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);

/// Whom a session is for: one of merchants opens nothing of staff, and the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Portal,
    Console,
}

impl Audience {
    /// As the vault writes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Console => "console",
        }
    }

    /// How long a session may lie idle, and how long it may last.
    fn limits(self) -> (TimeDelta, TimeDelta) {
        match self {
            Self::Portal => (TimeDelta::hours(1), TimeDelta::hours(12)),
            Self::Console => (TimeDelta::minutes(30), TimeDelta::hours(8)),
        }
    }
}

/// A session that begins.
pub struct NewSession {
    pub subject: SubjectId,
    pub audience: Audience,
    /// Of the subject: once that has grown, the session no longer counts.
    pub generation: u32,
    /// The browser, as it named itself.
    pub device: String,
}

/// Opens a session and answers its token, which is shown nowhere else.
pub async fn open(store: &Store, new: NewSession, at: DateTime<Utc>) -> Result<String, VaultError> {
    let token = new_token(store.chance.as_ref());
    let session = Session {
        id: chance::id::<SessionId>(store.chance.as_ref(), at),
        subject: new.subject,
        audience: new.audience.code().to_owned(),
        generation: new.generation,
        created_at: at,
        last_seen_at: at,
        proof: None,
        device: new.device,
    };
    store.vault.put_session(&token, &session).await?;
    Ok(token)
}

/// Whether a session counts at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Counts,
    /// It has ended, or is another audience's.
    Over,
    /// Begun or seen in the future, it would outlive its limits: a clock was wrong then.
    OfFuture,
}

pub fn standing(session: &Session, audience: Audience, at: DateTime<Utc>) -> Standing {
    let (idle, absolute) = audience.limits();
    if session.last_seen_at.max(session.created_at) - at > CLOCKS_DIFFER {
        return Standing::OfFuture;
    }
    let is_over = at - session.last_seen_at > idle || at - session.created_at > absolute;
    if session.audience != audience.code() || is_over { Standing::Over } else { Standing::Counts }
}
