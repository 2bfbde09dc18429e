//! What is asked of a client file.

use super::values::{chosen, date, id};
use super::{Person, document, person};
use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::client_file::{
    Command, CompanyDetails, DocumentDates, DocumentKind, DocumentStatus, MediaType, NewDocument,
    Ownership, PayoutAccount, PersonDetails, PersonRole, SubmittedDocument,
};
use domain::merchant::State;
use domain::values::{
    Address, Country, Email, Iban, LegalName, Mobile, Nationality, PersonName, PostalCode, Share,
    Siret,
};
use domain::{Coded, ItemId, PersonId};
use proptest::prelude::*;
use proptest::sample::select;

#[derive(Clone, Debug)]
pub enum Ask {
    Company {
        day: u32,
    },
    RecordPerson {
        person: u8,
        birth_year: i32,
        roles: u8,
    },
    RemovePerson {
        person: u8,
    },
    Ownership {
        first: u32,
        second: u32,
    },
    Payout,
    Submit {
        document: u8,
        kind: DocumentKind,
        person: u8,
        replaces: u8,
        item: u8,
    },
    /// Sends what the first open item asks for.
    AnswerNext {
        document: u8,
    },
    /// Replaces the first document that was refused by one of its kind.
    ReplaceRefused {
        document: u8,
    },
    WithdrawDocument {
        document: u8,
    },
    Withdraw,
}

pub fn any() -> impl Strategy<Value = Ask> {
    prop_oneof![
        1 => (1..3u32).prop_map(|day| Ask::Company { day }),
        2 => (person(), select(vec![1900, 1985, 2008, 2040]), 0..8u8)
            .prop_map(|(person, birth_year, roles)| Ask::RecordPerson { person, birth_year, roles }),
        1 => person().prop_map(|person| Ask::RemovePerson { person }),
        1 => (0..=1_000_000u32, 0..=1_000_000u32)
            .prop_map(|(first, second)| Ask::Ownership { first, second }),
        1 => Just(Ask::Payout),
        6 => (document(), select(DocumentKind::ALL), person(), 0..24u8, 0..10u8).prop_map(
            |(document, kind, person, replaces, item)| Ask::Submit {
                document, kind, person, replaces, item
            }
        ),
        4 => document().prop_map(|document| Ask::AnswerNext { document }),
        2 => document().prop_map(|document| Ask::ReplaceRefused { document }),
        1 => document().prop_map(|document| Ask::WithdrawDocument { document }),
        1 => Just(Ask::Withdraw),
    ]
}

impl Ask {
    /// From whom it is usually asked, the first or the second of them.
    pub fn usually(&self, _: bool) -> Person {
        Person::Owner
    }

    pub fn command(&self, state: &State, at: DateTime<Utc>) -> Command {
        let today = at.date_naive();
        match *self {
            Self::Company { day } => Command::RecordCompany {
                details: CompanyDetails {
                    siret: Siret::recorded("73282932000074"),
                    vat_number: None,
                    address: address(),
                    registered_on: date(2024, 3, day),
                    website: None,
                },
            },
            Self::RecordPerson { person, birth_year, roles } => Command::RecordPerson {
                person: id(person),
                details: details(birth_year),
                roles: chosen::<PersonRole>(roles),
            },
            Self::RemovePerson { person } => Command::RemovePerson { person: id(person) },
            Self::Ownership { first, second } => Command::DeclareOwnership {
                holdings: [(0, first), (1, second)]
                    .map(|(person, share)| Ownership {
                        person: id(person),
                        capital: Share::recorded(share),
                        votes: Share::recorded(share),
                        has_control: false,
                    })
                    .into_iter()
                    .filter(|holding| state.file.people.contains_key(&holding.person))
                    .collect(),
            },
            Self::Payout => Command::RecordPayoutAccount {
                account: PayoutAccount {
                    iban: Iban::recorded("FR7630006000011234567890189"),
                    holder: LegalName::recorded("Atelier"),
                },
            },
            Self::Submit { document, kind, person, replaces, item } => {
                let person = kind.is_about_person().then(|| id(person));
                let new = new_document(document, kind, person, today);
                Command::SubmitDocument {
                    document: answering(new, (item < 6).then(|| id(item))),
                    replaces: (replaces < 12).then(|| id(replaces)),
                }
            }
            Self::AnswerNext { document } => {
                let open = state.review.items.iter().find(|(_, item)| item.answered_by.is_none());
                let Some((item, open)) = open else {
                    return Command::WithdrawDocument { document: id(99) };
                };
                let kind = *open.asked.kinds.first().unwrap();
                let new = new_document(document, kind, open.asked.person, today);
                submit(answering(new, Some(*item)))
            }
            Self::ReplaceRefused { document } => {
                let refused = state
                    .file
                    .documents
                    .iter()
                    .find(|(_, known)| known.status == DocumentStatus::Refused);
                let Some((replaced, known)) = refused else {
                    return Command::WithdrawDocument { document: id(99) };
                };
                let SubmittedDocument { kind, person, answers, .. } = known.submitted;
                let new = new_document(document, kind, person, today);
                Command::SubmitDocument {
                    document: answering(new, answers),
                    replaces: Some(*replaced),
                }
            }
            Self::WithdrawDocument { document } => {
                Command::WithdrawDocument { document: id(document) }
            }
            Self::Withdraw => Command::Withdraw,
        }
    }
}

fn address() -> Address {
    Address {
        street: "3 quai des Essais".to_owned(),
        postal_code: PostalCode::recorded("75010"),
        city: "Paris".to_owned(),
        country: Country::recorded("FR"),
    }
}

fn details(birth_year: i32) -> PersonDetails {
    PersonDetails {
        first_name: PersonName::recorded("Zoé"),
        last_name: PersonName::recorded("Exemple"),
        birth_date: date(birth_year, 11, 4),
        birth_place: "Lille".to_owned(),
        nationality: Nationality::recorded("FR"),
        address: address(),
        email: Email::recorded("zoe@example.com"),
        mobile: Mobile::recorded("+33612345678"),
    }
}

fn new_document(
    number: u8,
    kind: DocumentKind,
    person: Option<PersonId>,
    now: NaiveDate,
) -> NewDocument {
    NewDocument {
        submitted: SubmittedDocument {
            id: id(number),
            kind,
            person,
            media_type: MediaType::Pdf,
            size: 100_000,
            sealed_sha256: [0; 32],
            answers: None,
        },
        dates: DocumentDates {
            issued_on: now.pred_opt(),
            expires_on: now.checked_add_days(Days::new(900)),
        },
    }
}

fn answering(mut new: NewDocument, answers: Option<ItemId>) -> NewDocument {
    new.submitted.answers = answers;
    new
}

fn submit(document: NewDocument) -> Command {
    Command::SubmitDocument { document, replaces: None }
}
