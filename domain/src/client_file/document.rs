//! A document handed in: its kind, its dates, and what became of it.

use crate::values::FreeText;
use crate::{DocumentId, ItemId, PersonId, Personal};
use chrono::NaiveDate;

codes! {
    pub enum DocumentKind {
        /// Kbis, RNE certificate, or the SIRENE notice of an association.
        RegistrationExtract = "registration_extract", "registration extract (Kbis, RNE or SIRENE)", "extrait d'immatriculation (Kbis, RNE ou SIRENE)";
        IdentityDocument = "identity_document", "identity document", "pièce d'identité";
        /// RIB.
        BankDetails = "bank_details", "bank details (RIB)", "RIB";
        ArticlesOfAssociation = "articles_of_association", "articles of association", "statuts";
        PowerOfAttorney = "power_of_attorney", "power of attorney", "pouvoir";
        ProofOfAddress = "proof_of_address", "proof of address", "justificatif de domicile";
        OwnershipRegister = "ownership_register", "register of beneficial owners", "registre des bénéficiaires effectifs";
        Other = "other", "another document", "autre document";
    }
}

codes! {
    /// What the bytes are, whatever the file's name says.
    pub enum MediaType {
        Pdf = "application/pdf", "PDF", "PDF";
        Jpeg = "image/jpeg", "JPEG", "JPEG";
        Png = "image/png", "PNG", "PNG";
    }
}

codes! {
    pub enum DocumentStatus {
        Submitted = "submitted", "handed in, not looked at yet", "remis, pas encore examiné";
        Accepted = "accepted", "accepted", "accepté";
        Refused = "refused", "refused", "refusé";
        Superseded = "superseded", "replaced by another", "remplacé par un autre";
        Withdrawn = "withdrawn", "taken back", "retiré";
    }
}

codes! {
    /// Why a document was refused, in words the merchant may read.
    pub enum DocumentRefusal {
        Unreadable = "unreadable", "The document cannot be read.", "Le document est illisible.";
        Incomplete = "incomplete", "A page or a side of the document is missing.", "Il manque une page ou un côté du document.";
        OutOfDate = "out_of_date", "The document is out of date.", "Le document n'est plus en cours de validité.";
        WrongDocument = "wrong_document", "This is not the document that was asked for.", "Ce n'est pas le document demandé.";
        DoesNotMatch = "does_not_match", "The document does not match what was entered.", "Le document ne correspond pas aux informations saisies.";
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
