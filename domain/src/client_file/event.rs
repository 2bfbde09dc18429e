//! What can have happened to a client file.

use super::{DocumentDates, DocumentKind, NewDocument, SubmittedDocument};
use crate::values::{
    Address, Email, Iban, LegalName, Mobile, Nationality, PersonName, Share, Siret, VatNumber,
};
use crate::{DocumentId, PersonId, Personal};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    CompanyRecorded {
        details: Personal<CompanyDetails>,
    },
    PersonRecorded {
        person: PersonId,
        details: Personal<PersonDetails>,
    },
    PersonRoleSet {
        person: PersonId,
        roles: BTreeSet<PersonRole>,
    },
    PersonRemoved {
        person: PersonId,
    },
    OwnershipDeclared {
        holdings: Personal<Vec<Ownership>>,
    },
    PayoutAccountRecorded {
        account: Personal<PayoutAccount>,
    },
    DocumentSubmitted {
        document: SubmittedDocument,
        dates: Personal<DocumentDates>,
    },
    DocumentSuperseded {
        document: DocumentId,
        by: DocumentId,
    },
    DocumentWithdrawn {
        document: DocumentId,
    },
    /// Follows from the last signature; there is no separate button.
    Submitted {
        answer_expected_by: DateTime<Utc>,
    },
    Withdrawn,
}

#[derive(Clone, PartialEq, Eq)]
pub struct CompanyDetails {
    pub siret: Siret,
    pub vat_number: Option<VatNumber>,
    pub address: Address,
    pub registered_on: NaiveDate,
    pub website: Option<String>,
}

crate::hidden!(CompanyDetails);

#[derive(Clone, PartialEq, Eq)]
pub struct PersonDetails {
    pub first_name: PersonName,
    pub last_name: PersonName,
    pub birth_date: NaiveDate,
    pub birth_place: String,
    pub nationality: Nationality,
    pub address: Address,
    pub email: Email,
    pub mobile: Mobile,
}

crate::hidden!(PersonDetails);

impl PersonDetails {
    pub fn full_name(&self) -> String {
        PersonName::full(&self.first_name, &self.last_name)
    }
}

codes! {
    pub enum PersonRole {
        /// May bind the company, and so signs (choice A5).
        Representative = "representative", "representative", "représentant légal";
        /// Signs with a power of attorney.
        Delegate = "delegate", "delegate", "délégataire";
        BeneficialOwner = "beneficial_owner", "beneficial owner", "bénéficiaire effectif";
    }
}

/// What one person holds of the company, directly and indirectly.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    pub person: PersonId,
    pub capital: Share,
    pub votes: Share,
    /// Control by other means (L233-3 of the commercial code, 3° and 4°).
    pub has_control: bool,
}

crate::hidden!(Ownership);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutAccount {
    pub iban: Iban,
    pub holder: LegalName,
}

impl Event {
    /// Whether this changes what an officer judges. A document's kind does not matter: any new
    /// paper is a new fact.
    pub fn changes_file(&self) -> bool {
        match self {
            Self::CompanyRecorded { .. }
            | Self::PersonRecorded { .. }
            | Self::PersonRoleSet { .. }
            | Self::PersonRemoved { .. }
            | Self::OwnershipDeclared { .. }
            | Self::PayoutAccountRecorded { .. }
            | Self::DocumentSubmitted { .. }
            | Self::DocumentSuperseded { .. }
            | Self::DocumentWithdrawn { .. } => true,
            Self::Submitted { .. } | Self::Withdrawn => false,
        }
    }
}

impl Ownership {
    /// A declaration without a document kind is still judged by its largest share.
    pub fn largest(&self) -> Share {
        self.capital.max(self.votes)
    }
}

impl From<NewDocument> for Event {
    fn from(new: NewDocument) -> Self {
        Self::DocumentSubmitted { document: new.submitted, dates: new.dates.into() }
    }
}

impl DocumentKind {
    /// Whether the document is about a person rather than the company.
    pub fn is_about_person(self) -> bool {
        match self {
            Self::IdentityDocument | Self::ProofOfAddress | Self::PowerOfAttorney => true,
            Self::RegistrationExtract
            | Self::BankDetails
            | Self::ArticlesOfAssociation
            | Self::OwnershipRegister
            | Self::Other => false,
        }
    }
}
