//! The account's ledger in plain French and English: one sentence per event, one file per room.
//!
//! What a merchant may read and what staff may read are two functions. A merchant's sentence is
//! made without looking at any internal reason, note or decision in the making.

mod api_keys;
mod bank_account;
mod client_file;
mod contract;
mod looks;
mod messages;
mod names;
mod registration;
mod review;
mod services;
mod staff;
mod user;

pub use names::Names;

use domain::email_claim;
use domain::merchant::Event;
use domain::values::Language;

/// One sentence in both languages.
#[derive(Clone, PartialEq, Eq)]
pub struct Sentence {
    pub french: String,
    pub english: String,
}

impl Sentence {
    fn new(french: impl Into<String>, english: impl Into<String>) -> Self {
        Self { french: french.into(), english: english.into() }
    }

    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::French => &self.french,
            Language::English => &self.english,
        }
    }
}

/// What the merchant may read; `None` for what is ours alone.
pub fn for_merchant(event: &Event, names: Names<'_>) -> Option<Sentence> {
    match event {
        Event::Registration(event) => Some(registration::for_merchant(event)),
        Event::Review(event) => review::for_merchant(event, names),
        Event::BankAccount(event) => Some(bank_account::for_merchant(event)),
        Event::ClientFile(_)
        | Event::Contract(_)
        | Event::Services(_)
        | Event::ApiKeys(_)
        | Event::Messages(_) => Some(for_staff(event, names)),
    }
}

/// Whether a merchant may read of an event at all.
pub fn is_for_merchant(event: &Event) -> bool {
    if let Event::Review(event) = event { review::is_for_merchant(event) } else { true }
}

/// What staff may read of any merchant's event.
fn for_staff(event: &Event, names: Names<'_>) -> Sentence {
    match event {
        Event::Registration(event) => registration::for_staff(event),
        Event::ClientFile(event) => client_file::sentence(event, names),
        Event::Contract(event) => contract::sentence(event, names),
        Event::Review(event) => review::for_staff(event, names),
        Event::Services(event) => services::sentence(event),
        Event::ApiKeys(event) => api_keys::sentence(event, names),
        Event::BankAccount(event) => bank_account::for_staff(event, names),
        Event::Messages(event) => messages::sentence(event),
    }
}

/// What is shown of personal data that may be forgotten.
fn shown(known: Option<&str>) -> &str {
    known.unwrap_or("[…]")
}

/// What happened to any stream, for staff.
pub fn for_any(event: &domain::Event, names: Names<'_>) -> Sentence {
    match event {
        domain::Event::Merchant(event) => for_staff(event, names),
        domain::Event::User(event) => user::sentence(event),
        domain::Event::Staff(event) => staff::sentence(event, names),
        domain::Event::Looks(event) => looks::sentence(event, names),
        domain::Event::EmailClaim(email_claim::Event::Claimed { .. }) => {
            Sentence::new("Adresse réservée", "Address claimed")
        }
        domain::Event::EmailClaim(email_claim::Event::Released { .. }) => {
            Sentence::new("Adresse libérée", "Address released")
        }
    }
}
