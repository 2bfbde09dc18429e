//! A merchant.

use crate::config;
use crate::lives::{Step, beginnings, birth, step};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Personal;
use domain::api_keys::{self, Mode};
use domain::bank_account::{self, COOLING_OFF_HOURS, Payout, payout};
use domain::client_file::{self, PayoutAccount};
use domain::merchant::{Event, State, decide, evolve};
use domain::registration::{self, Status};
use domain::review::{self, Stage};
use proptest::prelude::*;
use std::sync::LazyLock;

#[derive(Clone)]
struct Life {
    at: DateTime<Utc>,
    state: State,
    /// What happened since the beginning.
    events: Vec<Event>,
    is_approved: bool,
    is_submitted: bool,
    /// Whether the last request was the second of a pair.
    is_pair_done: bool,
    /// The accounts that were changed to, and when each may be paid to.
    verified: Vec<(Personal<PayoutAccount>, DateTime<Utc>)>,
}

impl Life {
    fn new() -> Self {
        Self {
            at: birth(),
            state: State::default(),
            events: vec![],
            is_approved: false,
            is_submitted: false,
            is_pair_done: false,
            verified: vec![],
        }
    }

    /// A life whose requests were all accepted.
    fn after(steps: &[Step]) -> Self {
        let mut life = Self::new();
        for step in steps {
            let happened = life.live(step).unwrap();
            assert!(happened > 0, "{step:?} came to nothing");
        }
        life
    }
}

static BEGINNINGS: LazyLock<Vec<Life>> =
    LazyLock::new(|| beginnings().iter().map(|steps| Life::after(steps)).collect());

#[test]
fn the_beginnings_lead_where_chance_does_not() {
    let has = |status, stage| {
        let mut states = BEGINNINGS.iter().map(|life| &life.state);
        states.any(|state| state.account.status == Some(status) && state.review.stage == stage)
    };
    assert!(has(Status::Live, Stage::Approved));
    assert!(has(Status::Deactivated, Stage::Expired));
    assert!(has(Status::Test, Stage::AwaitingDocuments));
    assert!(has(Status::Suspended, Stage::Approved));
    assert!(has(Status::Test, Stage::InReview));
    assert!(has(Status::Closed, Stage::Rejected));
}

impl Life {
    /// Takes one step and says how many events it made.
    fn live(&mut self, step: &Step) -> Result<usize, TestCaseError> {
        self.at = step.time(self.at);
        let (command, occasion) = step.asked(&self.state, self.at);
        let before = self.state.clone();
        self.is_pair_done = false;
        let Ok(events) = decide(command, &self.state, &occasion) else {
            prop_assert_eq!(&self.state, &before, "a refusal changed something");
            return Ok(0);
        };
        for event in &events {
            self.check_event(event)?;
            let deadline = deadline(&self.state);
            self.state = evolve(std::mem::take(&mut self.state), event);
            self.check_deadline(deadline, event)?;
        }
        self.check_states(&before)?;
        self.check_payout()?;
        let happened = events.len();
        self.events.extend(events);
        Ok(happened)
    }

    /// Judged against the state in which the event happens.
    fn check_event(&mut self, event: &Event) -> Result<(), TestCaseError> {
        let status = self.state.account.status;
        match event {
            Event::Review(
                review::Event::ClientFileApproved { proposed_by, confirmed_by, .. }
                | review::Event::ClientFileRejected { proposed_by, confirmed_by, .. },
            )
            | Event::Registration(
                registration::Event::AccountReactivated { proposed_by, confirmed_by }
                | registration::Event::SuspensionLifted { proposed_by, confirmed_by },
            ) => {
                prop_assert_ne!(proposed_by, confirmed_by, "two eyes only");
                let proposal = self.state.review.proposal.as_ref();
                prop_assert_eq!(proposal.map(|open| open.by), Some(*proposed_by));
                self.is_pair_done = true;
                if matches!(event, Event::Review(review::Event::ClientFileApproved { .. })) {
                    prop_assert!(self.is_submitted, "approved before it was sent");
                    self.is_approved = true;
                }
            }
            Event::ApiKeys(
                api_keys::Event::Issued { mode: Mode::Live, .. }
                | api_keys::Event::Rotated { mode: Mode::Live, .. },
            ) => prop_assert_eq!(status, Some(Status::Live), "a live key without a live account"),
            Event::Registration(
                registration::Event::LiveModeOpened | registration::Event::PayoutsEnabled,
            ) => prop_assert!(self.is_approved, "live without approval"),
            Event::ClientFile(client_file::Event::Submitted { .. }) => {
                prop_assert!(!self.is_submitted, "sent twice");
                prop_assert!(self.state.contract.missing_signers().is_empty());
                self.is_submitted = true;
            }
            Event::Registration(registration::Event::AccountDeactivated { .. }) => {
                let request = self.state.review.request.as_ref();
                prop_assert!(request.is_some_and(review::Request::was_delivered));
                prop_assert!(request.is_some_and(|request| request.deadline <= self.at));
            }
            Event::BankAccount(bank_account::Event::Changed {
                change,
                payable_from,
                verified_by,
                activated_by,
                ..
            }) => {
                prop_assert_ne!(verified_by, activated_by, "two eyes only");
                let open = self.state.bank_account.open_change();
                let verified = open.filter(|open| open.id == *change).and_then(|o| o.verified_by);
                prop_assert_eq!(verified, Some(*verified_by), "changed without a verification");
                prop_assert_eq!(*payable_from - self.at, TimeDelta::hours(COOLING_OFF_HOURS));
                let may = matches!(status, Some(Status::Live | Status::Terminating));
                prop_assert!(may, "changed where it may not");
                let paid = open.map(|open| open.account.clone());
                self.verified.extend(paid.map(|account| (account, *payable_from)));
            }
            Event::BankAccount(
                bank_account::Event::ChangeRequested { .. }
                | bank_account::Event::ChangeConfirmed { .. }
                | bank_account::Event::ChangeVerified { .. },
            ) => {
                let may = matches!(status, Some(Status::Live | Status::Terminating));
                prop_assert!(may, "a step of a change where there may be none");
            }
            _ => {}
        }
        Ok(())
    }

    /// One account is paid to, it was verified, and never sooner than it may be.
    fn check_payout(&self) -> Result<(), TestCaseError> {
        let Payout::To { account } = payout(&self.state, self.at) else { return Ok(()) };
        prop_assert!(self.is_approved, "paid before anybody was approved");
        prop_assert_eq!(Some(account), self.state.bank_account.accounts.last());
        let first = self.state.file.payout_account.as_ref();
        let is_first = account.change.is_none() && Some(&account.details) == first;
        let is_verified = self.verified.last().is_some_and(|(details, payable_from)| {
            *details == account.details && *payable_from <= self.at
        });
        prop_assert!(is_verified || (is_first && self.verified.is_empty()));
        Ok(())
    }

    /// The date that was announced moves only by an event that is announced too.
    fn check_deadline(
        &self,
        before: Option<DateTime<Utc>>,
        event: &Event,
    ) -> Result<(), TestCaseError> {
        let after = deadline(&self.state);
        match event {
            Event::Review(review::Event::DocumentsRequested { deadline, .. }) => {
                prop_assert_eq!(after, Some(*deadline));
            }
            Event::Review(review::Event::DocumentsRequestReopened { deadline, .. }) => {
                prop_assert_eq!(after, Some(*deadline));
                prop_assert!(after >= before, "reopened with less time");
            }
            _ => prop_assert_eq!(after, before, "moved by {:?}", event),
        }
        Ok(())
    }

    fn check_states(&self, before: &State) -> Result<(), TestCaseError> {
        if self.is_pair_done {
            prop_assert!(self.state.review.proposal.is_none(), "a proposal to confirm twice");
        }
        let (was, is) = (before.account.status, self.state.account.status);
        if let Some(Status::Closed | Status::Lapsed) = was {
            prop_assert_eq!(was, is, "an account came back from its end");
        }
        if let Some(Status::Deactivated | Status::Suspended) = is {
            prop_assert!(self.state.account.restriction.is_some(), "stopped without saying why");
        }
        if is == Some(Status::Live) {
            prop_assert!(self.is_approved);
        }
        prop_assert!(self.state.file.version >= before.file.version);
        if before.review.is_decided() {
            prop_assert_eq!(self.state.review.stage, before.review.stage, "decided twice");
            prop_assert_eq!(&self.state.file, &before.file, "a decided file changed");
        }
        Ok(())
    }
}

fn deadline(state: &State) -> Option<DateTime<Utc>> {
    state.review.request.as_ref().map(|request| request.deadline)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_is_asked_some_things_never_happen(
        beginning in 0..BEGINNINGS.len(),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut life = BEGINNINGS[beginning].clone();
        for step in &steps {
            life.live(step)?;
        }
        let folded = life.events.iter().fold(State::default(), evolve);
        prop_assert_eq!(folded, life.state, "the history tells another story than the state");
    }
}
