//! What the rules remember about a merchant's bank accounts.

use super::{ABANDONED_FREEZE_MINUTES, CHANGES_PER_DAY_MAX, Event, Reading, RefusalReason, Rib};
use crate::client_file::{self, PayoutAccount};
use crate::values::FreeText;
use crate::{BankAccountChangeId, Personal, StaffId, registration, review};
use chrono::{DateTime, TimeDelta, Utc};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Those that were paid to, in their order: the last one is.
    pub accounts: Vec<Account>,
    /// The newest change, also when it is over.
    pub change: Option<Change>,
    /// When the last ones were asked for: as many as the limit counts.
    pub asked: Vec<DateTime<Utc>>,
}

/// An account that is or was paid to.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The change that made it; `None` for the first, which came with the client file.
    pub change: Option<BankAccountChangeId>,
    pub details: Personal<PayoutAccount>,
    /// The document that came with the change.
    pub rib: Option<Rib>,
    pub verified_by: StaffId,
    pub activated_by: StaffId,
    /// Since when it stands in for the one before, and from when it is paid to; `None` for the first,
    /// which is paid to from the approval on.
    pub active_since: Option<DateTime<Utc>>,
    pub payable_from: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub id: BankAccountChangeId,
    pub account: Personal<PayoutAccount>,
    pub rib: Rib,
    pub reading: Personal<Reading>,
    pub requested_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub target_at: Option<DateTime<Utc>>,
    pub verified_by: Option<StaffId>,
    pub stage: Stage,
    pub refusal: Option<RefusalReason>,
    /// What the officer wrote to the merchant about it.
    pub refusal_text: Option<FreeText>,
}

codes! {
    pub enum Stage {
        Requested = "requested", "asked for, to be confirmed as it is shown", "demandé, à confirmer tel qu'il est affiché";
        Confirmed = "confirmed", "confirmed, to be verified by us", "confirmé, à vérifier par nous";
        Verified = "verified", "verified by one of us, to be activated by another", "vérifié par l'un de nous, à activer par un autre";
        Active = "active", "active", "actif";
        Refused = "refused", "refused", "refusé";
        Cancelled = "cancelled", "cancelled", "annulé";
        Expired = "expired", "never confirmed, and over", "jamais confirmé, et terminé";
    }
}

/// How a change is over, if it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Open,
    Done,
    Dropped,
}

impl Stage {
    pub fn ending(self) -> Ending {
        match self {
            Self::Requested | Self::Confirmed | Self::Verified => Ending::Open,
            Self::Active => Ending::Done,
            Self::Refused | Self::Cancelled | Self::Expired => Ending::Dropped,
        }
    }
}

impl State {
    /// The account that stands for now.
    pub fn account(&self) -> Option<&Account> {
        self.accounts.last()
    }

    /// The newest change, if it is that one.
    pub fn newest(&self, change: BankAccountChangeId) -> Option<&Change> {
        self.change.as_ref().filter(|newest| newest.id == change)
    }

    /// The document of the newest change, or of one that made an account.
    pub fn rib_of(&self, change: BankAccountChangeId) -> Option<&Rib> {
        let made = self.accounts.iter().find(|account| account.change == Some(change));
        self.newest(change).map(|newest| &newest.rib).or(made.and_then(|made| made.rib.as_ref()))
    }

    /// The change that is under way.
    pub fn open_change(&self) -> Option<&Change> {
        self.change.as_ref().filter(|change| change.stage.ending() == Ending::Open)
    }

    /// Whether a change keeps the owner's contacts as they are: until it is over, and until the account
    /// that it made is paid to.
    pub fn freezes_contacts(&self, change: BankAccountChangeId, at: DateTime<Utc>) -> bool {
        let is_open = self.open_change().is_some_and(|open| {
            open.id == change && (open.stage != Stage::Requested || at < open.expires_at)
        });
        let made = self.accounts.iter().find(|account| account.change == Some(change));
        is_open || made.and_then(|account| account.payable_from).is_some_and(|from| at < from)
    }

    /// Whether contacts that were frozen for a change can change again: it is over, or it never began.
    pub fn is_freeze_over(
        &self,
        change: BankAccountChangeId,
        frozen_at: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> bool {
        // One that another stands in for by now may also be one that is about to begin.
        let has_begun = self.newest(change).is_some()
            || self.accounts.iter().any(|made| made.change == Some(change));
        let is_late = at - frozen_at >= TimeDelta::minutes(ABANDONED_FREEZE_MINUTES);
        (has_begun || is_late) && !self.freezes_contacts(change, at)
    }
}

pub fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::ChangeRequested { change, account, rib, reading, requested_at, expires_at } => {
            state.asked.push(*requested_at);
            let surplus = state.asked.len().saturating_sub(CHANGES_PER_DAY_MAX);
            state.asked.drain(..surplus);
            state.change = Some(Change {
                id: *change,
                account: account.clone(),
                rib: rib.clone(),
                reading: reading.clone(),
                requested_at: *requested_at,
                expires_at: *expires_at,
                target_at: None,
                verified_by: None,
                stage: Stage::Requested,
                refusal: None,
                refusal_text: None,
            });
        }
        Event::ChangeConfirmed { target_at, .. } => {
            if let Some(change) = &mut state.change {
                change.stage = Stage::Confirmed;
                change.target_at = Some(*target_at);
            }
        }
        Event::ChangeVerified { by, .. } => {
            if let Some(change) = &mut state.change {
                change.stage = Stage::Verified;
                change.verified_by = Some(*by);
            }
        }
        Event::Changed { change, changed_at, payable_from, verified_by, activated_by } => {
            if let Some(open) = &mut state.change {
                open.stage = Stage::Active;
                state.accounts.push(Account {
                    change: Some(*change),
                    details: open.account.clone(),
                    rib: Some(open.rib.clone()),
                    verified_by: *verified_by,
                    activated_by: *activated_by,
                    active_since: Some(*changed_at),
                    payable_from: Some(*payable_from),
                });
            }
        }
        Event::ChangeRefused { reason, public_text, .. } => {
            if let Some(change) = &mut state.change {
                change.stage = Stage::Refused;
                change.refusal = Some(*reason);
                change.refusal_text = public_text.known().cloned();
            }
        }
        Event::ChangeCancelled { .. } => end(&mut state, Stage::Cancelled),
        Event::ChangeExpired { .. } => end(&mut state, Stage::Expired),
    }
    state
}

fn end(state: &mut State, stage: Stage) {
    if let Some(change) = &mut state.change {
        change.stage = stage;
    }
}

/// Approval makes the account of the file the one that is paid to. Two people judged it with the file.
/// So it is for merchants, too, who were approved before this room existed.
pub fn evolve_with_review(
    mut state: State,
    event: &review::Event,
    file: &client_file::State,
) -> State {
    if let review::Event::ClientFileApproved { proposed_by, confirmed_by, .. } = event
        && let Some(details) = &file.payout_account
    {
        state.accounts.push(Account {
            change: None,
            details: details.clone(),
            rib: None,
            verified_by: *proposed_by,
            activated_by: *confirmed_by,
            active_since: None,
            payable_from: None,
        });
    }
    state
}

/// Whoever has left changes nothing any more.
pub fn evolve_with_account(mut state: State, event: &registration::Event) -> State {
    if let registration::Event::AccountClosed { .. } = event
        && state.open_change().is_some()
    {
        end(&mut state, Stage::Cancelled);
    }
    state
}
