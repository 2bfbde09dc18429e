//! What can have happened in a review.

use crate::client_file::{DocumentKind, DocumentRefusal, FileVersion};
use crate::values::FreeText;
use crate::{DocumentId, ItemId, PersonId, Personal, StaffId};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    CaseTaken {
        by: StaffId,
    },
    CaseAssigned {
        to: StaffId,
        by: StaffId,
    },
    CaseSnoozed {
        until: DateTime<Utc>,
        by: StaffId,
    },
    CaseEscalated {
        by: StaffId,
    },
    /// For staff only: a note never reaches a merchant.
    NoteAdded {
        note: Personal<FreeText>,
        by: StaffId,
    },
    DocumentAccepted {
        document: DocumentId,
        by: StaffId,
    },
    DocumentRefused {
        document: DocumentId,
        refusal: DocumentRefusal,
        /// For the merchant.
        public_text: Personal<FreeText>,
        by: StaffId,
    },
    DocumentsRequested {
        items: Vec<NewItem>,
        /// For the merchant: what an item's reason does not say.
        explanations: Personal<BTreeMap<ItemId, FreeText>>,
        deadline: DateTime<Utc>,
        by: StaffId,
    },
    /// A document that answered an item was refused: the item is open again.
    DocumentsRequestReopened {
        item: ItemId,
        deadline: DateTime<Utc>,
    },
    /// The last open item was answered: the clock stops.
    DocumentsReceived,
    DocumentsReminderSent {
        days_left: u8,
    },
    DocumentsDeadlinePassed,
    /// The deadline came but no message about the request was ever delivered: nobody is
    /// deactivated, an officer must look (choice A9).
    UndeliveredRequestFlagged,
    DecisionProposed {
        proposal: Proposal,
        file_version: FileVersion,
        rationale: Personal<FreeText>,
        by: StaffId,
    },
    DecisionReturned {
        by: StaffId,
        reason: Personal<FreeText>,
    },
    ClientFileApproved {
        file_version: FileVersion,
        rule_set: String,
        proposed_by: StaffId,
        confirmed_by: StaffId,
    },
    ClientFileRejected {
        reason: RejectionReason,
        file_version: FileVersion,
        rule_set: String,
        proposed_by: StaffId,
        confirmed_by: StaffId,
    },
}

/// Something that needs a second officer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposal {
    Approve,
    Reject { reason: RejectionReason },
    Reactivate,
    LiftSuspension,
}

impl Proposal {
    pub fn code(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject { .. } => "reject",
            Self::Reactivate => "reactivate",
            Self::LiftSuspension => "lift_suspension",
        }
    }

    pub fn french(self) -> String {
        match self {
            Self::Approve => "valider le dossier".to_owned(),
            Self::Reject { reason } => format!("refuser le dossier ({})", reason.french()),
            Self::Reactivate => "réactiver le compte".to_owned(),
            Self::LiftSuspension => "lever la suspension".to_owned(),
        }
    }

    pub fn english(self) -> String {
        match self {
            Self::Approve => "approve the file".to_owned(),
            Self::Reject { reason } => format!("reject the file ({})", reason.english()),
            Self::Reactivate => "reactivate the account".to_owned(),
            Self::LiftSuspension => "lift the suspension".to_owned(),
        }
    }

    /// Why the file is to be rejected, if it is.
    pub fn rejection(self) -> Option<RejectionReason> {
        match self {
            Self::Reject { reason } => Some(reason),
            Self::Approve | Self::Reactivate | Self::LiftSuspension => None,
        }
    }

    /// By its code, and the reason that goes with a rejection and with nothing else.
    pub fn from_parts(code: &str, rejection: Option<RejectionReason>) -> Option<Self> {
        match (code, rejection) {
            ("approve", None) => Some(Self::Approve),
            ("reject", Some(reason)) => Some(Self::Reject { reason }),
            ("reactivate", None) => Some(Self::Reactivate),
            ("lift_suspension", None) => Some(Self::LiftSuspension),
            _ => None,
        }
    }
}

codes! {
    /// Why a file was rejected, for our records. The merchant always reads the same sentence
    /// (S34–S35).
    pub enum RejectionReason {
        ActivityNotCovered = "activity_not_covered", "activity not covered", "activité non couverte";
        IdentityNotEstablished = "identity_not_established", "identity not established", "identité non établie";
        InformationInconsistent = "information_inconsistent", "information inconsistent", "informations incohérentes";
        RiskTooHigh = "risk_too_high", "risk too high", "risque trop élevé";
    }
}

/// One thing that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewItem {
    pub id: ItemId,
    /// Any of these answers it.
    pub kinds: BTreeSet<DocumentKind>,
    pub person: Option<PersonId>,
    pub reason: RequestReason,
}

codes! {
    /// Why something more is asked for, in words the merchant may read.
    pub enum RequestReason {
        Missing = "missing", "This document is missing from the file.", "Ce document manque au dossier.";
        Unreadable = "unreadable", "The document we received cannot be read.", "Le document reçu est illisible.";
        OutOfDate = "out_of_date", "The document we received is out of date.", "Le document reçu n'est plus en cours de validité.";
        AdditionalProof = "additional_proof", "An additional proof is needed.", "Un justificatif complémentaire est nécessaire.";
    }
}
