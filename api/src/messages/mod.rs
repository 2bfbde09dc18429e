//! Which messages an event owes, to whom, and what they say in French and English: one file per room.

mod api_keys;
mod bank_account;
mod client_file;
mod contacts;
mod contract;
mod id;
mod registration;
mod review;
#[cfg(test)]
pub mod samples;
mod services;
mod staff;
pub mod texts;
mod user;

pub use id::{MessageId, Stream};

use crate::app::App;
use crate::error::Error;
use chrono::{DateTime, Utc};
use domain::messages::{Addressed, Letter, Medium, Template};
use domain::user::State as UserState;
use domain::values::{Email, FreeText, Language, Mobile};
use domain::{Event, Id, MerchantId, StaffId, SubjectId, UserId, merchant};
use store::aggregate::{MERCHANT, STAFF, USER, id_of};
use store::{AsOf, EmailClaim, Merchant, Recorded, User};
use texts::{Day, Reached, Text, What};

/// A message ready to be sent.
#[derive(Clone)]
pub struct Message {
    pub template: Template,
    pub to: Address,
    /// Whose it is: what was said is forgotten with them.
    pub whose: SubjectId,
    /// Who it goes to of several who may not be the same when it is tried again; `None` where its place
    /// among the event's messages tells.
    pub recipient: Option<usize>,
    pub language: Language,
    pub subject: String,
    pub body: String,
    /// What opens something, and stands nowhere but in what is sent: the token of a link, a code.
    pub secret: Option<String>,
    /// After this it says nothing useful any more.
    pub pointless_after: Option<DateTime<Utc>>,
}

/// In the place of a secret.
const HIDDEN: &str = "[…]";

impl Message {
    /// What is kept of it.
    pub fn addressed(&self) -> Addressed {
        let hide = |text: &str| match &self.secret {
            Some(secret) => text.replace(secret, HIDDEN),
            None => text.to_owned(),
        };
        let text = |text: &str| FreeText::recorded(hide(text).trim());
        let letter = Letter {
            to: FreeText::recorded(self.to.as_str()),
            language: self.language,
            subject: (!self.subject.is_empty()).then(|| text(&self.subject)),
            text: text(&self.body),
        };
        Addressed { recipient: self.whose, letter }
    }
}

#[derive(Clone)]
pub enum Address {
    Email(Email),
    Mobile(Mobile),
}

domain::hidden!(Message);

impl Address {
    pub fn medium(&self) -> Medium {
        match self {
            Self::Email(_) => Medium::Email,
            Self::Mobile(_) => Medium::Sms,
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Mobile(mobile) => mobile.as_str(),
        }
    }
}

/// What is owed, or that it was owed to somebody who is forgotten.
pub enum Owed {
    Message(Box<Message>),
    Forgotten(Template, Medium),
}

impl Owed {
    pub fn template(&self) -> Template {
        match self {
            Self::Message(message) => message.template,
            Self::Forgotten(template, _) => *template,
        }
    }

    pub fn medium(&self) -> Medium {
        match self {
            Self::Message(message) => message.to.medium(),
            Self::Forgotten(_, medium) => *medium,
        }
    }

    pub fn recipient(&self) -> Option<usize> {
        match self {
            Self::Message(message) => message.recipient,
            Self::Forgotten(..) => None,
        }
    }

    fn addressed(mut self, recipient: usize) -> Self {
        if let Self::Message(message) = &mut self {
            message.recipient = Some(recipient);
        }
        self
    }
}

/// A message to the owner.
type OwnerText = (Template, Text);

/// By which media, and whether it is a one-time code.
type Owes = &'static [(Medium, bool)];
const NOTHING: Owes = &[];
const MAIL: Owes = &[(Medium::Email, false)];
const CODE: Owes = &[(Medium::Sms, true)];
/// To whomever it may concern, by mail and by SMS: one that hangs holds up no other.
const EVERYWHERE: Owes = &[(Medium::Email, false), (Medium::Sms, false)];

/// By which media an event owes messages, and whether that is a one-time code, as far as can be said
/// without its personal data.
pub fn owes(app: &App, recorded: &Recorded) -> Owes {
    match &recorded.event {
        Event::User(event) => user::owes(event),
        Event::Merchant(merchant::Event::Contract(event)) => contract::owes(event),
        Event::Merchant(merchant::Event::BankAccount(event)) => {
            bank_account::template(event).map_or(NOTHING, |_| EVERYWHERE)
        }
        Event::Merchant(event) => {
            let id = id_of::<MerchantId>(&recorded.stream, MERCHANT);
            id.and_then(|id| owner_text(app, id, event)).map_or(NOTHING, |_| MAIL)
        }
        Event::Staff(domain::staff::Event::Invited { .. }) => MAIL,
        Event::Staff(_) | Event::EmailClaim(_) | Event::Looks(_) => NOTHING,
    }
}

/// The messages that an event owes.
pub async fn owed(app: &App, recorded: &Recorded) -> Result<Vec<Owed>, Error> {
    let stream = &recorded.stream;
    match &recorded.event {
        Event::User(event) => match id_of::<UserId>(stream, USER) {
            Some(id) => user::owed(app, id, recorded, event).await,
            None => Ok(vec![]),
        },
        Event::Merchant(event) => match id_of::<MerchantId>(stream, MERCHANT) {
            Some(id) => to_merchant(app, id, recorded, event).await,
            None => Ok(vec![]),
        },
        Event::Staff(domain::staff::Event::Invited { profile, language, link, by, .. }) => {
            // The first administrator's link was printed on the terminal.
            let id = id_of::<StaffId>(stream, STAFF).filter(|_| by.is_some());
            match id {
                Some(id) => staff::invitation(app, id, profile, *language, *link),
                None => Ok(vec![]),
            }
        }
        Event::Staff(_) | Event::EmailClaim(_) | Event::Looks(_) => Ok(vec![]),
    }
}

async fn to_merchant(
    app: &App,
    id: MerchantId,
    recorded: &Recorded,
    event: &merchant::Event,
) -> Result<Vec<Owed>, Error> {
    if let merchant::Event::BankAccount(event) = event {
        return bank_account::owed(app, id, recorded, event).await;
    }
    if let merchant::Event::Contract(event) = event {
        let state = app.store.load::<Merchant>(id, AsOf::Now).await?.state;
        return contract::owed(app, id, &state, event);
    }
    let Some((template, text)) = owner_text(app, id, event) else { return Ok(vec![]) };
    let state = app.store.load::<Merchant>(id, AsOf::Now).await?.state;
    let Some(owner) = state.account.owner else { return Ok(vec![]) };
    let user = app.store.load::<User>(owner, AsOf::Now).await?.state;
    let language = language_of(&user);
    let Some(email) = user.email.as_ref().and_then(|email| email.known()) else {
        return Ok(vec![Owed::Forgotten(template, Medium::Email)]);
    };
    Ok(vec![mail(template, (owner.into(), email.clone()), language, &text)?])
}

/// What the owner is told; `None` if nothing is owed.
fn owner_text(app: &App, id: MerchantId, event: &merchant::Event) -> Option<OwnerText> {
    use merchant::Event;
    match event {
        Event::Registration(event) => registration::text(event),
        Event::ClientFile(event) => client_file::text(event),
        Event::Review(event) => review::text(&app.public_url, id, event),
        Event::Services(event) => services::text(event),
        Event::ApiKeys(event) => api_keys::text(event),
        Event::BankAccount(_) | Event::Contract(_) | Event::Messages(_) => None,
    }
}

fn link_url(app: &App, page: &str, token: &str) -> String {
    format!("{}/{page}?token={token}", app.public_url)
}

fn mail(
    template: Template,
    (whose, to): (SubjectId, Email),
    language: Language,
    text: &Text,
) -> Result<Owed, Error> {
    let secret = text.secret().map(str::to_owned);
    let text = text.render(language).map_err(Error::internal)?;
    let (subject, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    Ok(Owed::Message(Box::new(Message {
        template,
        to: Address::Email(to),
        whose,
        recipient: None,
        language,
        subject: subject.to_owned(),
        body: format!("{body}\n"),
        secret,
        pointless_after: None,
    })))
}

/// What is said by every address by which somebody is or was reached.
struct Everywhere {
    mail: Text,
    sms: Text,
}

/// One message to each of them: whoever took one over does not have the others. An address that somebody
/// else has proved to be theirs by now is theirs.
async fn tell_everywhere(
    app: &App,
    template: Template,
    (id, user): (UserId, &UserState),
    at: DateTime<Utc>,
    said: Everywhere,
) -> Result<Vec<Owed>, Error> {
    let language = language_of(user);
    let mut owed = vec![];
    for address in contacts::addresses(user, at) {
        let recipient = app.recipient(address.as_str());
        let message = match address {
            Address::Email(email) if is_of_another(app, id, &email).await? => continue,
            Address::Email(email) => mail(template, (id.into(), email), language, &said.mail)?,
            Address::Mobile(mobile) => {
                sms(template, (id.into(), mobile), language, &said.sms, None)?
            }
        };
        owed.push(message.addressed(recipient));
    }
    if owed.is_empty() {
        owed.push(Owed::Forgotten(template, Medium::Email));
    }
    Ok(owed)
}

/// Whoever only asked for an account with it has proved nothing, and must not silence who is told.
async fn is_of_another(app: &App, id: UserId, email: &Email) -> Result<bool, Error> {
    for key in app.email_keys(email) {
        let holder = app.store.load::<EmailClaim>(key, AsOf::Now).await?.state.holder;
        let Some(holder) = holder.filter(|holder| *holder != id.into()) else { continue };
        let other = UserId::from_uuid(holder.uuid());
        if app.store.load::<User>(other, AsOf::Now).await?.state.is_email_verified {
            return Ok(true);
        }
    }
    Ok(false)
}

fn language_of(user: &UserState) -> Language {
    user.language.unwrap_or(Language::French)
}

fn mobile_of(user: &UserState) -> Option<Mobile> {
    user.profile.as_ref().and_then(|profile| profile.known()).map(|profile| profile.mobile.clone())
}

fn sms(
    template: Template,
    (whose, to): (SubjectId, Mobile),
    language: Language,
    text: &Text,
    pointless_after: Option<DateTime<Utc>>,
) -> Result<Owed, Error> {
    Ok(Owed::Message(Box::new(Message {
        template,
        to: Address::Mobile(to),
        whose,
        recipient: None,
        language,
        subject: String::new(),
        body: text.render(language).map_err(Error::internal)?,
        secret: text.secret().map(str::to_owned),
        pointless_after,
    })))
}

/// A one-time code. `what` it is for stands first, so that nobody enters it for something else.
fn one_time_code(
    template: Template,
    to: (SubjectId, Mobile),
    language: Language,
    code: String,
    what: What,
    expires_at: DateTime<Utc>,
) -> Result<Owed, Error> {
    sms(template, to, language, &Text::CodeSms { code, what }, Some(expires_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_opens_something_is_kept_of_a_message() {
        let (whose, mut kept) = (SubjectId::from_u128(1), 0);
        for text in samples::all() {
            for language in [Language::French, Language::English] {
                let to = Email::recorded("marie@example.com");
                let owed = mail(Template::FileApproved, (whose, to), language, &text).unwrap();
                let Owed::Message(message) = owed else { panic!("forgotten") };
                let letter = message.addressed().letter;
                let subject = letter.subject.as_ref().map_or("", |subject| subject.as_str());
                let words = format!("{subject} {}", letter.text.as_str());
                for secret in ["AZNKXHsufQ-hssPU5fYHGA", "123456"] {
                    assert!(!words.contains(secret), "{words}");
                }
                kept += usize::from(words.contains(HIDDEN));
                assert_eq!(text.secret().is_some(), words.contains(HIDDEN), "{words}");
            }
        }
        assert!(kept > 30, "{kept}");
    }
}
