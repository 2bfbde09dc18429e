//! The rules of a review, one function per request. Decisions in pairs are in `proposal`.

use super::deadline::{reminder_due_at, reminders_after};
use super::{
    Command, Event, ITEMS_MAX, NewItem, Proposal, Refusal, SNOOZE_DAYS_MAX, Stage,
    documents_deadline, proposal, reopened_deadline,
};
use crate::access;
use crate::calendar::end_of_same_day_after;
use crate::client_file::{DocumentRefusal, DocumentStatus};
use crate::merchant::{self, Decision, State};
use crate::registration::{self, CLOSURE_MONTHS};
use crate::restriction::{PublicReason, Remedy, Restricted, Restriction};
use crate::staff::{Role, Roles};
use crate::values::FreeText;
use crate::{DocumentId, ItemId, Occasion, StaffId};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

const REVIEWERS: &[Role] = &[Role::Analyst, Role::Officer];

pub fn decide(command: Command, state: &State, occasion: &Occasion) -> Decision {
    match command {
        Command::Take => take(state, reviewer_of_open(state, occasion)?),
        Command::Assign { to } => assign(state, reviewer_of_open(state, occasion)?, to),
        Command::Snooze { until } => snooze(occasion, reviewer_of_open(state, occasion)?, until),
        Command::Escalate => escalate(state, reviewer_of_open(state, occasion)?),
        Command::AddNote { note } => {
            let by = reviewer(state, occasion)?;
            Ok(vec![Event::NoteAdded { note: note.into(), by }.into()])
        }
        Command::AcceptDocument { document } => {
            accept_document(state, reviewer_of_open(state, occasion)?, document)
        }
        Command::RefuseDocument { document, refusal, public_text } => {
            let by = reviewer_of_open(state, occasion)?;
            refuse_document(state, occasion, by, document, refusal, public_text)
        }
        Command::RequestDocuments { items, explanations } => {
            let by = reviewer_of_open(state, occasion)?;
            request_documents(state, occasion, by, items, explanations)
        }
        Command::Propose { proposal, file_version, rationale } => {
            let roles = match proposal {
                Proposal::Approve | Proposal::Reject { .. } => REVIEWERS,
                Proposal::Reactivate | Proposal::LiftSuspension => &[Role::Officer],
            };
            let by = access::staff(occasion, roles)?;
            proposal::propose(state, by, proposal, file_version, rationale)
        }
        Command::Confirm { file_version } => {
            let by = access::staff(occasion, &[Role::Officer])?;
            proposal::confirm(state, occasion, by, file_version)
        }
        Command::Return { reason } => {
            let by = access::staff(occasion, &[Role::Officer])?;
            proposal::give_back(state, by, reason)
        }
        Command::Remind { days_left } => remind(state, occasion, days_left),
        Command::PassDeadline => pass_deadline(state, occasion),
    }
}

/// Whether a case can be given to a colleague with these roles.
pub fn can_hold_cases(roles: Roles, has_joined: bool, is_disabled: bool) -> bool {
    has_joined && !is_disabled && REVIEWERS.iter().any(|role| roles.contains(*role))
}

/// The reviewer who asks about a merchant.
fn reviewer(state: &State, occasion: &Occasion) -> Result<StaffId, merchant::Refusal> {
    let by = access::staff(occasion, REVIEWERS)?;
    match state.account.status {
        Some(_) => Ok(by),
        None => Err(access::Refusal::UnknownMerchant.into()),
    }
}

/// The same, who works on a file that is with us. Of a closed account nothing is awaited or judged.
fn reviewer_of_open(state: &State, occasion: &Occasion) -> Result<StaffId, merchant::Refusal> {
    let by = reviewer(state, occasion)?;
    match state.review.stage {
        Stage::NotSubmitted => Err(Refusal::NotSubmitted.into()),
        Stage::Approved | Stage::Rejected => Err(Refusal::FileDecided.into()),
        Stage::Waiting | Stage::InReview | Stage::AwaitingDocuments | Stage::Expired
            if state.account.status == Some(registration::Status::Closed) =>
        {
            Err(access::Refusal::StatusForbids.into())
        }
        Stage::Waiting | Stage::InReview | Stage::AwaitingDocuments | Stage::Expired => Ok(by),
    }
}

fn assign(state: &State, by: StaffId, to: StaffId) -> Decision {
    if state.review.assigned_to == Some(to) {
        return Ok(vec![]);
    }
    let assigned = Event::CaseAssigned { to, by }.into();
    // The merchant reads that it is being examined, and not by whose hand.
    let began = (state.review.stage == Stage::Waiting).then(|| Event::ReviewBegan.into());
    Ok([assigned].into_iter().chain(began).collect())
}

fn escalate(state: &State, by: StaffId) -> Decision {
    if state.review.is_escalated {
        return Ok(vec![]);
    }
    Ok(vec![Event::CaseEscalated { by }.into()])
}

fn take(state: &State, by: StaffId) -> Decision {
    match state.review.assigned_to {
        None => Ok(vec![Event::CaseTaken { by }.into()]),
        Some(holder) if holder == by => Ok(vec![]),
        Some(_) => Err(Refusal::TakenByOther.into()),
    }
}

fn snooze(occasion: &Occasion, by: StaffId, until: DateTime<Utc>) -> Decision {
    let latest = occasion.at + TimeDelta::days(SNOOZE_DAYS_MAX);
    if until <= occasion.at || until > latest {
        return Err(Refusal::SnoozeOutOfRange.into());
    }
    Ok(vec![Event::CaseSnoozed { until, by }.into()])
}

fn accept_document(state: &State, by: StaffId, document: DocumentId) -> Decision {
    let known = state.file.documents.get(&document).ok_or(Refusal::UnknownDocument)?;
    match known.status {
        DocumentStatus::Submitted | DocumentStatus::Refused => {
            let mut events = vec![Event::DocumentAccepted { document, by }.into()];
            let reopened = known.submitted.answers.filter(|item| {
                state.review.item(*item).is_some_and(|item| item.answered_by.is_none())
            });
            events.extend(reopened.and_then(|item| events_of_answer(state, item)));
            Ok(events)
        }
        DocumentStatus::Accepted => Ok(vec![]),
        DocumentStatus::Superseded | DocumentStatus::Withdrawn => {
            Err(Refusal::DocumentNotCurrent.into())
        }
    }
}

fn refuse_document(
    state: &State,
    occasion: &Occasion,
    by: StaffId,
    document: DocumentId,
    refusal: DocumentRefusal,
    public_text: FreeText,
) -> Decision {
    let known = state.file.documents.get(&document).ok_or(Refusal::UnknownDocument)?;
    match known.status {
        DocumentStatus::Superseded | DocumentStatus::Withdrawn => {
            return Err(Refusal::DocumentNotCurrent.into());
        }
        DocumentStatus::Submitted | DocumentStatus::Accepted | DocumentStatus::Refused => {}
    }
    let mut events: Vec<merchant::Event> = vec![
        Event::DocumentRefused { document, refusal, public_text: public_text.into(), by }.into(),
    ];
    let answered = known.submitted.answers.filter(|item| {
        state.review.item(*item).is_some_and(|item| item.answered_by == Some(document))
    });
    if let (Some(item), Some(request)) = (answered, &state.review.request) {
        let deadline = reopened_deadline(request.deadline, occasion.at);
        events.push(Event::DocumentsRequestReopened { item, deadline }.into());
    }
    Ok(events)
}

fn request_documents(
    state: &State,
    occasion: &Occasion,
    by: StaffId,
    items: Vec<NewItem>,
    explanations: BTreeMap<ItemId, FreeText>,
) -> Decision {
    if items.is_empty() {
        return Err(Refusal::NothingRequested.into());
    }
    if items.len() > ITEMS_MAX {
        return Err(Refusal::TooManyItems.into());
    }
    if items.iter().any(|item| item.kinds.is_empty()) {
        return Err(Refusal::ItemWithoutKind.into());
    }
    let is_known =
        |item: &NewItem| item.person.is_none_or(|person| state.file.people.contains_key(&person));
    if !items.iter().all(is_known) {
        return Err(Refusal::UnknownPerson.into());
    }
    match state.review.stage {
        Stage::Waiting | Stage::InReview => {}
        // A request that never reached anybody may be made again.
        Stage::AwaitingDocuments
            if state.review.request.as_ref().is_some_and(|request| request.is_flagged) => {}
        Stage::AwaitingDocuments | Stage::Expired => return Err(Refusal::AlreadyRequested.into()),
        Stage::NotSubmitted => return Err(Refusal::NotSubmitted.into()),
        Stage::Approved | Stage::Rejected => return Err(Refusal::FileDecided.into()),
    }
    let deadline = documents_deadline(occasion.at);
    let explanations = explanations.into();
    Ok(vec![Event::DocumentsRequested { items, explanations, deadline, by }.into()])
}

/// What follows when a document answers `item`: the last open item stops the clock.
pub fn events_of_answer(state: &State, item: ItemId) -> Option<merchant::Event> {
    let is_waiting = match state.review.stage {
        Stage::AwaitingDocuments | Stage::Expired => true,
        Stage::NotSubmitted
        | Stage::Waiting
        | Stage::InReview
        | Stage::Approved
        | Stage::Rejected => false,
    };
    let others_open =
        state.review.items.iter().any(|(id, known)| *id != item && known.answered_by.is_none());
    (is_waiting && !others_open).then(|| Event::DocumentsReceived.into())
}

fn remind(state: &State, occasion: &Occasion, days_left: u8) -> Decision {
    access::system(occasion)?;
    let Some(request) = open_request(state) else { return Ok(vec![]) };
    if request.reminded.contains(&days_left) || occasion.at >= request.deadline {
        return Ok(vec![]);
    }
    if occasion.at < reminder_due_at(request.deadline, days_left) {
        return Err(Refusal::NotDue.into());
    }
    // After a long stop several reminders are due at once; only the last of them still says
    // something true, so the earlier ones are recorded with it and not sent.
    let next_due = reminders_after(request.deadline, occasion.at);
    let latest_due = super::REMINDER_DAYS.into_iter().filter(|days| !next_due.contains(days)).min();
    let days_left = latest_due.unwrap_or(days_left);
    if request.reminded.contains(&days_left) {
        return Ok(vec![]);
    }
    Ok(vec![Event::DocumentsReminderSent { days_left }.into()])
}

fn pass_deadline(state: &State, occasion: &Occasion) -> Decision {
    access::system(occasion)?;
    // One that is flagged waits for us to ask again, even if it arrives now: after its deadline.
    let Some(request) = open_request(state).filter(|request| !request.is_flagged) else {
        return Ok(vec![]);
    };
    // A suspended account waits: the deadline passes when the suspension is lifted.
    let is_suspended = state.account.status == Some(registration::Status::Suspended);
    if occasion.at < request.deadline || is_suspended {
        return Err(Refusal::NotDue.into());
    }
    if !request.was_delivered() {
        return Ok(vec![Event::UndeliveredRequestFlagged.into()]);
    }
    let mut events = vec![Event::DocumentsDeadlinePassed.into()];
    let can_be_deactivated = matches!(
        state.account.status,
        Some(registration::Status::Test | registration::Status::Live)
    );
    if can_be_deactivated {
        let restriction = Restriction {
            what: Restricted::Account,
            why: PublicReason::DocumentsNotReceived,
            since: occasion.at,
            remedy: Remedy::SendDocuments,
            remedy_until: Some(end_of_same_day_after(occasion.at, CLOSURE_MONTHS)),
        };
        events.push(registration::Event::AccountDeactivated { restriction }.into());
    }
    Ok(events)
}

/// The request that is running, if one is: nothing is awaited of an account that was closed.
fn open_request(state: &State) -> Option<&super::Request> {
    let is_closed = state.account.status == Some(registration::Status::Closed);
    let is_awaited = state.review.stage == Stage::AwaitingDocuments && !is_closed;
    state.review.request.as_ref().filter(|_| is_awaited)
}
