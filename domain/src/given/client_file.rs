//! What is written into the client file, and a complete one.

use super::{OWNER, after, date, day, france, id, in_test, request_services};
use crate::client_file::{
    Command, CompanyDetails, DocumentDates, DocumentKind, Event, MediaType, NewDocument, Ownership,
    PayoutAccount, PersonDetails, PersonRole, SubmittedDocument,
};
use crate::services::Service;
use crate::values::{
    Address, Email, Iban, LegalName, Mobile, Nationality, PersonName, PostalCode, Share, Siret,
};
use crate::{PersonId, Personal, merchant};
use std::collections::BTreeSet;

pub fn address() -> Address {
    Address {
        street: Address::parse_line("3 quai des Essais").unwrap(),
        postal_code: PostalCode::parse("75010", france()).unwrap(),
        city: Address::parse_line("Paris").unwrap(),
        country: france(),
    }
}

pub fn company() -> CompanyDetails {
    CompanyDetails {
        siret: Siret::parse("73282932000074").unwrap(),
        vat_number: None,
        address: address(),
        registered_on: date("2024-03-01"),
        website: None,
    }
}

pub fn details(first_name: &str) -> PersonDetails {
    PersonDetails {
        first_name: PersonName::parse(first_name).unwrap(),
        last_name: PersonName::parse("Exemple").unwrap(),
        birth_date: date("1985-05-05"),
        birth_place: "Lille".to_owned(),
        nationality: Nationality::parse("FR").unwrap(),
        address: address(),
        email: Email::parse("zoe@example.com").unwrap(),
        mobile: Mobile::parse("06 12 34 56 78").unwrap(),
    }
}

pub fn payout_account() -> PayoutAccount {
    PayoutAccount {
        iban: Iban::parse("FR7630006000011234567890189").unwrap(),
        holder: LegalName::parse("Atelier du Canal").unwrap(),
    }
}

/// Zoé and her associate in the file.
pub fn zoe() -> PersonId {
    id(21)
}

pub fn associate() -> PersonId {
    id(22)
}

pub fn whole_of(person: PersonId) -> Ownership {
    share_of(person, "100")
}

pub fn share_of(person: PersonId, percent: &str) -> Ownership {
    let share = Share::parse(percent).unwrap();
    Ownership { person, capital: share, votes: share, has_control: false }
}

pub const EXTRACT: u128 = 31;
pub const IDENTITY: u128 = 32;
pub const BANK: u128 = 33;
pub const ARTICLES: u128 = 34;

/// A document with the dates that its kind needs.
pub fn document(number: u128, kind: DocumentKind) -> NewDocument {
    let submitted = SubmittedDocument {
        id: id(number),
        kind,
        person: kind.is_about_person().then(zoe),
        media_type: MediaType::Pdf,
        size: 100_000,
        sealed_sha256: [0; 32],
        answers: None,
    };
    dated(submitted, Some("2026-10-01"), Some("2031-10-01"))
}

/// A document with other dates.
pub fn dated(
    submitted: SubmittedDocument,
    issued_on: Option<&str>,
    expires_on: Option<&str>,
) -> NewDocument {
    let dates = DocumentDates { issued_on: issued_on.map(date), expires_on: expires_on.map(date) };
    NewDocument { submitted, dates }
}

/// A document that is otherwise in something.
pub fn with(mut document: NewDocument, change: impl FnOnce(&mut SubmittedDocument)) -> NewDocument {
    change(&mut document.submitted);
    document
}

pub fn submit(document: NewDocument) -> Command {
    Command::SubmitDocument { document, replaces: None }
}

pub fn represents() -> BTreeSet<PersonRole> {
    [PersonRole::Representative, PersonRole::BeneficialOwner].into()
}

pub fn record_person(person: PersonId, first_name: &str) -> Command {
    Command::RecordPerson { person, details: details(first_name), roles: represents() }
}

pub fn answer(number: u128, kind: DocumentKind, item: u128) -> Command {
    submit(with(document(number, kind), |new| new.answers = Some(id(item))))
}

/// Everything the file needs, so that the contract can be presented.
pub fn complete() -> Vec<merchant::Event> {
    let owner = OWNER.at(day(1));
    let mut events = in_test();
    for command in [
        Command::RecordCompany { details: company() },
        record_person(zoe(), "Zoé"),
        Command::DeclareOwnership { holdings: vec![whole_of(zoe())] },
        Command::RecordPayoutAccount { account: payout_account() },
        submit(document(EXTRACT, DocumentKind::RegistrationExtract)),
        submit(document(IDENTITY, DocumentKind::IdentityDocument)),
        submit(document(BANK, DocumentKind::BankDetails)),
        submit(document(ARTICLES, DocumentKind::ArticlesOfAssociation)),
    ] {
        events = after(events, owner, command);
    }
    after(events, owner, request_services([Service::PaymentLink]))
}

/// The same history with everything about its people erased.
pub fn forgotten(events: Vec<merchant::Event>) -> Vec<merchant::Event> {
    events
        .into_iter()
        .map(|event| match event {
            merchant::Event::ClientFile(Event::PersonRecorded { person, .. }) => {
                Event::PersonRecorded { person, details: Personal::Forgotten }.into()
            }
            other => other,
        })
        .collect()
}
