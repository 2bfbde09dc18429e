//! The shapes of the review's events.

use super::DecodeError;
use super::room;
use super::wire::{Code, Id, List, Map, Text, Time, Wire, group};
use domain::Coded;
use domain::review::{Event, NewItem, Proposal, RejectionReason};
use serde::{Deserialize, Serialize};

group! { Item1 of NewItem { id: Id, kinds: List<Code>, person: Option<Id>, reason: Code } }

/// What is proposed, by its written name, and why a file is to be rejected.
#[derive(Serialize, Deserialize)]
pub struct Proposal1 {
    proposal: String,
    rejection: Option<String>,
}

impl Wire<Proposal> for Proposal1 {
    fn of(proposal: &Proposal) -> Self {
        let rejection = proposal.rejection().map(|reason| reason.code().to_owned());
        Self { proposal: proposal.code().to_owned(), rejection }
    }

    fn read(self) -> Result<Proposal, DecodeError> {
        let reason = self.rejection.as_deref().and_then(RejectionReason::from_code);
        Proposal::from_parts(&self.proposal, reason).ok_or(DecodeError::UnknownCode(self.proposal))
    }
}

room! { Event {
    "review.case_taken" 1 CaseTaken { by: Id }
    "review.case_assigned" 1 CaseAssigned { to: Id, by: Id }
    "review.began" 1 ReviewBegan {}
    "review.case_snoozed" 1 CaseSnoozed { until: Time, by: Id }
    "review.case_escalated" 1 CaseEscalated { by: Id }
    "review.note_added" 1 NoteAdded { by: Id } sealed { note: Text => owner }
    "review.document_accepted" 1 DocumentAccepted { document: Id, by: Id }
    "review.document_refused" 1 DocumentRefused { document: Id, refusal: Code, by: Id }
        sealed { public_text: Text => owner }
    "review.documents_requested" 1 DocumentsRequested { items: List<Item1>, deadline: Time, by: Id }
        sealed { explanations: Map<Id, Text> => owner }
    "review.documents_request_reopened" 1 DocumentsRequestReopened { item: Id, deadline: Time }
    "review.documents_received" 1 DocumentsReceived {}
    "review.documents_reminder_sent" 1 DocumentsReminderSent { days_left: u8 }
    "review.documents_deadline_passed" 1 DocumentsDeadlinePassed {}
    "review.undelivered_request_flagged" 1 UndeliveredRequestFlagged {}
    "review.decision_proposed" 1 DecisionProposed {
        proposal: Proposal1, file_version: u32, by: Id,
    } sealed { rationale: Text => owner }
    "review.decision_returned" 1 DecisionReturned { by: Id } sealed { reason: Text => owner }
    "review.client_file_approved" 1 ClientFileApproved {
        file_version: u32, rule_set: String, proposed_by: Id, confirmed_by: Id,
    }
    "review.client_file_rejected" 1 ClientFileRejected {
        reason: Code, file_version: u32, rule_set: String, proposed_by: Id, confirmed_by: Id,
    }
} }

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::{id, text, time};
    use domain::client_file::{DocumentKind, DocumentRefusal};
    use domain::review::RequestReason;
    use std::collections::BTreeMap;

    pub fn all() -> Vec<Event> {
        vec![
            Event::CaseTaken { by: id(51) },
            Event::CaseAssigned { to: id(52), by: id(53) },
            Event::ReviewBegan,
            Event::CaseSnoozed { until: time(20), by: id(54) },
            Event::CaseEscalated { by: id(55) },
            Event::NoteAdded { note: text("check the address").into(), by: id(56) },
            Event::DocumentAccepted { document: id(57), by: id(58) },
            Event::DocumentRefused {
                document: id(59),
                refusal: DocumentRefusal::OutOfDate,
                public_text: text("Votre pièce a expiré.").into(),
                by: id(60),
            },
            Event::DocumentsRequested {
                items: vec![NewItem {
                    id: id(61),
                    kinds: [DocumentKind::ProofOfAddress, DocumentKind::Other].into(),
                    person: Some(id(62)),
                    reason: RequestReason::AdditionalProof,
                }],
                explanations: BTreeMap::from([(id(61), text("De moins de trois mois."))]).into(),
                deadline: time(43_200),
                by: id(63),
            },
            Event::DocumentsRequestReopened { item: id(64), deadline: time(44_000) },
            Event::DocumentsReceived,
            Event::DocumentsReminderSent { days_left: 15 },
            Event::DocumentsDeadlinePassed,
            Event::UndeliveredRequestFlagged,
            Event::DecisionProposed {
                proposal: Proposal::Reject { reason: RejectionReason::RiskTooHigh },
                file_version: 300,
                rationale: text("see the note").into(),
                by: id(65),
            },
            Event::DecisionReturned { by: id(66), reason: text("one more proof").into() },
            Event::ClientFileApproved {
                file_version: 301,
                rule_set: "fr-2026-01".to_owned(),
                proposed_by: id(67),
                confirmed_by: id(68),
            },
            Event::ClientFileRejected {
                reason: RejectionReason::IdentityNotEstablished,
                file_version: 302,
                rule_set: "eu-2027-07".to_owned(),
                proposed_by: id(69),
                confirmed_by: id(70),
            },
        ]
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        vec![]
    }
}
