//! Processes: they read the ledger's order and act on it with messages, timers and follow-ups.

mod courier;
pub mod integrity;
mod mail;
pub mod mailer;
mod owed;
pub mod reveals;
pub mod timers;

use store::Recorded;

/// In which something happens that follows an event.
fn span_after(name: &'static str, cause: &Recorded) -> tracing::Span {
    tracing::info_span!(
        "following",
        what = name,
        stream = cause.stream.as_str(),
        causation_id = %cause.metadata.event_id,
        correlation_id = %cause.metadata.correlation_id.simple(),
    )
}
