//! What is due and when: the absolute instants that events carry, in order.

use chrono::{DateTime, TimeDelta, Utc};
use domain::review::{self, REMINDER_DAYS};
use domain::{MerchantId, bank_account, client_file, contract, merchant, registration};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};
use store::Recorded;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Timer {
    /// The account was never activated.
    Lapse,
    /// A reminder of the additional documents, so many days before their deadline.
    Remind {
        days_left: u8,
    },
    DocumentsDeadline,
    /// Twelve months after a deactivation.
    CloseAfterDeactivation,
    /// A contract that everybody has signed, at once.
    FileContract,
    /// Nobody has confirmed the change of a bank account.
    ExpireBankAccountChange,
}

/// When, for whom, and what.
pub type Due = (DateTime<Utc>, MerchantId, Timer);

domain::codes! {
    /// A timer without its number.
    pub enum TimerKind {
        Lapse = "lapse", "an account that was never activated lapses", "un compte jamais activé s'éteint";
        Remind = "documents_reminder", "a reminder of the additional documents", "un rappel des documents complémentaires";
        DocumentsDeadline = "documents_deadline", "the deadline of the additional documents", "l'échéance des documents complémentaires";
        CloseAfterDeactivation = "close_after_deactivation", "twelve months after a deactivation", "douze mois après une désactivation";
        FileContract = "file_contract", "a signed contract is filed", "un contrat signé est archivé";
        ExpireBankAccountChange = "expire_bank_account_change", "a change of a bank account that nobody confirmed ends", "un changement de compte bancaire jamais confirmé prend fin";
    }
}

impl Timer {
    pub fn kind(self) -> TimerKind {
        match self {
            Self::Lapse => TimerKind::Lapse,
            Self::Remind { .. } => TimerKind::Remind,
            Self::DocumentsDeadline => TimerKind::DocumentsDeadline,
            Self::CloseAfterDeactivation => TimerKind::CloseAfterDeactivation,
            Self::FileContract => TimerKind::FileContract,
            Self::ExpireBankAccountChange => TimerKind::ExpireBankAccountChange,
        }
    }
}

#[derive(Default)]
pub struct Deadlines {
    inner: RwLock<Inner>,
}

#[derive(Default)]
struct Inner {
    due: BTreeSet<Due>,
    of_merchant: BTreeMap<MerchantId, BTreeMap<Timer, DateTime<Utc>>>,
}

impl Deadlines {
    pub fn apply(&self, merchant: MerchantId, recorded: &Recorded, event: &merchant::Event) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        inner.apply(merchant, recorded.metadata.recorded_at, event);
    }

    /// Up to `limit` that are due at `now` and looked for, the oldest first.
    pub fn due(
        &self,
        now: DateTime<Utc>,
        limit: usize,
        is_looked_for: impl Fn(&Due) -> bool,
    ) -> Vec<Due> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner
            .due
            .iter()
            .take_while(|(due_at, ..)| *due_at <= now)
            .filter(|due| is_looked_for(due))
            .take(limit)
            .copied()
            .collect()
    }

    /// When the next is due, after one moment and up to another.
    pub fn next(&self, after: DateTime<Utc>, until: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        let mut later = inner.due.iter().map(|(due_at, ..)| *due_at).skip_while(|at| *at <= after);
        later.next().filter(|due_at| *due_at <= until)
    }

    /// All, the soonest first.
    pub fn all(&self) -> Vec<Due> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.due.iter().copied().collect()
    }

    /// Those of a merchant, and when each is due.
    pub fn of(&self, merchant: MerchantId) -> BTreeMap<Timer, DateTime<Utc>> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.of_merchant.get(&merchant).cloned().unwrap_or_default()
    }

    /// Takes the timers of a merchant as they are elsewhere.
    pub fn replace(&self, merchant: MerchantId, timers: BTreeMap<Timer, DateTime<Utc>>) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let before: Vec<Timer> = inner
            .of_merchant
            .get(&merchant)
            .into_iter()
            .flatten()
            .map(|(timer, _)| *timer)
            .collect();
        before.into_iter().for_each(|timer| inner.clear(merchant, timer));
        for (timer, due_at) in timers {
            inner.set(merchant, timer, due_at);
        }
    }
}

impl Inner {
    fn set(&mut self, merchant: MerchantId, timer: Timer, due_at: DateTime<Utc>) {
        self.clear(merchant, timer);
        self.due.insert((due_at, merchant, timer));
        self.of_merchant.entry(merchant).or_default().insert(timer, due_at);
    }

    fn clear(&mut self, merchant: MerchantId, timer: Timer) {
        if let Some(timers) = self.of_merchant.get_mut(&merchant) {
            if let Some(due_at) = timers.remove(&timer) {
                self.due.remove(&(due_at, merchant, timer));
            }
            if timers.is_empty() {
                self.of_merchant.remove(&merchant);
            }
        }
    }

    fn clear_documents(&mut self, merchant: MerchantId) {
        self.clear(merchant, Timer::DocumentsDeadline);
        for days_left in REMINDER_DAYS {
            self.clear(merchant, Timer::Remind { days_left });
        }
    }

    fn clear_all(&mut self, merchant: MerchantId) {
        self.clear_documents(merchant);
        self.clear(merchant, Timer::Lapse);
        self.clear(merchant, Timer::CloseAfterDeactivation);
        self.clear(merchant, Timer::ExpireBankAccountChange);
    }

    fn open_documents(
        &mut self,
        merchant: MerchantId,
        deadline: DateTime<Utc>,
        from: DateTime<Utc>,
    ) {
        self.clear_documents(merchant);
        self.set(merchant, Timer::DocumentsDeadline, deadline);
        for days_left in REMINDER_DAYS {
            let due_at = deadline - TimeDelta::days(i64::from(days_left));
            if due_at > from {
                self.set(merchant, Timer::Remind { days_left }, due_at);
            }
        }
    }

    fn apply(&mut self, merchant: MerchantId, at: DateTime<Utc>, event: &merchant::Event) {
        use merchant::Event;
        if let Event::Registration(event) = event {
            self.apply_registration(merchant, event);
        }
        if let Event::ClientFile(event) = event {
            self.apply_client_file(merchant, at, event);
        }
        if let Event::Contract(contract::Event::Filed { .. } | contract::Event::Presented { .. }) =
            event
        {
            self.clear(merchant, Timer::FileContract);
        }
        if let Event::Review(event) = event {
            self.apply_review(merchant, at, event);
        }
        if let Event::BankAccount(event) = event {
            self.apply_bank_account(merchant, event);
        }
    }

    fn apply_client_file(
        &mut self,
        merchant: MerchantId,
        at: DateTime<Utc>,
        event: &client_file::Event,
    ) {
        match event {
            client_file::Event::Withdrawn => self.clear_all(merchant),
            // The last signature sends the file.
            client_file::Event::Submitted { .. } => self.set(merchant, Timer::FileContract, at),
            client_file::Event::CompanyRecorded { .. }
            | client_file::Event::PersonRecorded { .. }
            | client_file::Event::PersonRoleSet { .. }
            | client_file::Event::PersonRemoved { .. }
            | client_file::Event::OwnershipDeclared { .. }
            | client_file::Event::PayoutAccountRecorded { .. }
            | client_file::Event::DocumentSubmitted { .. }
            | client_file::Event::DocumentSuperseded { .. }
            | client_file::Event::DocumentWithdrawn { .. } => {}
        }
    }

    fn apply_bank_account(&mut self, merchant: MerchantId, event: &bank_account::Event) {
        match event {
            bank_account::Event::ChangeRequested { expires_at, .. } => {
                self.set(merchant, Timer::ExpireBankAccountChange, *expires_at);
            }
            bank_account::Event::ChangeConfirmed { .. }
            | bank_account::Event::ChangeVerified { .. }
            | bank_account::Event::Changed { .. }
            | bank_account::Event::ChangeRefused { .. }
            | bank_account::Event::ChangeCancelled { .. }
            | bank_account::Event::ChangeExpired { .. } => {
                self.clear(merchant, Timer::ExpireBankAccountChange);
            }
        }
    }

    fn apply_registration(&mut self, merchant: MerchantId, event: &registration::Event) {
        use registration::Event;
        match event {
            Event::AccountCreated { lapses_at, .. } => self.set(merchant, Timer::Lapse, *lapses_at),
            Event::AccountActivated => self.clear(merchant, Timer::Lapse),
            Event::AccountDeactivated { restriction } => {
                if let Some(closes_at) = restriction.remedy_until {
                    self.set(merchant, Timer::CloseAfterDeactivation, closes_at);
                }
            }
            Event::AccountReactivated { .. } => self.clear(merchant, Timer::CloseAfterDeactivation),
            Event::AccountLapsed | Event::AccountClosed { .. } => self.clear_all(merchant),
            Event::CompanyBasicsRecorded { .. }
            | Event::TestModeOpened
            | Event::LiveModeOpened
            | Event::PayoutsEnabled
            | Event::AccountSuspended { .. }
            | Event::SuspensionLifted { .. } => {}
        }
    }

    fn apply_review(&mut self, merchant: MerchantId, at: DateTime<Utc>, event: &review::Event) {
        use review::Event;
        match event {
            Event::DocumentsRequested { deadline, .. }
            | Event::DocumentsRequestReopened { deadline, .. } => {
                self.open_documents(merchant, *deadline, at);
            }
            Event::DocumentsReminderSent { days_left } => {
                // A later reminder makes the earlier ones pointless.
                for earlier in REMINDER_DAYS.into_iter().filter(|days| days >= days_left) {
                    self.clear(merchant, Timer::Remind { days_left: earlier });
                }
            }
            Event::DocumentsReceived
            | Event::DocumentsDeadlinePassed
            | Event::UndeliveredRequestFlagged
            | Event::ClientFileApproved { .. }
            | Event::ClientFileRejected { .. } => self.clear_documents(merchant),
            Event::CaseTaken { .. }
            | Event::CaseAssigned { .. }
            | Event::ReviewBegan
            | Event::CaseSnoozed { .. }
            | Event::CaseEscalated { .. }
            | Event::NoteAdded { .. }
            | Event::DocumentAccepted { .. }
            | Event::DocumentRefused { .. }
            | Event::DecisionProposed { .. }
            | Event::DecisionReturned { .. } => {}
        }
    }
}
