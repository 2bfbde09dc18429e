//! What the rules remember about a client file.

use super::rules::{is_prolonged_card, valid_until};
use super::{
    CompanyDetails, Document, DocumentKind, DocumentStatus, Event, Ownership, PayoutAccount,
    PersonDetails, PersonRole, SubmittedDocument,
};
use crate::{DocumentId, PersonId, Personal};
use crate::{registration, review, services};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// How many events have changed what an officer judges. A decision is bound to one of them.
pub type FileVersion = u32;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub version: FileVersion,
    pub company: Option<Personal<CompanyDetails>>,
    pub people: BTreeMap<PersonId, Person>,
    pub ownership: Option<Personal<Vec<Ownership>>>,
    pub payout_account: Option<Personal<PayoutAccount>>,
    pub documents: BTreeMap<DocumentId, Document>,
    pub is_withdrawn: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub details: Personal<PersonDetails>,
    pub roles: BTreeSet<PersonRole>,
}

impl State {
    /// Who must sign: the legal representatives, or delegates with a power of attorney.
    pub fn signers(&self) -> BTreeSet<PersonId> {
        self.people_with(&[PersonRole::Representative, PersonRole::Delegate])
    }

    pub fn people_with(&self, roles: &[PersonRole]) -> BTreeSet<PersonId> {
        self.people
            .iter()
            .filter(|(_, person)| roles.iter().any(|role| person.roles.contains(role)))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Whose document it is, unless it is the company's or they were forgotten.
    pub fn holder_of(&self, document: &SubmittedDocument) -> Option<&PersonDetails> {
        self.people.get(&document.person?)?.details.known()
    }

    /// The last day on which a document is valid, if it has one and it is known.
    pub fn valid_until(&self, document: &Document) -> Option<NaiveDate> {
        let holder = self.holder_of(&document.submitted);
        valid_until(document.submitted.kind, document.dates.known()?, holder)
    }

    /// Whether a document is known to be valid for longer than is printed on it.
    pub fn is_prolonged_card(&self, document: &Document) -> bool {
        let holder = self.holder_of(&document.submitted);
        let kind = document.submitted.kind;
        document.dates.known().is_some_and(|dates| is_prolonged_card(kind, dates, holder))
    }

    /// The documents of a kind that still count, about a person or about the company.
    pub fn current_documents(
        &self,
        kind: DocumentKind,
        person: Option<PersonId>,
    ) -> impl Iterator<Item = (&DocumentId, &Document)> {
        self.documents.iter().filter(move |(_, document)| {
            document.is_current()
                && document.submitted.kind == kind
                && document.submitted.person == person
        })
    }
}

pub fn evolve(mut state: State, event: &Event) -> State {
    if event.changes_file() {
        state.version = state.version.saturating_add(1);
    }
    match event {
        Event::CompanyRecorded { details } => state.company = Some(details.clone()),
        Event::PersonRecorded { person, details } => {
            state
                .people
                .entry(*person)
                .and_modify(|person| person.details = details.clone())
                .or_insert_with(|| Person { details: details.clone(), roles: BTreeSet::new() });
        }
        Event::PersonRoleSet { person, roles } => {
            if let Some(person) = state.people.get_mut(person) {
                person.roles = roles.clone();
            }
        }
        Event::PersonRemoved { person } => {
            state.people.remove(person);
            if let Some(Personal::Known(holdings)) = &mut state.ownership {
                holdings.retain(|holding| holding.person != *person);
            }
        }
        Event::OwnershipDeclared { holdings } => state.ownership = Some(holdings.clone()),
        Event::PayoutAccountRecorded { account } => {
            state.payout_account = Some(account.clone());
        }
        Event::DocumentSubmitted { document, dates } => {
            let new = Document {
                submitted: document.clone(),
                dates: dates.clone(),
                status: DocumentStatus::Submitted,
                refusal: None,
                refusal_text: None,
            };
            state.documents.insert(document.id, new);
        }
        Event::DocumentSuperseded { document, .. } => {
            set_status(&mut state, document, DocumentStatus::Superseded);
        }
        Event::DocumentWithdrawn { document } => {
            set_status(&mut state, document, DocumentStatus::Withdrawn);
        }
        Event::Submitted { .. } => {}
        Event::Withdrawn => state.is_withdrawn = true,
    }
    state
}

/// The company's basics stand in the contract and are judged with the file.
pub fn evolve_with_account(mut state: State, event: &registration::Event) -> State {
    if let registration::Event::CompanyBasicsRecorded { .. } = event {
        state.version = state.version.saturating_add(1);
    }
    state
}

/// So do the services that are asked for. Once the file is sent, that is another matter.
pub fn evolve_with_services(
    mut state: State,
    event: &services::Event,
    review: &review::State,
) -> State {
    if let services::Event::Requested { .. } = event
        && !review.is_submitted()
    {
        state.version = state.version.saturating_add(1);
    }
    state
}

/// Officers accept and refuse the documents of the file.
pub fn evolve_with_review(mut state: State, event: &review::Event) -> State {
    match event {
        review::Event::DocumentAccepted { document, .. } => {
            set_status(&mut state, document, DocumentStatus::Accepted);
            if let Some(document) = state.documents.get_mut(document) {
                document.refusal = None;
                document.refusal_text = None;
            }
        }
        review::Event::DocumentRefused { document, refusal, public_text, .. } => {
            set_status(&mut state, document, DocumentStatus::Refused);
            if let Some(document) = state.documents.get_mut(document) {
                document.refusal = Some(*refusal);
                document.refusal_text = public_text.known().cloned();
            }
        }
        review::Event::CaseTaken { .. }
        | review::Event::CaseAssigned { .. }
        | review::Event::ReviewBegan
        | review::Event::CaseSnoozed { .. }
        | review::Event::CaseEscalated { .. }
        | review::Event::NoteAdded { .. }
        | review::Event::DocumentsRequested { .. }
        | review::Event::DocumentsRequestReopened { .. }
        | review::Event::DocumentsReceived
        | review::Event::DocumentsReminderSent { .. }
        | review::Event::DocumentsDeadlinePassed
        | review::Event::UndeliveredRequestFlagged
        | review::Event::DecisionProposed { .. }
        | review::Event::DecisionReturned { .. }
        | review::Event::ClientFileApproved { .. }
        | review::Event::ClientFileRejected { .. } => {}
    }
    state
}

fn set_status(state: &mut State, document: &DocumentId, status: DocumentStatus) {
    if let Some(document) = state.documents.get_mut(document) {
        document.status = status;
    }
}
