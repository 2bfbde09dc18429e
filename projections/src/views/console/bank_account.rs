//! Bank accounts and their changes, to staff: what was declared beside what was read, and who did what.

use super::lists::ReadingComparison;
use crate::models::ReadModels;
use crate::models::bank_accounts::Waiting;
use crate::views::bank_account::{AccountView, PayoutView, holder, masked};
use crate::views::ids::{BankAccountChangeId, MerchantId, StaffId};
use crate::views::lists::{BankAccountChangeStage, BankAccountRefusal};
use chrono::{DateTime, TimeDelta, Utc};
use domain::bank_account::{Account, Change, Comparison};
use domain::merchant::State;
use domain::values::Language;
use serde::Serialize;
use utoipa::ToSchema;

/// A change that waits for us.
#[derive(Serialize, ToSchema)]
#[schema(as = WaitingBankAccountChange)]
pub struct WaitingView {
    /// Always `bank_account_change`.
    pub object: &'static str,
    pub id: BankAccountChangeId,
    pub merchant: MerchantId,
    /// The name of the company.
    #[schema(example = "Atelier du Lac")]
    pub legal_name: Option<String>,
    pub stage: BankAccountChangeStage,
    /// When the merchant confirmed it.
    pub confirmed_at: DateTime<Utc>,
    /// How long it has waited.
    #[schema(example = 5)]
    pub age_hours: i64,
    /// When we want to have looked at it.
    pub target_at: DateTime<Utc>,
    /// Whether that has passed.
    pub is_late: bool,
    /// Who found that the account is the merchant's.
    pub verified_by: Option<StaffId>,
    /// How many other merchants gave an IBAN that this one gave, too, as known now.
    #[schema(example = 0)]
    pub same_iban: usize,
}

#[derive(Serialize, ToSchema)]
pub struct BankAccounts {
    /// Always `bank_accounts`.
    pub object: &'static str,
    pub payouts: PayoutView,
    /// Every account that was ever paid to, the oldest first.
    pub accounts: Vec<VerifiedAccount>,
    /// The newest change, also when it is over.
    pub change: Option<ChangeView>,
    /// Other merchants that gave an IBAN which this one gave, too, as known now. For staff only.
    pub same_iban: Vec<MerchantId>,
}

/// An account that a merchant is paid to, and whose two eyes each saw it.
#[derive(Serialize, ToSchema)]
pub struct VerifiedAccount {
    #[serde(flatten)]
    pub account: AccountView,
    /// Who found that it is the merchant's.
    pub verified_by: StaffId,
    /// Who made it the account that is paid to.
    pub activated_by: StaffId,
}

/// The change of a bank account, with what was read on the RIB. It helps; people decide.
#[derive(Serialize, ToSchema)]
#[schema(as = ExaminedBankAccountChange)]
pub struct ChangeView {
    /// Always `bank_account_change`.
    pub object: &'static str,
    pub id: BankAccountChangeId,
    pub stage: BankAccountChangeStage,
    /// The new IBAN: its country and its end.
    pub iban: Compared,
    /// The holder of the new account.
    pub holder: Compared,
    /// The size of the RIB, in bytes.
    #[schema(example = 48_211)]
    pub rib_size: u64,
    /// Until when the merchant can confirm it.
    pub expires_at: DateTime<Utc>,
    /// When we want to have looked at it.
    pub target_at: Option<DateTime<Utc>>,
    /// Who found that the account is the merchant's.
    pub verified_by: Option<StaffId>,
    /// Why it was refused, if it was.
    pub refusal: Option<BankAccountRefusal>,
    /// What the officer wrote about it, for the merchant.
    #[schema(example = "The RIB is that of another company.")]
    pub refusal_text: Option<String>,
}

/// What was declared beside what a machine read.
#[derive(Serialize, ToSchema)]
pub struct Compared {
    /// None once it is forgotten.
    #[schema(example = "FR…2606")]
    pub declared: Option<String>,
    /// None where nothing could be read.
    #[schema(example = "FR…2606")]
    pub read: Option<String>,
    /// None once it is forgotten.
    pub comparison: Option<ReadingComparison>,
}

impl WaitingView {
    pub fn of(models: &ReadModels, waiting: &Waiting, same_iban: usize, at: DateTime<Utc>) -> Self {
        let row = models.directory.row(waiting.merchant);
        let legal_name = row.and_then(|row| row.legal_name.clone());
        Self {
            object: "bank_account_change",
            id: waiting.change.into(),
            merchant: waiting.merchant.into(),
            legal_name: legal_name.map(|name| name.as_str().to_owned()),
            stage: waiting.stage.into(),
            confirmed_at: waiting.confirmed_at,
            age_hours: (at - waiting.confirmed_at).max(TimeDelta::zero()).num_hours(),
            target_at: waiting.target_at,
            is_late: waiting.target_at < at,
            verified_by: waiting.verified_by.map(Into::into),
            same_iban,
        }
    }
}

impl BankAccounts {
    pub fn of(
        state: &State,
        sharing: &[domain::MerchantId],
        at: DateTime<Utc>,
        language: Language,
    ) -> Self {
        let known = &state.bank_account;
        Self {
            object: "bank_accounts",
            payouts: PayoutView::of(state, at, language),
            accounts: known.accounts.iter().map(VerifiedAccount::of).collect(),
            change: known.change.as_ref().map(ChangeView::of),
            same_iban: sharing.iter().map(|merchant| (*merchant).into()).collect(),
        }
    }
}

impl VerifiedAccount {
    fn of(account: &Account) -> Self {
        Self {
            account: AccountView::of(account),
            verified_by: account.verified_by.into(),
            activated_by: account.activated_by.into(),
        }
    }
}

impl ChangeView {
    fn of(change: &Change) -> Self {
        let reading = change.reading.known();
        let read_iban = reading.and_then(|read| read.read_iban.as_ref());
        let read_holder = reading.and_then(|read| read.read_holder.as_ref());
        Self {
            object: "bank_account_change",
            id: change.id.into(),
            stage: change.stage.into(),
            iban: Compared::of(
                masked(&change.account),
                read_iban.map(|iban| iban.masked()),
                reading.map(|read| read.iban),
            ),
            holder: Compared::of(
                holder(&change.account),
                read_holder.map(|name| name.as_str().to_owned()),
                reading.map(|read| read.holder),
            ),
            rib_size: change.rib.size,
            expires_at: change.expires_at,
            target_at: change.target_at,
            verified_by: change.verified_by.map(Into::into),
            refusal: change.refusal.map(Into::into),
            refusal_text: change.refusal_text.as_ref().map(|text| text.as_str().to_owned()),
        }
    }
}

impl Compared {
    fn of(declared: Option<String>, read: Option<String>, comparison: Option<Comparison>) -> Self {
        Self { declared, read, comparison: comparison.map(Into::into) }
    }
}
