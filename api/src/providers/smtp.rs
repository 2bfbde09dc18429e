//! Handing mails to a mail server, one command after the other: what a refusal is about decides
//! what follows from it. The recipient refused is final; our password or our sender is not.

use super::SendError;
use lettre::message::Message;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::{Error, SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use percent_encoding::percent_decode_str;
use std::time::Duration;
use url::Url;

/// How long a mail server may take to say that it would take a mail, and then for the mail: cut off there,
/// it may have taken it, and would get it again (RFC 5321, 4.5.3.2.6, has ten minutes).
const PATIENCE: Duration = Duration::from_secs(20);
const PATIENCE_FOR_MAIL: Duration = Duration::from_secs(180);

/// A mail server, and how it is reached.
pub struct Smtp {
    host: String,
    port: u16,
    encryption: Encryption,
    hello: ClientId,
    credentials: Option<Credentials>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encryption {
    None,
    WhereOffered,
    Required,
    FromTheBeginning,
}

impl Smtp {
    /// `smtps://user:password@host`, or `smtp://…` with `?tls=required` or `?tls=opportunistic`. `None`
    /// if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value);
        let (encryption, usual) = match (url.scheme(), tls.as_deref()) {
            ("smtp", None) => (Encryption::None, SMTP_PORT),
            ("smtp", Some("opportunistic")) => (Encryption::WhereOffered, SUBMISSION_PORT),
            ("smtp", Some("required")) => (Encryption::Required, SUBMISSION_PORT),
            ("smtps", _) => (Encryption::FromTheBeginning, SUBMISSIONS_PORT),
            _ => return None,
        };
        let plain = |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(plain(url.username())?, plain(password)?)),
            None => None,
        };
        let name = url.path().trim_matches('/');
        Some(Self {
            host: url.host_str()?.to_owned(),
            port: url.port().unwrap_or(usual),
            encryption,
            hello: if name.is_empty() {
                ClientId::default()
            } else {
                ClientId::Domain(name.to_owned())
            },
            credentials,
        })
    }

    pub async fn send(&self, mail: &Message) -> Result<(), SendError> {
        let mut connection = in_time(PATIENCE, self.prepare(mail)).await?;
        in_time(PATIENCE_FOR_MAIL, hand_over(&mut connection, mail)).await?;
        // It is taken: how they part changes nothing.
        drop(tokio::time::timeout(PATIENCE, connection.quit()).await);
        Ok(())
    }

    /// Up to the moment when the mail itself is next.
    async fn prepare(&self, mail: &Message) -> Result<AsyncSmtpConnection, SendError> {
        let mut connection = self.connect().await?;
        announce(&mut connection, mail).await?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let unreachable = |error: Error| match error.status() {
            Some(code) => wait(format!("the mail server greets with {code}")),
            None => wait(format!("the mail server cannot be reached: {error}")),
        };
        let tls = || TlsParameters::new(self.host.clone()).map_err(unreachable);
        let at_once = match self.encryption {
            Encryption::FromTheBeginning => Some(tls()?),
            Encryption::None | Encryption::WhereOffered | Encryption::Required => None,
        };
        let server = (self.host.as_str(), self.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, at_once, None);
        let mut connection = connecting.await.map_err(unreachable)?;
        let starts = match self.encryption {
            Encryption::Required => true,
            Encryption::WhereOffered => connection.can_starttls(),
            Encryption::None | Encryption::FromTheBeginning => false,
        };
        if starts {
            connection.starttls(tls()?, &self.hello).await.map_err(unreachable)?;
        }
        if let Some(credentials) = &self.credentials {
            let signed_in = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            signed_in.map_err(|error| said("our user and password", &error))?;
        }
        Ok(connection)
    }
}

async fn announce(connection: &mut AsyncSmtpConnection, mail: &Message) -> Result<(), SendError> {
    let envelope = mail.envelope();
    let is_ascii = envelope.to().iter().all(|recipient| AsRef::<str>::as_ref(recipient).is_ascii());
    let offers_smtputf8 = connection.server_info().supports_feature(Extension::SmtpUtfEight);
    if !is_ascii && !offers_smtputf8 {
        let reason = "the address needs SMTPUTF8, which the mail server does not offer";
        return Err(SendError::Refused(reason.to_owned()));
    }
    let parameters = if is_ascii { vec![] } else { vec![MailParameter::SmtpUtfEight] };
    let sender = Mail::new(envelope.from().cloned(), parameters);
    connection.command(sender).await.map_err(|error| said("our sender", &error))?;
    for recipient in envelope.to() {
        let recipient = Rcpt::new(recipient.clone(), vec![]);
        connection.command(recipient).await.map_err(|error| {
            let reason = said("the recipient", &error);
            if error.is_permanent() { SendError::Refused(reason.to_string()) } else { reason }
        })?;
    }
    connection.command(Data).await.map_err(|error| said("a mail", &error)).map(|_| ())
}

async fn hand_over(connection: &mut AsyncSmtpConnection, mail: &Message) -> Result<(), SendError> {
    let taken = connection.message(&mail.formatted()).await;
    taken.map_err(|error| said("the mail", &error)).map(|_| ())
}

async fn in_time<T>(
    patience: Duration,
    talk: impl Future<Output = Result<T, SendError>>,
) -> Result<T, SendError> {
    let outcome = tokio::time::timeout(patience, talk).await;
    outcome.unwrap_or_else(|_| Err(wait("the mail server does not answer")))
}

/// What the server said, by its number: its words often repeat the recipient's address.
fn said(to_what: &str, error: &Error) -> SendError {
    match error.status() {
        Some(code) => wait(format!("the mail server answers {code} to {to_what}")),
        None => wait(format!("the mail server went away, or answered {to_what} incomprehensibly")),
    }
}

fn wait(reason: impl Into<String>) -> SendError {
    SendError::Unreachable(reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_mail_server_says_how_it_is_reached() {
        let of = |text| {
            let smtp = Smtp::parse(text).unwrap();
            (smtp.port, smtp.encryption, smtp.credentials.is_some())
        };
        assert_eq!(of("smtp://mail.example"), (25, Encryption::None, false));
        assert_eq!(of("smtp://mail.example:2525"), (2525, Encryption::None, false));
        let submission = "smtp://user:p%40ss@mail.example?tls=required";
        assert_eq!(of(submission), (587, Encryption::Required, true));
        assert_eq!(of("smtps://user:x@mail.example"), (465, Encryption::FromTheBeginning, true));
        let offered = "smtp://mail.example?tls=opportunistic";
        assert_eq!(of(offered), (587, Encryption::WhereOffered, false));
        for wrong in ["", "mail.example", "https://mail.example", "smtp://mail.example?tls=maybe"] {
            assert!(Smtp::parse(wrong).is_none(), "{wrong}");
        }
    }
}
