//! Who may try to sign in, and what is known of whence they try.
//!
//! A device is known by a token that it got when somebody signed in; everybody else by where they
//! are. What follows from wrong attempts, `domain::sign_in` says.

use super::{Call, Error};
use crate::app::App;
use crate::client::Client;
use chrono::{DateTime, Utc};
use domain::sign_in::{Attempt, Failures, Lock};
use domain::{Id, LinkId, SubjectId};
use store::chance;
use store::vault::{Origin, mac};
use uuid::Uuid;

/// An attempt to sign in to one account.
pub struct Guarded {
    from: Origin,
    device: Option<LinkId>,
    at: DateTime<Utc>,
}

/// Whence somebody tries. `None` while strangers are locked out: then nothing is counted, nor
/// recorded.
pub fn enter(
    app: &App,
    call: &Call,
    subject: SubjectId,
    lock: &Lock,
) -> Result<Option<Guarded>, Error> {
    let at = app.clock.now();
    let token = call.evidence.device.as_deref();
    let device = token.and_then(|token| app.links.read_device(subject, token));
    if device.is_none() && lock.is_on(at) {
        return Ok(None);
    }
    let source = match device {
        Some(device) => device.uuid(),
        None => source_of(app, call)?,
    };
    let from = Origin { subject, source, is_known_device: device.is_some() };
    Ok(Some(Guarded { from, device, at }))
}

impl Guarded {
    /// Whether the right password would be taken.
    pub fn is_open(&self, app: &App, lock: &Lock) -> Result<bool, Error> {
        Ok(self.look(app)?.is_open(lock, self.at))
    }

    /// Counts the attempt, unless it is right and will be taken. One that is right must not count
    /// even for a moment: some that come at once would close the source, and so would some while
    /// the ledger does not answer.
    pub fn judge(&self, app: &App, lock: &Lock, is_right: bool) -> Result<Attempt, Error> {
        let seen = self.look(app)?;
        if is_right && seen.is_open(lock, self.at) {
            return Ok(seen);
        }
        Ok(self.attempt(app.store.vault.attempt_was_wrong(self.from, self.at)?))
    }

    fn look(&self, app: &App) -> Result<Attempt, Error> {
        Ok(self.attempt(app.store.vault.failures(self.from, self.at)?))
    }

    fn attempt(&self, failures: Failures) -> Attempt {
        Attempt { is_known_device: self.from.is_known_device, failures }
    }

    /// The attempt left a trace in the ledger.
    pub fn was_recorded(&self, app: &App) {
        app.store.vault.attempt_was_recorded(self.from, self.at);
    }

    /// Somebody has signed in: the token by which their device is known from now on.
    pub fn was_right(&self, app: &App) -> String {
        app.store.vault.attempt_was_right(self.from);
        let device =
            self.device.unwrap_or_else(|| chance::id(app.store.chance.as_ref(), app.clock.now()));
        app.links.device(self.from.subject, device)
    }
}

/// Where somebody is, unreadably.
fn source_of(app: &App, call: &Call) -> Result<Uuid, Error> {
    let secret = app.store.vault.secret("sources")?;
    let name = Client::at(call.evidence.ip_address).to_string();
    Ok(Uuid::new_v5(&Uuid::nil(), &mac(&secret, &[name.as_bytes()])))
}
