//! What may be asked of a client file, and the refusals in order.

use super::{CompanyDetails, NewDocument, Ownership, PayoutAccount, PersonDetails, PersonRole};
use crate::{DocumentId, PersonId};
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub enum Command {
    RecordCompany {
        details: CompanyDetails,
    },
    RecordPerson {
        person: PersonId,
        details: PersonDetails,
        roles: BTreeSet<PersonRole>,
    },
    RemovePerson {
        person: PersonId,
    },
    DeclareOwnership {
        holdings: Vec<Ownership>,
    },
    RecordPayoutAccount {
        account: PayoutAccount,
    },
    /// `replaces` names the document that this one stands in for.
    SubmitDocument {
        document: NewDocument,
        replaces: Option<DocumentId>,
    },
    WithdrawDocument {
        document: DocumentId,
    },
    Withdraw,
}

refusals! {
    pub enum Refusal {
        Locked = "client_file_locked", "The file has been sent to our teams; only documents they ask for can be added.", "Le dossier a été envoyé à nos équipes ; seuls les documents demandés peuvent être ajoutés.";
        SiretOfAnotherCompany = "siret_of_another_company", "The SIRET must start with the company's SIREN.", "Le SIRET doit commencer par le SIREN de l'entreprise.";
        RegisteredInFuture = "registered_in_future", "The registration date is in the future.", "La date d'immatriculation est dans le futur.";
        BirthDateOutOfRange = "birth_date_out_of_range", "A person is between 0 and 120 years old.", "Une personne a entre 0 et 120 ans.";
        RoleMissing = "person_role_missing", "Say whether this person is a representative, a delegate or a beneficial owner.", "Indiquez si cette personne est représentant légal, délégataire ou bénéficiaire effectif.";
        TooManyPeople = "too_many_people", "A file holds at most 50 people.", "Un dossier comporte au plus 50 personnes.";
        UnknownPerson = "unknown_person", "There is no such person in the file.", "Cette personne n'est pas dans le dossier.";
        PersonListedTwice = "person_listed_twice", "Each person stands once in the ownership.", "Chaque personne figure une fois dans la répartition.";
        OwnershipOverWhole = "ownership_over_whole", "The shares add up to more than 100 percent.", "La somme des parts dépasse 100 %.";
        UnknownDocument = "unknown_document", "There is no such document in the file.", "Ce document n'est pas dans le dossier.";
        UnknownItem = "unknown_item", "This request item does not exist.", "Cet élément n'a pas été demandé.";
        KindNotAccepted = "document_kind_not_accepted", "This kind of document does not answer that item.", "Cette sorte de document ne répond pas à cette demande.";
        PersonNeeded = "document_needs_person", "Say whose document this is.", "Indiquez à qui appartient ce document.";
        DocumentTooLarge = "document_too_large", "A document has at most 10 MB.", "Un document pèse au plus 10 Mo.";
        TooManyDocuments = "too_many_documents", "A file holds at most 200 documents.", "Un dossier comporte au plus 200 documents.";
        IdentityDatesNeeded = "identity_dates_needed", "Give the dates of issue and expiry of the identity document.", "Indiquez les dates de délivrance et d'expiration de la pièce d'identité.";
        IdentityDatesImplausible = "identity_dates_implausible", "An identity document expires after its date of issue, within twenty years. Check both dates; for one that never expires, hand in another.", "Une pièce d'identité expire après sa délivrance, dans les vingt ans. Vérifiez les deux dates ; pour une pièce sans expiration, remettez-en une autre.";
        IdentityExpired = "identity_document_expired", "The identity document must be in date.", "La pièce d'identité doit être en cours de validité.";
        IssuedInFuture = "document_issued_in_future", "The date of issue is in the future.", "La date de délivrance est dans le futur.";
        ExtractDateNeeded = "extract_date_needed", "Give the date of the registration extract.", "Indiquez la date de l'extrait d'immatriculation.";
        ExtractTooOld = "extract_too_old", "The registration extract must be at most three months old.", "L'extrait d'immatriculation doit dater de moins de trois mois.";
        DocumentDecided = "document_decided", "This document was accepted or refused; replace it instead.", "Ce document a déjà été accepté ou refusé ; remplacez-le.";
        FileDecided = "client_file_decided", "The file has been decided; it can no longer be withdrawn.", "Le dossier a fait l'objet d'une décision ; il ne peut plus être retiré.";
    }
}
