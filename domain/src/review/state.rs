//! What the rules remember about a review.

use super::{Event, NewItem, Proposal, REMINDER_DAYS, RejectionReason};
use crate::client_file::{self, FileVersion};
use crate::messages::{self, Failure, Template};
use crate::registration;
use crate::values::FreeText;
use crate::{DocumentId, EventId, ItemId, StaffId};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

codes! {
    /// Where the file stands with us.
    pub enum Stage {
        NotSubmitted = "not_submitted", "not submitted yet", "pas encore soumis";
        Waiting = "waiting", "submitted, waiting for one of us", "soumis, en attente d'un analyste";
        InReview = "in_review", "being examined", "en cours d'étude";
        AwaitingDocuments = "awaiting_documents", "waiting for additional documents", "en attente de documents complémentaires";
        /// The documents did not come in time.
        Expired = "expired", "the additional documents did not come in time", "les documents complémentaires ne sont pas arrivés à temps";
        Approved = "approved", "approved", "validé";
        Rejected = "rejected", "rejected", "refusé";
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub stage: Stage,
    pub assigned_to: Option<StaffId>,
    pub snoozed_until: Option<DateTime<Utc>>,
    pub is_escalated: bool,
    pub answer_expected_by: Option<DateTime<Utc>>,
    pub items: BTreeMap<ItemId, Item>,
    pub request: Option<Request>,
    pub proposal: Option<OpenProposal>,
    pub rejection: Option<RejectionReason>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            stage: Stage::NotSubmitted,
            assigned_to: None,
            snoozed_until: None,
            is_escalated: false,
            answer_expected_by: None,
            items: BTreeMap::new(),
            request: None,
            proposal: None,
            rejection: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub asked: NewItem,
    /// For the merchant; `None` where there is none or it was forgotten.
    pub explanation: Option<FreeText>,
    pub answered_by: Option<DocumentId>,
}

/// The open request: items that are not answered by the deadline cost the account.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub deadline: DateTime<Utc>,
    /// Reminders that already went out, by the days they announced.
    pub reminded: BTreeSet<u8>,
    /// The events about it whose messages a provider took, and did not give back.
    pub delivered: BTreeSet<EventId>,
    pub is_flagged: bool,
}

impl Request {
    /// One that was opened just now.
    pub fn until(deadline: DateTime<Utc>) -> Self {
        Self { deadline, reminded: BTreeSet::new(), delivered: BTreeSet::new(), is_flagged: false }
    }

    /// Whether anything said of it may have arrived.
    pub fn was_delivered(&self) -> bool {
        !self.delivered.is_empty()
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpenProposal {
    pub proposal: Proposal,
    pub by: StaffId,
    pub file_version: FileVersion,
}

impl State {
    pub fn is_submitted(&self) -> bool {
        match self.stage {
            Stage::NotSubmitted => false,
            Stage::Waiting
            | Stage::InReview
            | Stage::AwaitingDocuments
            | Stage::Expired
            | Stage::Approved
            | Stage::Rejected => true,
        }
    }

    pub fn is_decided(&self) -> bool {
        match self.stage {
            Stage::Approved | Stage::Rejected => true,
            Stage::NotSubmitted
            | Stage::Waiting
            | Stage::InReview
            | Stage::AwaitingDocuments
            | Stage::Expired => false,
        }
    }

    pub fn item(&self, id: ItemId) -> Option<&Item> {
        self.items.get(&id)
    }

    pub fn open_items(&self) -> impl Iterator<Item = &Item> {
        self.items.values().filter(|item| item.answered_by.is_none())
    }
}

pub fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::CaseTaken { by } => {
            state.assigned_to = Some(*by);
            state.snoozed_until = None;
            if state.stage == Stage::Waiting {
                state.stage = Stage::InReview;
            }
        }
        Event::CaseAssigned { to, .. } => {
            state.assigned_to = Some(*to);
            if state.stage == Stage::Waiting {
                state.stage = Stage::InReview;
            }
        }
        Event::ReviewBegan => {
            if state.stage == Stage::Waiting {
                state.stage = Stage::InReview;
            }
        }
        Event::CaseSnoozed { until, .. } => state.snoozed_until = Some(*until),
        Event::CaseEscalated { .. } | Event::UndeliveredRequestFlagged => {
            state.is_escalated = true;
            if let (Event::UndeliveredRequestFlagged, Some(request)) = (event, &mut state.request) {
                request.is_flagged = true;
            }
        }
        Event::NoteAdded { .. }
        | Event::DocumentAccepted { .. }
        | Event::DocumentRefused { .. } => {}
        Event::DocumentsRequested { items, deadline, explanations, .. } => {
            state.stage = Stage::AwaitingDocuments;
            state.proposal = None;
            for item in items {
                let explanation = explanations.known().and_then(|texts| texts.get(&item.id));
                let open = Item {
                    asked: item.clone(),
                    explanation: explanation.cloned(),
                    answered_by: None,
                };
                state.items.insert(item.id, open);
            }
            state.request = Some(Request::until(*deadline));
        }
        Event::DocumentsRequestReopened { item, deadline } => {
            state.stage = Stage::AwaitingDocuments;
            state.proposal = None;
            if let Some(item) = state.items.get_mut(item) {
                item.answered_by = None;
            }
            let delivered = state.request.take().map(|known| known.delivered).unwrap_or_default();
            state.request = Some(Request { delivered, ..Request::until(*deadline) });
        }
        Event::DocumentsReceived => state.stage = Stage::InReview,
        Event::DocumentsReminderSent { days_left } => {
            if let Some(request) = &mut state.request {
                // A later reminder makes the earlier ones pointless.
                request.reminded.extend(REMINDER_DAYS.iter().filter(|days| *days >= days_left));
            }
        }
        Event::DocumentsDeadlinePassed => state.stage = Stage::Expired,
        Event::DecisionProposed { proposal, file_version, by, .. } => {
            state.proposal =
                Some(OpenProposal { proposal: *proposal, by: *by, file_version: *file_version });
        }
        Event::DecisionReturned { .. } => state.proposal = None,
        Event::ClientFileApproved { .. } => {
            state.stage = Stage::Approved;
            state.proposal = None;
        }
        Event::ClientFileRejected { reason, .. } => {
            state.stage = Stage::Rejected;
            state.rejection = Some(*reason);
            state.proposal = None;
        }
    }
    state
}

/// The file arrives, and its documents answer what was asked for.
pub fn evolve_with_file(mut state: State, event: &client_file::Event) -> State {
    match event {
        client_file::Event::Submitted { answer_expected_by } => {
            state.stage = Stage::Waiting;
            state.answer_expected_by = Some(*answer_expected_by);
        }
        client_file::Event::DocumentSubmitted { document, .. } => {
            if let Some(item) = document.answers.and_then(|id| state.items.get_mut(&id)) {
                item.answered_by = Some(document.id);
            }
        }
        client_file::Event::CompanyRecorded { .. }
        | client_file::Event::PersonRecorded { .. }
        | client_file::Event::PersonRoleSet { .. }
        | client_file::Event::PersonRemoved { .. }
        | client_file::Event::OwnershipDeclared { .. }
        | client_file::Event::PayoutAccountRecorded { .. }
        | client_file::Event::DocumentSuperseded { .. }
        | client_file::Event::DocumentWithdrawn { .. }
        | client_file::Event::Withdrawn => {}
    }
    state
}

/// A proposal belongs to the account as it was: when that is stopped or let go, it no longer
/// stands, or the next one would need only one pair of eyes.
pub fn evolve_with_account(mut state: State, event: &registration::Event) -> State {
    use registration::Event;
    match event {
        Event::AccountDeactivated { .. }
        | Event::AccountReactivated { .. }
        | Event::AccountSuspended { .. }
        | Event::SuspensionLifted { .. }
        | Event::AccountClosed { .. } => state.proposal = None,
        Event::AccountCreated { .. }
        | Event::AccountActivated
        | Event::AccountLapsed
        | Event::CompanyBasicsRecorded { .. }
        | Event::TestModeOpened
        | Event::LiveModeOpened
        | Event::PayoutsEnabled => {}
    }
    state
}

/// A document that was refused by mistake and then accepted after all answers its item again.
pub fn evolve_with_answer(mut state: State, event: &Event, file: &client_file::State) -> State {
    let Event::DocumentAccepted { document, .. } = event else { return state };
    let item = file.documents.get(document).and_then(|known| known.submitted.answers);
    if let Some(item) = item.and_then(|item| state.items.get_mut(&item)) {
        item.answered_by.get_or_insert(*document);
    }
    state
}

/// Nobody is deactivated over a request that never reached them.
pub fn evolve_with_message(mut state: State, event: &messages::Event) -> State {
    let Some(request) = &mut state.request else { return state };
    match event {
        messages::Event::Sent {
            cause,
            template: Template::DocumentsRequested | Template::DocumentsReminder,
            ..
        } => {
            request.delivered.insert(*cause);
        }
        // Reported later: it was taken, and never arrived.
        messages::Event::Failed { cause, failure: Failure::Undelivered, .. } => {
            request.delivered.remove(cause);
        }
        messages::Event::Sent { .. }
        | messages::Event::Delivered { .. }
        | messages::Event::Failed { .. } => {}
    }
    state
}
