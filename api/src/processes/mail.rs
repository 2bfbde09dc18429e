//! A message as a mail: the same words as plain text and as HTML, well formed for every reader.

use super::courier::SendError;
use super::messages::Message;
use super::outcomes::MessageId;
use askama::Template;
use chrono::{DateTime, Utc};
use domain::Coded;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use std::error::Error;

/// Who wrote this is a program: nobody's holiday reply is due to it (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    language: &'static str,
    subject: &'a str,
    /// Of lines, of words.
    paragraphs: Vec<Vec<Vec<&'a str>>>,
}

impl Html<'_> {
    fn is_link(word: &str) -> bool {
        word.starts_with("https://") || word.starts_with("http://")
    }
}

/// `at`: when it is sent.
pub fn of(
    message: &Message,
    id: &MessageId,
    from: &Mailbox,
    to: &str,
    at: DateTime<Utc>,
) -> Result<lettre::Message, SendError> {
    let unwritable = |error: &dyn Error| SendError::Refused(error.to_string());
    let paragraphs = message.body.trim().split("\n\n");
    let html = Html {
        language: message.language.code(),
        subject: &message.subject,
        paragraphs: paragraphs
            .map(|lines| lines.lines().map(|line| line.split(' ').collect()).collect())
            .collect(),
    };
    let html = html.render().map_err(|error| unwritable(&error))?;
    let parts = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, message.body.clone()))
        .singlepart(part(ContentType::TEXT_HTML, html));
    lettre::Message::builder()
        .from(from.clone())
        .to(to.parse().map_err(|error| unwritable(&error))?)
        // The same cause makes the same id, so that a mail sent twice is recognised as one.
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .date(at.into())
        .subject(message.subject.clone())
        .header(AutoSubmitted)
        .multipart(parts)
        .map_err(|error| unwritable(&error))
}

fn part(kind: ContentType, text: String) -> SinglePart {
    SinglePart::builder().header(kind).body(text)
}
