//! What can have happened in a review.

use crate::client_file::{DocumentKind, DocumentRefusal, FileVersion};
use crate::values::{FreeText, Language};
use crate::{Coded, DocumentId, ItemId, PersonId, Personal, StaffId, Worded};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    CaseTaken {
        by: StaffId,
    },
    /// Somebody has the file before them, by an assignment; taking it says so itself. Programs of before did not
    /// say so.
    ReviewBegan,
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

codes! {
    /// A proposal without its reason.
    pub enum ProposalKind {
        Approve = "approve", "approve the file", "valider le dossier";
        Reject = "reject", "reject the file", "refuser le dossier";
        Reactivate = "reactivate", "reactivate the account", "réactiver le compte";
        LiftSuspension = "lift_suspension", "lift the suspension", "lever la suspension";
    }
}

impl Proposal {
    pub fn kind(self) -> ProposalKind {
        match self {
            Self::Approve => ProposalKind::Approve,
            Self::Reject { .. } => ProposalKind::Reject,
            Self::Reactivate => ProposalKind::Reactivate,
            Self::LiftSuspension => ProposalKind::LiftSuspension,
        }
    }

    pub fn code(self) -> &'static str {
        self.kind().code()
    }

    /// What is proposed, with the reason where there is one.
    pub fn words(self, language: Language) -> String {
        let what = self.kind().words(language);
        match self.rejection() {
            Some(reason) => format!("{what} ({})", reason.words(language)),
            None => what.to_owned(),
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
        match (ProposalKind::from_code(code)?, rejection) {
            (ProposalKind::Approve, None) => Some(Self::Approve),
            (ProposalKind::Reject, Some(reason)) => Some(Self::Reject { reason }),
            (ProposalKind::Reactivate, None) => Some(Self::Reactivate),
            (ProposalKind::LiftSuspension, None) => Some(Self::LiftSuspension),
            (
                ProposalKind::Approve | ProposalKind::Reactivate | ProposalKind::LiftSuspension,
                Some(_),
            )
            | (ProposalKind::Reject, None) => None,
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
