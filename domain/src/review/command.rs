//! What may be asked in a review, and the refusals in order.

use super::{NewItem, Proposal};
use crate::client_file::{DocumentRefusal, FileVersion};
use crate::values::FreeText;
use crate::{DocumentId, ItemId, StaffId};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub enum Command {
    Take,
    Assign {
        to: StaffId,
    },
    Snooze {
        until: DateTime<Utc>,
    },
    Escalate,
    AddNote {
        note: FreeText,
    },
    AcceptDocument {
        document: DocumentId,
    },
    RefuseDocument {
        document: DocumentId,
        refusal: DocumentRefusal,
        public_text: FreeText,
    },
    RequestDocuments {
        items: Vec<NewItem>,
        explanations: BTreeMap<ItemId, FreeText>,
    },
    Propose {
        proposal: Proposal,
        file_version: FileVersion,
        rationale: FreeText,
    },
    Confirm {
        file_version: FileVersion,
    },
    Return {
        reason: FreeText,
    },
    /// The timer: a reminder is due.
    Remind {
        days_left: u8,
    },
    /// The timer: the thirty days are over.
    PassDeadline,
}

refusals! {
    pub enum Refusal {
        NotSubmitted = "file_not_submitted", "This file has not been submitted.", "Ce dossier n'a pas été soumis.";
        FileDecided = "file_decided", "This file has been decided.", "Ce dossier a fait l'objet d'une décision.";
        TakenByOther = "case_taken_by_other", "A colleague has taken this case; have it assigned to you.", "Un collègue s'occupe de ce dossier ; faites-le-vous attribuer.";
        SnoozeOutOfRange = "snooze_out_of_range", "A case can be put aside for up to 30 days.", "Un dossier peut être mis de côté 30 jours au plus.";
        UnknownDocument = "unknown_document", "There is no such document in the file.", "Ce document n'est pas dans le dossier.";
        DocumentNotCurrent = "document_not_current", "This document was replaced or withdrawn.", "Ce document a été remplacé ou retiré.";
        NothingRequested = "no_item_requested", "Ask for at least one document.", "Demandez au moins un document.";
        TooManyItems = "too_many_items", "A request holds at most 20 items.", "Une demande comporte au plus 20 éléments.";
        ItemWithoutKind = "item_without_kind", "Say which kinds of document answer each item.", "Indiquez quels documents répondent à chaque demande.";
        UnknownPerson = "unknown_person", "There is no such person in the file.", "Cette personne n'est pas dans le dossier.";
        ItemsOpen = "items_open", "Documents that were asked for are still missing.", "Des documents demandés manquent encore.";
        AlreadyRequested = "documents_already_requested", "A request is open already; wait for its documents.", "Une demande est déjà en cours ; attendez ses documents.";
        FileChanged = "file_changed", "The file has changed since; read it again.", "Le dossier a changé depuis ; relisez-le.";
        AlreadyProposed = "decision_already_proposed", "A decision is proposed; confirm it or return it.", "Une décision est proposée ; confirmez-la ou renvoyez-la.";
        DocumentsNotAccepted = "documents_not_accepted", "Accept every document of the file before approving it.", "Acceptez chaque document du dossier avant de l'approuver.";
        NotDeactivated = "account_not_deactivated", "The account is not deactivated.", "Le compte n'est pas désactivé.";
        NotSuspended = "account_not_suspended", "The account is not suspended.", "Le compte n'est pas suspendu.";
        NothingProposed = "nothing_proposed", "No decision is proposed.", "Aucune décision n'est proposée.";
        SameOfficer = "same_officer", "Somebody else has to confirm this.", "Une autre personne doit confirmer.";
        NotDue = "not_due", "It is too early: the deadline has not passed.", "Il est trop tôt : l'échéance n'est pas passée.";
    }
}
