//! The shapes of the client file's events.

use super::wire::{Code, Day, Id, List, Text, Time, Wire, group};
use super::{DecodeError, Opens, read_personal, room};
use domain::client_file::{
    CompanyDetails, DocumentDates, Event, Ownership, PayoutAccount, PersonDetails,
    SubmittedDocument,
};
use domain::values::Address;
use serde::{Deserialize, Serialize};

group! { Address1 of Address { street: String, postal_code: Text, city: String, country: Text } }

group! { CompanyDetails1 of CompanyDetails {
    siret: Text, vat_number: Option<Text>, address: Address1, registered_on: Day,
    website: Option<String>,
} }

group! { PersonDetails1 of PersonDetails {
    first_name: Text, last_name: Text, birth_date: Day, birth_place: String, nationality: Text,
    address: Address1, email: Text, mobile: Text,
} }

group! { Ownership1 of Ownership { person: Id, capital: u32, votes: u32, has_control: bool } }

group! { PayoutAccount1 of PayoutAccount { iban: Text, holder: Text } }

group! { Document2 of SubmittedDocument {
    id: Id, kind: Code, person: Option<Id>, media_type: Code, size: u64, sealed_sha256: [u8; 32],
    answers: Option<Id>,
} }

group! { DocumentDates1 of DocumentDates { issued_on: Option<Day>, expires_on: Option<Day> } }

/// A document with its dates, which had them in clear.
#[derive(Serialize, Deserialize)]
pub struct Document1 {
    id: Id,
    kind: Code,
    person: Option<Id>,
    media_type: Code,
    size: u64,
    sealed_sha256: [u8; 32],
    issued_on: Option<Day>,
    expires_on: Option<Day>,
    answers: Option<Id>,
}

room! { Event {
    "client_file.company_recorded" 1 CompanyRecorded {}
        sealed { details: CompanyDetails1 => owner }
    "client_file.person_recorded" 1 PersonRecorded { person: Id }
        sealed { details: PersonDetails1 => person }
    "client_file.person_role_set" 1 PersonRoleSet { person: Id, roles: List<Code> }
    "client_file.person_removed" 1 PersonRemoved { person: Id }
    "client_file.ownership_declared" 2 OwnershipDeclared {}
        sealed { holdings: List<Ownership1> => owner }
    "client_file.payout_account_recorded" 2 PayoutAccountRecorded {}
        sealed { account: PayoutAccount1 => owner }
    "client_file.document_submitted" 2 DocumentSubmitted { document: Document2 }
        sealed { dates: DocumentDates1 => owner }
    "client_file.document_superseded" 1 DocumentSuperseded { document: Id, by: Id }
    "client_file.document_withdrawn" 1 DocumentWithdrawn { document: Id }
    "client_file.submitted" 1 Submitted { answer_expected_by: Time }
    "client_file.withdrawn" 1 Withdrawn {}
} earlier {
    "client_file.ownership_declared" 1 OwnershipDeclared1 { holdings: List<Ownership1> }
        => ownership_declared_1
    "client_file.payout_account_recorded" 1 PayoutAccountRecorded1 { last_four: String }
        sealed { account: PayoutAccount1 => owner }
        => payout_account_recorded_1
    "client_file.document_submitted" 1 DocumentSubmitted1 { document: Document1 }
        => document_submitted_1
} }

/// The first version had the shares in clear.
fn ownership_declared_1(
    facts: facts::OwnershipDeclared1,
    _: &dyn Opens,
) -> Result<Event, DecodeError> {
    let holdings: Vec<Ownership> = facts.holdings.read()?;
    Ok(Event::OwnershipDeclared { holdings: holdings.into() })
}

/// The first version had the last digits in clear, too, which stand in the account.
fn payout_account_recorded_1(
    _: facts::PayoutAccountRecorded1,
    personal: &dyn Opens,
) -> Result<Event, DecodeError> {
    let account = read_personal::<PayoutAccount1, _>(personal, "account")?;
    Ok(Event::PayoutAccountRecorded { account })
}

/// The first version had the dates in clear.
fn document_submitted_1(
    facts: facts::DocumentSubmitted1,
    _: &dyn Opens,
) -> Result<Event, DecodeError> {
    let document = facts.document;
    let dates = DocumentDates {
        issued_on: document.issued_on.read()?,
        expires_on: document.expires_on.read()?,
    };
    Ok(Event::DocumentSubmitted {
        document: SubmittedDocument {
            id: document.id.read()?,
            kind: document.kind.read()?,
            person: document.person.read()?,
            media_type: document.media_type.read()?,
            size: document.size,
            sealed_sha256: document.sealed_sha256,
            answers: document.answers.read()?,
        },
        dates: dates.into(),
    })
}

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::{day, id, time};
    use domain::client_file::{DocumentKind, MediaType, PersonRole};
    use domain::values::{
        Country, Email, Iban, LegalName, Mobile, Nationality, PersonName, PostalCode, Share, Siret,
        VatNumber,
    };

    fn address() -> Address {
        Address {
            street: "12 rue des Lilas".to_owned(),
            postal_code: PostalCode::recorded("75011"),
            city: "Paris".to_owned(),
            country: Country::recorded("FR"),
        }
    }

    pub fn all() -> Vec<Event> {
        vec![
            Event::CompanyRecorded {
                details: CompanyDetails {
                    siret: Siret::recorded("73282932000074"),
                    vat_number: Some(VatNumber::recorded("FR44732829320")),
                    address: address(),
                    registered_on: day(2019, 3, 4),
                    website: Some("https://example.com".to_owned()),
                }
                .into(),
            },
            Event::PersonRecorded {
                person: id(11),
                details: PersonDetails {
                    first_name: PersonName::recorded("Marie"),
                    last_name: PersonName::recorded("Exemple"),
                    birth_date: day(1969, 12, 31),
                    birth_place: "Lyon".to_owned(),
                    nationality: Nationality::recorded("IT"),
                    address: address(),
                    email: Email::recorded("marie@example.com"),
                    mobile: Mobile::recorded("+33612345678"),
                }
                .into(),
            },
            Event::PersonRoleSet {
                person: id(12),
                roles: [PersonRole::Representative, PersonRole::BeneficialOwner].into(),
            },
            Event::PersonRemoved { person: id(13) },
            ownership_declared(),
            payout_account_recorded(),
            document_submitted(),
            Event::DocumentSuperseded { document: id(19), by: id(20) },
            Event::DocumentWithdrawn { document: id(21) },
            Event::Submitted { answer_expected_by: time(7_200) },
            Event::Withdrawn,
        ]
    }

    fn ownership_declared() -> Event {
        let holding = |person, capital, votes, has_control| Ownership {
            person: id(person),
            capital: Share::recorded(capital),
            votes: Share::recorded(votes),
            has_control,
        };
        let holdings = vec![holding(14, 333_333, 500_000, true), holding(15, 1_000, 2_000, false)];
        Event::OwnershipDeclared { holdings: holdings.into() }
    }

    fn payout_account_recorded() -> Event {
        let account = PayoutAccount {
            iban: Iban::recorded("FR1420041010050500013M02606"),
            holder: LegalName::recorded("Atelier du Lac"),
        };
        Event::PayoutAccountRecorded { account: account.into() }
    }

    fn document_submitted() -> Event {
        let dates =
            DocumentDates { issued_on: Some(day(2020, 1, 2)), expires_on: Some(day(2030, 1, 3)) };
        Event::DocumentSubmitted {
            document: SubmittedDocument {
                id: id(16),
                kind: DocumentKind::IdentityDocument,
                person: Some(id(17)),
                media_type: MediaType::Png,
                size: 123_456,
                sealed_sha256: [0xa1; 32],
                answers: Some(id(18)),
            },
            dates: dates.into(),
        }
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        vec![
            ("client_file.ownership_declared", 1, ownership_declared()),
            ("client_file.payout_account_recorded", 1, payout_account_recorded()),
            ("client_file.document_submitted", 1, document_submitted()),
        ]
    }
}
