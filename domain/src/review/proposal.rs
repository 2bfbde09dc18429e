//! Four eyes: what one person proposes, another confirms, over the very same file.

use super::{Event, OpenProposal, Proposal, Refusal, RejectionReason, Stage};
use crate::calendar::paris_date;
use crate::client_file::{DocumentStatus, FileVersion, rules_on};
use crate::merchant::{self, Decision, State};
use crate::registration::{self, ClosureReason, Status};
use crate::values::FreeText;
use crate::{Occasion, StaffId, access, services};

pub(super) fn propose(
    state: &State,
    by: StaffId,
    proposal: Proposal,
    file_version: FileVersion,
    rationale: FreeText,
) -> Decision {
    if file_version != state.file.version {
        return Err(Refusal::FileChanged.into());
    }
    if standing(state).is_some() {
        return Err(Refusal::AlreadyProposed.into());
    }
    may_stand(state, proposal)?;
    Ok(vec![
        Event::DecisionProposed { proposal, file_version, rationale: rationale.into(), by }.into(),
    ])
}

pub(super) fn confirm(
    state: &State,
    occasion: &Occasion,
    by: StaffId,
    file_version: FileVersion,
) -> Decision {
    let open = state.review.proposal.ok_or(Refusal::NothingProposed)?;
    if open.by == by {
        return Err(Refusal::SameOfficer.into());
    }
    if open.file_version != state.file.version || file_version != state.file.version {
        return Err(Refusal::FileChanged.into());
    }
    may_stand(state, open.proposal)?;
    let rule_set = rules_on(paris_date(occasion.at)).version.to_owned();
    Ok(match open.proposal {
        Proposal::Approve => approve(state, open, by, rule_set),
        Proposal::Reject { reason } => reject(open, by, rule_set, reason),
        Proposal::Reactivate => vec![
            registration::Event::AccountReactivated { proposed_by: open.by, confirmed_by: by }
                .into(),
        ],
        Proposal::LiftSuspension => vec![
            registration::Event::SuspensionLifted { proposed_by: open.by, confirmed_by: by }.into(),
        ],
    })
}

pub(super) fn give_back(state: &State, by: StaffId, reason: FreeText) -> Decision {
    if state.review.proposal.is_none() {
        return Err(Refusal::NothingProposed.into());
    }
    Ok(vec![Event::DecisionReturned { by, reason: reason.into() }.into()])
}

/// The proposal that stands; one over an older file no longer does.
fn standing(state: &State) -> Option<OpenProposal> {
    state.review.proposal.filter(|open| {
        open.file_version == state.file.version && may_stand(state, open.proposal).is_ok()
    })
}

/// Whether the facts allow it, now as much as when it was proposed.
fn may_stand(state: &State, proposal: Proposal) -> Result<(), merchant::Refusal> {
    match proposal {
        Proposal::Approve => {
            may_be_decided(state)?;
            if state.account.status != Some(Status::Test) {
                return Err(access::Refusal::StatusForbids.into());
            }
            if state.review.open_items().next().is_some() {
                return Err(Refusal::ItemsOpen.into());
            }
            all_accepted(state)
        }
        Proposal::Reject { .. } => {
            may_be_decided(state)?;
            match state.account.status {
                Some(Status::Test | Status::Deactivated | Status::Suspended) => Ok(()),
                None
                | Some(
                    Status::Created
                    | Status::Activated
                    | Status::Live
                    | Status::Terminating
                    | Status::Closed
                    | Status::Lapsed,
                ) => Err(access::Refusal::StatusForbids.into()),
            }
        }
        Proposal::Reactivate => {
            if state.account.status != Some(Status::Deactivated) {
                return Err(Refusal::NotDeactivated.into());
            }
            if state.review.open_items().next().is_some() {
                return Err(Refusal::ItemsOpen.into());
            }
            all_accepted(state)
        }
        Proposal::LiftSuspension if state.account.status != Some(Status::Suspended) => {
            Err(Refusal::NotSuspended.into())
        }
        Proposal::LiftSuspension => Ok(()),
    }
}

fn may_be_decided(state: &State) -> Result<(), merchant::Refusal> {
    match state.review.stage {
        Stage::InReview | Stage::Expired => Ok(()),
        Stage::NotSubmitted | Stage::Waiting => Err(Refusal::NotSubmitted.into()),
        Stage::AwaitingDocuments => Err(Refusal::ItemsOpen.into()),
        Stage::Approved | Stage::Rejected => Err(Refusal::FileDecided.into()),
    }
}

fn all_accepted(state: &State) -> Result<(), merchant::Refusal> {
    let is_waiting = state.file.documents.values().any(|document| match document.status {
        DocumentStatus::Submitted | DocumentStatus::Refused => true,
        DocumentStatus::Accepted | DocumentStatus::Superseded | DocumentStatus::Withdrawn => false,
    });
    if is_waiting { Err(Refusal::DocumentsNotAccepted.into()) } else { Ok(()) }
}

/// Approval opens everything that was asked for.
fn approve(
    state: &State,
    open: OpenProposal,
    by: StaffId,
    rule_set: String,
) -> Vec<merchant::Event> {
    let mut events = vec![
        Event::ClientFileApproved {
            file_version: open.file_version,
            rule_set,
            proposed_by: open.by,
            confirmed_by: by,
        }
        .into(),
    ];
    events.extend(
        state
            .services
            .with_status(services::Status::Requested)
            .map(|service| services::Event::Activated { service }.into()),
    );
    events.push(registration::Event::LiveModeOpened.into());
    events.push(registration::Event::PayoutsEnabled.into());
    events
}

fn reject(
    open: OpenProposal,
    by: StaffId,
    rule_set: String,
    reason: RejectionReason,
) -> Vec<merchant::Event> {
    vec![
        Event::ClientFileRejected {
            reason,
            file_version: open.file_version,
            rule_set,
            proposed_by: open.by,
            confirmed_by: by,
        }
        .into(),
        registration::Event::AccountClosed { reason: ClosureReason::FileRejected }.into(),
    ]
}
