//! The review queue: every file that is with us, and what it waits for.

use crate::wire;
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use domain::merchant::State;
use domain::registration::Status;
use domain::review::{self, OpenProposal, Proposal, RejectionReason, Stage};
use domain::{MerchantId, StaffId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    #[serde(with = "wire::id")]
    pub merchant: MerchantId,
    #[serde(with = "wire::code")]
    pub stage: Stage,
    pub submitted_at: DateTime<Utc>,
    pub answer_expected_by: DateTime<Utc>,
    #[serde(with = "wire::optional_id")]
    pub assigned_to: Option<StaffId>,
    pub snoozed_until: Option<DateTime<Utc>>,
    pub is_escalated: bool,
    /// Until when the additional documents must be here, while they are awaited.
    pub documents_deadline: Option<DateTime<Utc>>,
    pub proposal: Option<Proposed>,
}

/// What is proposed, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    #[serde(with = "proposal")]
    pub proposal: Proposal,
    #[serde(with = "wire::id")]
    pub by: StaffId,
    file_version: u32,
}

mod proposal {
    //! A proposal by its written name, and why a file is to be rejected.
    use super::*;
    use domain::Coded;
    use serde::de::Error;
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(proposal: &Proposal, to: S) -> Result<S::Ok, S::Error> {
        (proposal.code(), proposal.rejection().map(RejectionReason::code)).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Proposal, D::Error> {
        let (code, reason) = <(String, Option<String>)>::deserialize(from)?;
        let reason = reason.map(|reason| wire::read_code(&reason)).transpose()?;
        Proposal::from_parts(&code, reason).ok_or_else(|| D::Error::custom("no proposal"))
    }
}

impl Case {
    /// What the rules know of the review, as far as a case follows from it.
    pub(super) fn review(&self) -> review::State {
        review::State {
            stage: self.stage,
            assigned_to: self.assigned_to,
            snoozed_until: self.snoozed_until,
            is_escalated: self.is_escalated,
            answer_expected_by: Some(self.answer_expected_by),
            request: self.documents_deadline.map(review::Request::until),
            proposal: self.proposal.map(|open| OpenProposal {
                proposal: open.proposal,
                by: open.by,
                file_version: open.file_version,
            }),
            ..review::State::default()
        }
    }

    /// The case of a merchant as the rules know it; `None` if nothing is with us. An account that was
    /// closed for anything but its rejection has none.
    fn of(
        before: Option<&Self>,
        merchant: MerchantId,
        state: &State,
        at: DateTime<Utc>,
    ) -> Option<Self> {
        let review = &state.review;
        let is_closed = state.account.status == Some(Status::Closed);
        let is_gone = state.file.is_withdrawn || (is_closed && review.stage != Stage::Rejected);
        // Only a file that arrives begins a case.
        let is_none = before.is_none() && review.stage != Stage::Waiting;
        if is_gone || is_none || !review.is_submitted() {
            return None;
        }
        let is_awaited = matches!(review.stage, Stage::AwaitingDocuments | Stage::Expired);
        Some(Self {
            merchant,
            stage: review.stage,
            submitted_at: before.map_or(at, |case| case.submitted_at),
            answer_expected_by: review.answer_expected_by?,
            assigned_to: review.assigned_to,
            snoozed_until: review.snoozed_until,
            is_escalated: review.is_escalated,
            documents_deadline: review.request.as_ref().filter(|_| is_awaited).map(|r| r.deadline),
            proposal: review.proposal.map(|open| Proposed {
                proposal: open.proposal,
                by: open.by,
                file_version: open.file_version,
            }),
        })
    }

    /// Whether somebody still has to work on it.
    pub fn is_open(&self) -> bool {
        match self.stage {
            Stage::Approved | Stage::Rejected => false,
            Stage::NotSubmitted
            | Stage::Waiting
            | Stage::InReview
            | Stage::AwaitingDocuments
            | Stage::Expired => true,
        }
    }

    fn place(&self) -> Place {
        (self.submitted_at, self.merchant)
    }
}

/// Where a case stands among others: the longest waiting first.
type Place = (DateTime<Utc>, MerchantId);

#[derive(Default)]
pub struct Queue {
    cases: DashMap<MerchantId, Arc<Case>>,
    order: RwLock<Order>,
}

#[derive(Default)]
struct Order {
    /// Those on which somebody still has to work.
    open: BTreeSet<Place>,
    by_stage: BTreeMap<Stage, BTreeSet<Place>>,
}

impl Order {
    fn remove(&mut self, case: &Case) {
        self.open.remove(&case.place());
        if let Some(places) = self.by_stage.get_mut(&case.stage) {
            places.remove(&case.place());
        }
    }

    fn insert(&mut self, case: &Case) {
        if case.is_open() {
            self.open.insert(case.place());
        }
        self.by_stage.entry(case.stage).or_default().insert(case.place());
    }
}

impl Queue {
    /// Takes the review as it is after an event of that time.
    pub(super) fn take(&self, merchant: MerchantId, state: &State, at: DateTime<Utc>) {
        let before = self.case(merchant);
        let case = Case::of(before.as_deref(), merchant, state, at);
        if case.as_ref() != before.as_deref() {
            self.replace(merchant, case.map(Arc::new));
        }
    }

    pub fn case(&self, merchant: MerchantId) -> Option<Arc<Case>> {
        self.cases.get(&merchant).map(|case| Arc::clone(&case))
    }

    /// Takes the case as it is elsewhere.
    pub fn replace(&self, merchant: MerchantId, case: Option<Arc<Case>>) {
        let mut order = self.order.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = self.case(merchant) {
            order.remove(&before);
        }
        match case {
            Some(case) => {
                order.insert(&case);
                self.cases.insert(merchant, case);
            }
            None => drop(self.cases.remove(&merchant)),
        }
    }

    /// Those on which somebody still has to work, the longest waiting first.
    pub fn open(&self) -> Vec<Arc<Case>> {
        let order = self.order.read().unwrap_or_else(PoisonError::into_inner);
        self.at(&order.open)
    }

    /// Those at a stage, the longest waiting first.
    pub fn of_stage(&self, stage: Stage) -> Vec<Arc<Case>> {
        let order = self.order.read().unwrap_or_else(PoisonError::into_inner);
        order.by_stage.get(&stage).map(|places| self.at(places)).unwrap_or_default()
    }

    fn at(&self, places: &BTreeSet<Place>) -> Vec<Arc<Case>> {
        places.iter().filter_map(|(_, merchant)| self.case(*merchant)).collect()
    }
}
