//! What providers report later of messages that they took: that they arrived, or could not be
//! delivered. Each report is signed by who sends it, and becomes an outcome in the ledger.

use crate::app::App;
use crate::auth::signatures::{MailSignature, WrongSignature, check_sms};
use crate::http::problem::Kind;
use crate::http::{Declared, Door, Problem};
use crate::limits::Limit;
use crate::messages::MessageId;
use crate::providers::{MAIL_REPORTS, MESSAGE, SMS_REPORTS};
use crate::use_cases::{Call, messages};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use domain::Coded;
use domain::messages::{Command, Failure, Medium};
use serde::Deserialize;
use url::{Url, form_urlencoded};

/// A report is small, and strangers may send some too.
const BYTES_MAX: usize = 32 * 1024;
const FIELDS_MAX: usize = 100;

pub fn router(app: &App) -> Router<App> {
    let routes = Router::new().route(SMS_REPORTS, post(sms)).route(MAIL_REPORTS, post(mail));
    let declared = Declared { limit: Limit::None, body_bytes_max: BYTES_MAX, ..Declared::PUBLIC };
    Door::new(app, declared).before_plain(routes)
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
    let address = format!("{home}{uri}");
    let signature = headers.get("x-twilio-signature").map(|value| value.as_bytes());
    check_sms(provider.token(), &address, &fields, signature.unwrap_or_default())?;

    let address = Url::parse(&address).map_err(|_| unknown_message())?;
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

/// Signed with the key for webhooks: time and token.
async fn mail(State(app): State<App>, call: Call, body: Bytes) -> Result<StatusCode, Problem> {
    let key = app.config.mail_webhook_key.as_deref().ok_or_else(Problem::not_found)?;
    let report: MailReport = serde_json::from_slice(&body).map_err(|_| {
        Problem::malformed("This is no report of a mail.", "Ce n'est pas un rapport d'envoi.")
    })?;
    let Signature { timestamp, token, signature } = report.signature;
    let given = MailSignature { timestamp: &timestamp, token: &token, signature: &signature };
    app.signatures.take(key, &given, call.at)?;
    let taken = take(&app, &call, report.event_data).await;
    if taken.is_err() {
        // The same report may come again.
        app.signatures.give_back(&token);
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
    if !messages::is_settled(app, &id).await? {
        return Err(unknown_message());
    }
    let MessageId { cause, template, .. } = id;
    let command = if has_arrived {
        Command::RecordDelivered { cause, template, medium }
    } else {
        tracing::warn!(%template, %medium, "a message could not be delivered");
        Command::RecordFailed {
            cause,
            template,
            medium,
            failure: Failure::Undelivered,
            addressed: None,
        }
    };
    app.metrics.message(medium.code(), if has_arrived { "delivered" } else { "undelivered" });
    messages::report(app, &id, command, call.correlation_id).await?;
    Ok(StatusCode::OK)
}

impl From<WrongSignature> for Problem {
    fn from(_: WrongSignature) -> Self {
        wrong_signature()
    }
}

fn wrong_signature() -> Problem {
    Problem::of(Kind::WrongSignature)
}

/// It never will be ours: Mailgun does not report again what is answered so.
fn foreign_message() -> Problem {
    Problem { status: StatusCode::NOT_ACCEPTABLE, ..unknown_message() }
}

/// It may not be recorded yet that it was sent: whoever reports again will find it.
fn unknown_message() -> Problem {
    Problem::of(Kind::UnknownMessage)
}
