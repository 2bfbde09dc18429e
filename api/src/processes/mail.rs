//! A message as a mail: the same words as plain text and as HTML, well formed for every reader.

use crate::messages::{Message, MessageId};
use crate::providers::SendError;
use askama::Template as _;
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

#[derive(askama::Template)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Address;
    use domain::messages::Template;
    use domain::values::{Email, Language};
    use uuid::Uuid;

    #[test]
    fn the_same_words_are_there_as_text_and_as_html_and_every_line_is_short() {
        let subject = "Une pièce « Kbis » n'a pu être acceptée : ".repeat(6);
        let to = Email::recorded("marie@example.com");
        let message = Message {
            template: Template::DocumentRefused,
            to: Address::Email(to),
            whose: domain::messages::NOBODY,
            recipient: None,
            language: Language::French,
            subject: subject.trim().to_owned(),
            body: "Bonjour,\n\nLisez <ceci> & cela :\n\nhttps://greffe.example/sign?token=a_b\n"
                .to_owned(),
            secret: None,
            pointless_after: None,
        };
        let (cause, user) = (Uuid::from_u128(7).simple(), Uuid::from_u128(8).simple());
        let id = format!("{cause}.document_refused.0.user.{user}");
        let from = "Équipe <no-reply@greffe.example>".parse().unwrap();
        let at = DateTime::UNIX_EPOCH;
        let mail = of(&message, &id.parse().unwrap(), &from, "marie@example.com", at).unwrap();
        let mail = String::from_utf8(mail.formatted()).unwrap();
        assert!(mail.is_ascii() && mail.split("\r\n").all(|line| line.len() <= 998));
        let (headers, body) = mail.split_once("\r\n\r\n").unwrap();
        for line in headers.split("\r\n").filter(|line| line.contains("=?")) {
            assert!(line.len() <= 76, "{line}");
        }
        for header in ["Auto-Submitted: auto-generated", "Date: Thu, 01 Jan 1970 00:00:00 +0000"] {
            assert!(headers.contains(header), "{headers}");
        }
        assert!(headers.contains(&format!("Message-ID: <{id}@greffe.example>")), "{headers}");
        let body = body.replace("=\r\n", "").replace("=3D", "=");
        for words in ["Lisez <ceci> & cela", "Lisez &#60;ceci&#62; &#38; cela"] {
            assert!(body.contains(words), "{body}");
        }
        assert!(body.contains("<a href=\"https://greffe.example/sign?token="), "{body}");
    }
}
