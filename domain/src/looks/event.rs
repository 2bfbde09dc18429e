//! What can have happened when somebody looks. All of it is sealed under the key of the month.

use crate::values::FreeText;
use crate::{BankAccountChangeId, DocumentId, MerchantId, Personal, StaffId};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// From here on there is a key for the looks of the month.
    MonthOpened,
    /// Its key is destroyed.
    MonthForgotten,
    PurposeStated {
        statement: Personal<Statement>,
    },
    /// Before anything was shown.
    Looked {
        look: Personal<Look>,
    },
}

/// For what somebody will look at a merchant's data, until they state another purpose or sign out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub staff: StaffId,
    pub merchant: MerchantId,
    pub purpose: Purpose,
    /// The case, the letter or the ticket that asks for it.
    pub reference: FreeText,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Which may be long before it is recorded: without a server, `replay` keeps it for its next start.
    pub at: DateTime<Utc>,
    pub looker: Looker,
    /// `None`: everybody's.
    pub merchant: Option<MerchantId>,
    pub thing: Thing,
    pub purpose: Purpose,
    pub reference: FreeText,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looker {
    Staff(StaffId),
    /// Somebody with an account on the server itself, by its name.
    Account(FreeText),
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// The merchant as staff see it, its history, its bank accounts.
    Card,
    Document(DocumentId),
    Contract,
    Rib(BankAccountChangeId),
    /// What `replay` shows with the keys.
    Replay,
}

codes! {
    pub enum ThingKind {
        Card = "card", "the card", "la fiche";
        Document = "document", "a document", "un document";
        Contract = "contract", "the contract", "le contrat";
        Rib = "rib", "the RIB of a change", "le RIB d'un changement";
        Replay = "replay", "the ledger, with `replay`", "le registre, avec `replay`";
    }
}

impl Thing {
    pub fn kind(self) -> ThingKind {
        match self {
            Self::Card => ThingKind::Card,
            Self::Document(_) => ThingKind::Document,
            Self::Contract => ThingKind::Contract,
            Self::Rib(_) => ThingKind::Rib,
            Self::Replay => ThingKind::Replay,
        }
    }
}

codes! {
    /// For what staff may look at personal data.
    pub enum Purpose {
        Review = "review", "review of the client file", "instruction du dossier client";
        PersonsRequest = "persons_request", "request of the person concerned", "demande de la personne concernée";
        Complaint = "complaint", "complaint", "réclamation";
        Audit = "audit", "audit", "audit";
        Supervisor = "supervisor", "request of a supervisor", "demande d'une autorité";
        Technical = "technical", "technical intervention", "intervention technique";
    }
}
