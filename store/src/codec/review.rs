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
