//! What providers report later of messages that they took: that they arrived, or could not be
//! delivered. Each report is signed by who sends it, and becomes an outcome in the ledger.

use crate::app::App;
use crate::call::Call;
use crate::error::Problem;
use crate::processes::outcomes::{self, MessageId};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use domain::Coded;
use domain::messages::{Command, Failure, Medium};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha1::Sha1;
use sha2::Sha256;
use url::{Url, form_urlencoded};

/// Of text messages, as Twilio's API reports them.
pub const SMS: &str = "/webhooks/sms";
/// Of mails, as Mailgun reports them.
pub const MAIL: &str = "/webhooks/mail";

/// A report is small, and strangers may send some too.
pub const BYTES_MAX: usize = 32 * 1024;
const FIELDS_MAX: usize = 100;

/// In the address of a report: which message it is about.
const MESSAGE: &str = "message";
/// How old a signature may be, and how far ahead of our clock.
const AGE_SECONDS_MAX: i64 = 15 * 60;
const AHEAD_SECONDS_MAX: i64 = 60;

pub fn router() -> Router<App> {
    Router::new().route(SMS, post(sms)).route(MAIL, post(mail))
}

/// Where the provider of text messages reports what came of one; `None` where we have no address that
/// it could reach. Not answered, it is to report again (what stands behind `#` tells it so).
pub fn sms_address(app: &App, id: &MessageId) -> Option<String> {
    let home = app.config.public_url.as_ref()?;
    Some(format!("{home}{SMS}?{MESSAGE}={id}#rc=5&rp=all"))
}

/// Signed with the account's token: the address, then each field's name and value, by name.
async fn sms(
    State(app): State<App>,
    call: Call,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let provider = app.sms.as_ref().ok_or_else(Problem::not_found)?;
    let home = app.config.public_url.as_deref().ok_or_else(Problem::not_found)?;
    let fields = form_urlencoded::parse(&body).into_owned().take(FIELDS_MAX + 1);
    let mut fields: Vec<_> = fields.collect();
    if fields.len() > FIELDS_MAX {
        return Err(wrong_signature());
    }
    fields.sort();
    let mut signed = format!("{home}{uri}");
    signed.extend(fields.iter().flat_map(|(name, value)| [name.as_str(), value]));
    let signature = headers.get("x-twilio-signature").map(|value| value.as_bytes());
    let signature = signature.and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
    let mac =
        Hmac::<Sha1>::new_from_slice(provider.token().as_bytes()).map_err(Problem::internal)?;
    mac.chain_update(signed).verify_slice(&signature).map_err(|_| wrong_signature())?;

    let address = Url::parse(&format!("{home}{uri}")).map_err(|_| unknown_message())?;
    let message = address.query_pairs().find(|(name, _)| name == MESSAGE);
    let id = message.and_then(|(_, id)| id.parse().ok()).ok_or_else(unknown_message)?;
    let status = fields.iter().find(|(name, _)| name == "MessageStatus");
    let has_arrived = match status.map(|(_, status)| status.as_str()) {
        Some("delivered" | "read") => true,
        Some("undelivered" | "failed") => false,
        // On its way.
        Some(_) | None => return Ok(StatusCode::NO_CONTENT),
    };
    record(&app, &call, id, Medium::Sms, has_arrived).await
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct MailReport {
    signature: Signature,
    event_data: EventData,
}

#[derive(Deserialize)]
struct Signature {
    timestamp: String,
    token: String,
    signature: String,
}

#[derive(Deserialize)]
struct EventData {
    event: String,
    /// `permanent` or `temporary`, of a failure.
    severity: Option<String>,
    message: Option<AboutMessage>,
}

#[derive(Deserialize)]
struct AboutMessage {
    headers: MessageHeaders,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct MessageHeaders {
    message_id: String,
}

/// Tokens of reports that were taken, with the times in their signatures: a signature covers nothing but
/// these two, so that it must count once.
#[derive(Default)]
pub struct Taken(DashMap<String, i64>);

impl Taken {
    /// Forgets those whose signatures are too old to count again.
    pub fn sweep(&self, now: DateTime<Utc>) {
        self.0.retain(|_, signed_at| now.timestamp() - *signed_at <= AGE_SECONDS_MAX);
    }
}

/// Signed with the key for webhooks: time and token.
async fn mail(State(app): State<App>, call: Call, body: Bytes) -> Result<StatusCode, Problem> {
    let key = app.config.mail_webhook_key.as_deref().ok_or_else(Problem::not_found)?;
    let report: MailReport = serde_json::from_slice(&body).map_err(|_| {
        Problem::malformed("This is no report of a mail.", "Ce n'est pas un rapport d'envoi.")
    })?;
    let Signature { timestamp, token, signature } = report.signature;
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(Problem::internal)?;
    let signature = hex(&signature).unwrap_or_default();
    let mac = mac.chain_update(&timestamp).chain_update(&token);
    mac.verify_slice(&signature).map_err(|_| wrong_signature())?;
    let signed_at: i64 = timestamp.parse().map_err(|_| wrong_signature())?;
    let age = call.at.timestamp().saturating_sub(signed_at);
    let is_timely = (-AHEAD_SECONDS_MAX..=AGE_SECONDS_MAX).contains(&age);
    if !is_timely || app.reports.0.insert(token.clone(), signed_at).is_some() {
        return Err(wrong_signature());
    }
    let taken = take(&app, &call, report.event_data).await;
    if taken.is_err() {
        // The same report may come again.
        app.reports.0.remove(&token);
    }
    taken
}

async fn take(app: &App, call: &Call, data: EventData) -> Result<StatusCode, Problem> {
    let EventData { event, severity, message } = data;
    let has_arrived = match (event.as_str(), severity.as_deref()) {
        ("delivered", _) => true,
        ("failed", Some("permanent")) => false,
        // It is tried again, was opened, was clicked: nothing that we keep.
        _ => return Ok(StatusCode::OK),
    };
    let id = message.map(|message| message.headers.message_id).unwrap_or_default();
    let id = id.trim_matches(['<', '>']).rsplit_once('@').and_then(|(id, _)| id.parse().ok());
    record(app, call, id.ok_or_else(foreign_message)?, Medium::Email, has_arrived).await
}

async fn record(
    app: &App,
    call: &Call,
    id: MessageId,
    medium: Medium,
    has_arrived: bool,
) -> Result<StatusCode, Problem> {
    if !outcomes::is_settled(app, &id).await? {
        return Err(unknown_message());
    }
    let MessageId { cause, template, .. } = id;
    let command = if has_arrived {
        Command::RecordDelivered { cause, template, medium }
    } else {
        tracing::warn!(%template, %medium, "a message could not be delivered");
        Command::RecordFailed { cause, template, medium, failure: Failure::Undelivered }
    };
    app.metrics.message(medium.code(), if has_arrived { "delivered" } else { "undelivered" });
    outcomes::report(app, &id, command, call.correlation_id).await?;
    Ok(StatusCode::OK)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn wrong_signature() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "wrong_signature",
        "The signature is not that of our provider, or it is too old.",
        "La signature n'est pas celle de notre prestataire, ou elle est trop ancienne.",
    )
}

/// It never will be ours: Mailgun does not report again what is answered so.
fn foreign_message() -> Problem {
    Problem { status: StatusCode::NOT_ACCEPTABLE, ..unknown_message() }
}

/// It may not be recorded yet that it was sent: whoever reports again will find it.
fn unknown_message() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown_message",
        "It is not recorded that such a message was sent. Report it again later.",
        "L'envoi d'un tel message n'est pas enregistré. Renvoyez ce rapport plus tard.",
    )
}
