//! Providers that carry messages to people: mail servers, and services that send text messages.

pub mod sms;
pub mod smtp;

use std::fmt::Display;

/// Where a provider of text messages reports what came of one, as Twilio's API does.
pub const SMS_REPORTS: &str = "/webhooks/sms";
/// Where one of mails does, as Mailgun's API does.
pub const MAIL_REPORTS: &str = "/webhooks/mail";
/// In the address of a report: which message it is about.
pub const MESSAGE: &str = "message";

/// Why a provider did not take a message.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It never will.
    #[error("{0}")]
    Refused(String),
    /// It may later.
    #[error("{0}")]
    Unreachable(String),
}

/// Where what came of a text message is to be reported. Not answered, it is to be reported again (what
/// stands behind `#` tells the provider so).
pub fn sms_report_address(home: &str, message: &impl Display) -> String {
    format!("{home}{SMS_REPORTS}?{MESSAGE}={message}#rc=5&rp=all")
}
