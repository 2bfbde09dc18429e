//! Who may try to sign in, and what is known of whence they try.
//!
//! A device is known by a cookie that it got when somebody signed in; everybody else by where they
//! are. What follows from wrong attempts, `domain::sign_in` says.

use super::links::Links;
use super::sessions::cookie_named;
use crate::app::App;
use crate::error::Problem;
use crate::limits::{Client, ClientAddress};
use axum::http::HeaderMap;
use domain::sign_in::{Attempt, Lock};
use domain::{Id, LinkId, SubjectId};
use store::chance;
use store::vault::mac;
use uuid::Uuid;

const COOKIE: &str = "__Host-greffe_device";
const COOKIE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// An attempt to sign in to one account, counted as wrong until it turns out to be right.
pub struct Guarded {
    subject: SubjectId,
    source: Uuid,
    pub attempt: Attempt,
    device: Option<LinkId>,
}

/// Counts the attempt. `None` while strangers are locked out: then nothing is counted, nor recorded.
pub fn enter(
    app: &App,
    subject: SubjectId,
    lock: &Lock,
    headers: &HeaderMap,
    address: ClientAddress,
) -> Result<Option<Guarded>, Problem> {
    let at = app.clock.now();
    let device = known_device(&app.links, subject, headers);
    if device.is_none() && lock.is_on(at) {
        return Ok(None);
    }
    let source = match device {
        Some(device) => device.uuid(),
        None => source_of(app, address)?,
    };
    let is_known_device = device.is_some();
    let failures = app.store.vault.attempt(subject, source, is_known_device, at)?;
    Ok(Some(Guarded { subject, source, attempt: Attempt { is_known_device, failures }, device }))
}

impl Guarded {
    /// The attempt left a trace in the ledger.
    pub fn was_recorded(&self, app: &App) {
        app.store.vault.attempt_was_recorded(self.subject, self.source, app.clock.now());
    }

    /// Somebody has signed in: the cookie by which their device is known from now on.
    pub fn was_right(&self, app: &App) -> String {
        app.store.vault.attempt_was_right(self.subject, self.source);
        let device =
            self.device.unwrap_or_else(|| chance::id(app.store.chance.as_ref(), app.clock.now()));
        let token = app.links.device(self.subject, device);
        format!(
            "{COOKIE}={token}; Path=/; Max-Age={COOKIE_SECONDS}; Secure; HttpOnly; SameSite=Lax"
        )
    }
}

fn known_device(links: &Links, subject: SubjectId, headers: &HeaderMap) -> Option<LinkId> {
    links.read_device(subject, &cookie_named(headers, COOKIE)?)
}

/// Where somebody is, unreadably.
fn source_of(app: &App, address: ClientAddress) -> Result<Uuid, Problem> {
    let secret = app.store.vault.secret("sources")?;
    let name = Client::at(address.ip).to_string();
    Ok(Uuid::new_v5(&Uuid::nil(), &mac(&secret, &[name.as_bytes()])))
}
