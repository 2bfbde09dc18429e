//! A document handed in: its kind, its dates, and what became of it.

use crate::values::FreeText;
use crate::{DocumentId, ItemId, PersonId, Personal};
use chrono::NaiveDate;

codes! {
    pub enum DocumentKind {
        /// Kbis, RNE certificate, or the SIRENE notice of an association.
        RegistrationExtract = "registration_extract",
        IdentityDocument = "identity_document",
        /// RIB.
        BankDetails = "bank_details",
        ArticlesOfAssociation = "articles_of_association",
        PowerOfAttorney = "power_of_attorney",
        ProofOfAddress = "proof_of_address",
        OwnershipRegister = "ownership_register",
        Other = "other",
    }
}

impl DocumentKind {
    pub fn french(self) -> &'static str {
        match self {
            Self::RegistrationExtract => "extrait d'immatriculation (Kbis, RNE ou SIRENE)",
            Self::IdentityDocument => "pièce d'identité",
            Self::BankDetails => "RIB",
            Self::ArticlesOfAssociation => "statuts",
            Self::PowerOfAttorney => "pouvoir",
            Self::ProofOfAddress => "justificatif de domicile",
            Self::OwnershipRegister => "registre des bénéficiaires effectifs",
            Self::Other => "autre document",
        }
    }

    pub fn english(self) -> &'static str {
        match self {
            Self::RegistrationExtract => "registration extract (Kbis, RNE or SIRENE)",
            Self::IdentityDocument => "identity document",
            Self::BankDetails => "bank details (RIB)",
            Self::ArticlesOfAssociation => "articles of association",
            Self::PowerOfAttorney => "power of attorney",
            Self::ProofOfAddress => "proof of address",
            Self::OwnershipRegister => "register of beneficial owners",
            Self::Other => "another document",
        }
    }
}

codes! {
    /// What the bytes are, whatever the file's name says.
    pub enum MediaType {
        Pdf = "application/pdf",
        Jpeg = "image/jpeg",
        Png = "image/png",
    }
}

codes! {
    pub enum DocumentStatus {
        Submitted = "submitted",
        Accepted = "accepted",
        Refused = "refused",
        Superseded = "superseded",
        Withdrawn = "withdrawn",
    }
}

codes! {
    /// Why a document was refused, in words the merchant may read.
    pub enum DocumentRefusal {
        Unreadable = "unreadable",
        Incomplete = "incomplete",
        OutOfDate = "out_of_date",
        WrongDocument = "wrong_document",
        DoesNotMatch = "does_not_match",
    }
}

impl DocumentRefusal {
    pub fn french(self) -> &'static str {
        match self {
            Self::Unreadable => "Le document est illisible.",
            Self::Incomplete => "Il manque une page ou un côté du document.",
            Self::OutOfDate => "Le document n'est plus en cours de validité.",
            Self::WrongDocument => "Ce n'est pas le document demandé.",
            Self::DoesNotMatch => "Le document ne correspond pas aux informations saisies.",
        }
    }

    pub fn english(self) -> &'static str {
        match self {
            Self::Unreadable => "The document cannot be read.",
            Self::Incomplete => "A page or a side of the document is missing.",
            Self::OutOfDate => "The document is out of date.",
            Self::WrongDocument => "This is not the document that was asked for.",
            Self::DoesNotMatch => "The document does not match what was entered.",
        }
    }
}

/// A document as somebody hands it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    pub submitted: SubmittedDocument,
    pub dates: DocumentDates,
}

/// A document as it was submitted. The bytes are a sealed blob outside the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmittedDocument {
    pub id: DocumentId,
    pub kind: DocumentKind,
    pub person: Option<PersonId>,
    pub media_type: MediaType,
    /// Size of the document itself, in bytes.
    pub size: u64,
    /// SHA-256 of the sealed blob.
    pub sealed_sha256: [u8; 32],
    /// The item of an additional-documents request that this answers.
    pub answers: Option<ItemId>,
}

/// What is printed on a document. Of a person's papers they are the person's: two dates of an identity
/// card nearly single it out.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct DocumentDates {
    pub issued_on: Option<NaiveDate>,
    pub expires_on: Option<NaiveDate>,
}

crate::hidden!(DocumentDates);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub submitted: SubmittedDocument,
    /// Not known once the merchant is forgotten.
    pub dates: Personal<DocumentDates>,
    pub status: DocumentStatus,
    pub refusal: Option<DocumentRefusal>,
    /// What the officer wrote to the merchant about it.
    pub refusal_text: Option<FreeText>,
}

impl Document {
    /// Whether it still counts: neither replaced nor taken back.
    pub fn is_current(&self) -> bool {
        match self.status {
            DocumentStatus::Submitted | DocumentStatus::Accepted | DocumentStatus::Refused => true,
            DocumentStatus::Superseded | DocumentStatus::Withdrawn => false,
        }
    }
}
