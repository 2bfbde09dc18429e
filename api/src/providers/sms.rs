//! Text messages by a provider over HTTP: the message resource of Twilio's API, which several
//! providers answer as well.

use super::SendError;
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// How long the provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the API says of a recipient that it will never reach (its error codes): no such number, not a
/// mobile, unsubscribed, or not in a country that the account serves.
const NEVER: [u32; 7] = [21_211, 21_217, 21_265, 21_408, 21_610, 21_612, 21_614];

/// An account with a provider.
pub struct SmsProvider {
    client: Client,
    messages: Url,
    account: String,
    token: String,
    from: String,
}

/// What an answer that is no success may say.
#[derive(Deserialize)]
struct Complaint {
    code: Option<u32>,
}

impl SmsProvider {
    /// `https://ACCOUNT:TOKEN@api.twilio.com`, and the number or the messaging service (`MG…`) that
    /// messages come from. `None` if it is something else.
    pub fn parse(text: &str, from: &str) -> Option<Self> {
        let mut url = Url::parse(text).ok()?;
        let (account, token) = (url.username().to_owned(), url.password()?.to_owned());
        let is_whole = matches!(url.scheme(), "https" | "http") && !account.is_empty();
        if !is_whole || token.is_empty() || from.is_empty() {
            return None;
        }
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
        let messages = url.join(&format!("/2010-04-01/Accounts/{account}/Messages.json")).ok()?;
        let client = Client::builder().timeout(PATIENCE).build().ok()?;
        Some(Self { client, messages, account, token, from: from.to_owned() })
    }

    /// With which the provider signs its reports.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// `reports`: where the provider tells later what came of it.
    pub async fn send(&self, to: &str, text: &str, reports: Option<&str>) -> Result<(), SendError> {
        let is_service = self.from.starts_with("MG");
        let sender = if is_service { "MessagingServiceSid" } else { "From" };
        let mut form = vec![("To", to), (sender, self.from.as_str()), ("Body", text)];
        form.extend(reports.map(|address| ("StatusCallback", address)));
        let asking = self.client.post(self.messages.clone()).form(&form);
        let answer = asking.basic_auth(&self.account, Some(&self.token)).send().await;
        // The address holds the account's name.
        let answer = answer.map_err(|error| wait(error.without_url().to_string()))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let complaint = answer.json::<Complaint>().await.ok().and_then(|complaint| complaint.code);
        Err(judge(status, complaint))
    }
}

/// What follows from an answer that is no success: only what is said of the recipient is final.
fn judge(status: StatusCode, complaint: Option<u32>) -> SendError {
    let reason = match complaint {
        Some(code) => format!("the SMS provider answers {status}, {code}"),
        None => format!("the SMS provider answers {status}"),
    };
    if status == StatusCode::BAD_REQUEST && complaint.is_some_and(|code| NEVER.contains(&code)) {
        SendError::Refused(reason)
    } else {
        SendError::Unreachable(reason)
    }
}

fn wait(reason: String) -> SendError {
    SendError::Unreachable(format!("the SMS provider cannot be reached: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_an_address() {
        let from = "+33700000000";
        let provider = SmsProvider::parse("https://AC1:secret@api.twilio.com", from).unwrap();
        let address = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json";
        assert_eq!(provider.messages.as_str(), address);
        for wrong in ["", "https://api.twilio.com", "https://AC1@api.twilio.com", "smtp://a:b@c"] {
            assert!(SmsProvider::parse(wrong, from).is_none(), "{wrong}");
        }
        assert!(SmsProvider::parse("https://AC1:secret@api.twilio.com", "").is_none());
    }

    #[test]
    fn only_what_is_said_of_the_recipient_is_final() {
        let judged = |status: u16, code| {
            matches!(judge(StatusCode::from_u16(status).unwrap(), code), SendError::Refused(_))
        };
        assert!(judged(400, Some(21_211)));
        // Our account, our sender, too many, their trouble.
        for (status, code) in [
            (401, Some(20_003)),
            (400, Some(21_606)),
            (429, Some(20_429)),
            (503, None),
            (400, None),
        ] {
            assert!(!judged(status, code), "{status} {code:?}");
        }
    }
}
