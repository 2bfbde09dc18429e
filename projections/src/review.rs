//! The review queue: every file that is with us, and what it waits for.

use chrono::{DateTime, Utc};
use dashmap::DashMap;
use domain::registration::ClosureReason;
use domain::review::{Event, Stage};
use domain::{Coded, Id, MerchantId, client_file, merchant, registration};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use store::Recorded;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub merchant: Uuid,
    pub stage: String,
    pub submitted_at: DateTime<Utc>,
    pub answer_expected_by: DateTime<Utc>,
    pub assigned_to: Option<Uuid>,
    pub snoozed_until: Option<DateTime<Utc>>,
    pub is_escalated: bool,
    pub documents_deadline: Option<DateTime<Utc>>,
    /// What is proposed, and by whom.
    pub proposal: Option<(String, Uuid)>,
}

#[derive(Default)]
pub struct Queue {
    cases: DashMap<Uuid, Arc<Case>>,
    /// Those on which somebody still has to work, the longest waiting first.
    open: RwLock<BTreeSet<(DateTime<Utc>, Uuid)>>,
}

impl Queue {
    pub fn apply(&self, merchant: MerchantId, recorded: &Recorded, event: &merchant::Event) {
        let merchant = merchant.uuid();
        match event {
            merchant::Event::ClientFile(client_file::Event::Submitted { answer_expected_by }) => {
                let case = Case {
                    merchant,
                    stage: Stage::Waiting.code().to_owned(),
                    submitted_at: recorded.metadata.recorded_at,
                    answer_expected_by: *answer_expected_by,
                    assigned_to: None,
                    snoozed_until: None,
                    is_escalated: false,
                    documents_deadline: None,
                    proposal: None,
                };
                self.replace(merchant, Some(Arc::new(case)));
            }
            merchant::Event::ClientFile(client_file::Event::Withdrawn) => {
                self.replace(merchant, None);
            }
            merchant::Event::Review(event) => {
                if let Some(mut case) = self.case(merchant) {
                    change(Arc::make_mut(&mut case), event);
                    self.replace(merchant, Some(case));
                }
            }
            merchant::Event::Registration(event) => self.apply_account(merchant, event),
            merchant::Event::ClientFile(_)
            | merchant::Event::Contract(_)
            | merchant::Event::Services(_)
            | merchant::Event::ApiKeys(_)
            | merchant::Event::Messages(_) => {}
        }
    }

    /// A closed account has no case; a proposal ends with the state it was made in.
    fn apply_account(&self, merchant: Uuid, event: &registration::Event) {
        use registration::Event;
        match event {
            Event::AccountClosed { reason: ClosureReason::FileRejected } => {}
            Event::AccountClosed { .. } => self.replace(merchant, None),
            Event::AccountDeactivated { .. }
            | Event::AccountReactivated { .. }
            | Event::AccountSuspended { .. }
            | Event::SuspensionLifted { .. } => {
                if let Some(mut case) = self.cases.get_mut(&merchant) {
                    Arc::make_mut(&mut case).proposal = None;
                }
            }
            Event::AccountCreated { .. }
            | Event::AccountActivated
            | Event::AccountLapsed
            | Event::CompanyBasicsRecorded { .. }
            | Event::TestModeOpened
            | Event::LiveModeOpened
            | Event::PayoutsEnabled => {}
        }
    }

    /// Every case, the longest waiting first.
    pub fn cases(&self) -> Vec<Arc<Case>> {
        let mut cases: Vec<_> = self.cases.iter().map(|case| Arc::clone(&case)).collect();
        cases.sort_by_key(|case| (case.submitted_at, case.merchant));
        cases
    }

    pub fn case(&self, merchant: Uuid) -> Option<Arc<Case>> {
        self.cases.get(&merchant).map(|case| Arc::clone(&case))
    }

    /// Takes the case as it is elsewhere.
    pub fn replace(&self, merchant: Uuid, case: Option<Arc<Case>>) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = self.case(merchant) {
            open.remove(&(before.submitted_at, merchant));
        }
        match case {
            Some(case) => {
                if case.is_open() {
                    open.insert((case.submitted_at, merchant));
                }
                self.cases.insert(merchant, case);
            }
            None => drop(self.cases.remove(&merchant)),
        }
    }

    /// Those on which somebody still has to work, the longest waiting first.
    pub fn open_cases(&self) -> Vec<Arc<Case>> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.iter().filter_map(|(_, merchant)| self.case(*merchant)).collect()
    }
}

impl Case {
    /// Whether somebody still has to work on it.
    pub fn is_open(&self) -> bool {
        match Stage::from_code(&self.stage) {
            Some(Stage::Approved | Stage::Rejected) => false,
            Some(
                Stage::NotSubmitted
                | Stage::Waiting
                | Stage::InReview
                | Stage::AwaitingDocuments
                | Stage::Expired,
            )
            | None => true,
        }
    }
}

fn change(case: &mut Case, event: &Event) {
    let stage = |stage: Stage| stage.code().to_owned();
    match event {
        Event::CaseTaken { by } => {
            case.assigned_to = Some(by.uuid());
            case.snoozed_until = None;
            if case.stage == Stage::Waiting.code() {
                case.stage = stage(Stage::InReview);
            }
        }
        Event::CaseAssigned { to, .. } => {
            case.assigned_to = Some(to.uuid());
            if case.stage == Stage::Waiting.code() {
                case.stage = stage(Stage::InReview);
            }
        }
        Event::CaseSnoozed { until, .. } => case.snoozed_until = Some(*until),
        Event::CaseEscalated { .. } | Event::UndeliveredRequestFlagged => case.is_escalated = true,
        Event::DocumentsRequested { deadline, .. }
        | Event::DocumentsRequestReopened { deadline, .. } => {
            case.stage = stage(Stage::AwaitingDocuments);
            case.documents_deadline = Some(*deadline);
            case.proposal = None;
        }
        Event::DocumentsReceived => {
            case.stage = stage(Stage::InReview);
            case.documents_deadline = None;
        }
        Event::DocumentsDeadlinePassed => case.stage = stage(Stage::Expired),
        Event::DecisionProposed { proposal, by, .. } => {
            case.proposal = Some((proposal.code().to_owned(), by.uuid()));
        }
        Event::DecisionReturned { .. } => case.proposal = None,
        Event::ClientFileApproved { .. } => {
            case.stage = stage(Stage::Approved);
            case.proposal = None;
        }
        Event::ClientFileRejected { .. } => {
            case.stage = stage(Stage::Rejected);
            case.proposal = None;
        }
        Event::NoteAdded { .. }
        | Event::DocumentAccepted { .. }
        | Event::DocumentRefused { .. }
        | Event::DocumentsReminderSent { .. } => {}
    }
}
