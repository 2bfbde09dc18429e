//! The bank account as it is told: to which account money goes, or why it waits, and how a change of it
//! stands. An IBAN is its country and its end, to whoever sees it.

use chrono::{DateTime, Utc};
use domain::bank_account::{self, Account, Hold, Payout, payout};
use domain::client_file::PayoutAccount;
use domain::merchant::State;
use domain::values::Language;
use domain::{Coded, Personal};
use serde::Serialize;
use utoipa::ToSchema;

/// What is done with a merchant's money at a moment.
#[derive(Serialize, ToSchema)]
pub struct PayoutView {
    /// Always `payout_state`.
    pub object: &'static str,
    /// `none` (not open yet, or any more), `held` (kept, never lost) or `payable`.
    pub state: &'static str,
    /// The same in words.
    pub detail: String,
    /// The account that money goes to, or will go to.
    pub account: Option<AccountView>,
    pub hold: Option<HoldView>,
}

#[derive(Serialize, ToSchema)]
pub struct AccountView {
    /// Always `bank_account`.
    pub object: &'static str,
    /// The change that made it; none for the account of the client file.
    pub change: Option<String>,
    /// Its country and its end.
    #[schema(example = "FR…2606")]
    pub iban: Option<String>,
    pub holder: Option<String>,
    pub active_since: Option<DateTime<Utc>>,
    /// From when it is paid to.
    pub payable_from: Option<DateTime<Utc>>,
}

#[derive(Serialize, ToSchema)]
pub struct HoldView {
    /// `documents_not_received`, `account_under_control` or `new_bank_account`.
    pub reason: &'static str,
    /// In words.
    pub detail: &'static str,
    pub since: DateTime<Utc>,
    /// `send_documents`, `contact_support` or `wait`.
    pub remedy: &'static str,
    /// When it ends by itself, if it does.
    pub until: Option<DateTime<Utc>>,
}

/// The change of an account, to the merchant.
#[derive(Serialize, ToSchema)]
pub struct ChangeView {
    /// Always `bank_account_change`.
    pub object: &'static str,
    pub id: String,
    /// `requested`, `confirmed`, `verified`, `active`, `refused`, `cancelled` or `expired`.
    pub stage: &'static str,
    /// The country and the end of the new IBAN.
    #[schema(example = "FR…2606")]
    pub iban: Option<String>,
    pub holder: Option<String>,
    /// The size of the RIB, in bytes.
    pub rib_size: u64,
    /// Until when it can be confirmed.
    pub expires_at: DateTime<Utc>,
    /// What stands for this summary: send it back to confirm.
    pub recap: Option<String>,
    pub refusal: Option<&'static str>,
    pub refusal_detail: Option<&'static str>,
    /// What the officer wrote about it.
    pub refusal_text: Option<String>,
}

impl PayoutView {
    pub fn of(state: &State, at: DateTime<Utc>, language: Language) -> Self {
        let payout = payout(state, at);
        Self {
            object: "payout_state",
            state: payout_code(&payout),
            detail: words(&payout, language),
            account: payout.account().map(AccountView::of),
            hold: payout.hold().map(|hold| HoldView::of(hold, language)),
        }
    }
}

pub fn payout_code(payout: &Payout<'_>) -> &'static str {
    match payout {
        Payout::None => "none",
        Payout::Held { .. } => "held",
        Payout::To { .. } => "payable",
    }
}

fn words(payout: &Payout<'_>, language: Language) -> String {
    let iban = |account: &Account| masked(&account.details).unwrap_or_else(|| "[…]".to_owned());
    let (french, english) = match payout {
        Payout::None => (
            "Aucun versement pour le moment.".to_owned(),
            "There are no payouts for now.".to_owned(),
        ),
        Payout::Held { hold, account } => (
            format!(
                "Vos versements vers {} sont retenus, jamais perdus. {}",
                iban(account),
                hold.restriction.why.french()
            ),
            format!(
                "Your payouts to {} are held, never lost. {}",
                iban(account),
                hold.restriction.why.english()
            ),
        ),
        Payout::To { account } => (
            format!("Vos fonds sont versés sur {}.", iban(account)),
            format!("Your money is paid to {}.", iban(account)),
        ),
    };
    match language {
        Language::French => french,
        Language::English => english,
    }
}

impl AccountView {
    pub fn of(account: &Account) -> Self {
        Self {
            object: "bank_account",
            change: account.change.map(|change| change.to_string()),
            iban: masked(&account.details),
            holder: holder(&account.details),
            active_since: account.active_since,
            payable_from: account.payable_from,
        }
    }
}

impl HoldView {
    fn of(hold: &Hold, language: Language) -> Self {
        let restriction = &hold.restriction;
        Self {
            reason: restriction.why.code(),
            detail: match language {
                Language::French => restriction.why.french(),
                Language::English => restriction.why.english(),
            },
            since: restriction.since,
            remedy: restriction.remedy.code(),
            until: hold.until,
        }
    }
}

impl ChangeView {
    /// `recap` stands for what is shown here, as long as it can be confirmed.
    pub fn of(change: &bank_account::Change, recap: Option<String>, language: Language) -> Self {
        Self {
            object: "bank_account_change",
            id: change.id.to_string(),
            stage: change.stage.code(),
            iban: masked(&change.account),
            holder: holder(&change.account),
            rib_size: change.rib.size,
            expires_at: change.expires_at,
            recap,
            refusal: change.refusal.map(Coded::code),
            refusal_detail: change.refusal.map(|refusal| match language {
                Language::French => refusal.french(),
                Language::English => refusal.english(),
            }),
            refusal_text: change.refusal_text.as_ref().map(|text| text.as_str().to_owned()),
        }
    }
}

pub fn masked(account: &Personal<PayoutAccount>) -> Option<String> {
    account.known().map(|account| account.iban.masked())
}

pub fn holder(account: &Personal<PayoutAccount>) -> Option<String> {
    account.known().map(|account| account.holder.as_str().to_owned())
}
