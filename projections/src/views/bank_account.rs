//! The bank account as it is told: to which account money goes, or why it waits, and how a change of it
//! stands. An IBAN is its country and its end, to whoever sees it.

use super::ids::BankAccountChangeId;
use super::lists::{self, Remedy, RestrictionReason};
use chrono::{DateTime, Utc};
use domain::bank_account::{Account, Hold, Payout, payout};
use domain::client_file::PayoutAccount;
use domain::merchant::State;
use domain::values::Language;
use domain::{Personal, Worded};
use serde::Serialize;
use utoipa::ToSchema;

domain::codes! {
    pub enum PayoutState {
        None = "none", "there are no payouts: not yet, or not any more", "pas de versements : pas encore, ou plus";
        Held = "held", "kept, never lost", "retenus, jamais perdus";
        Payable = "payable", "paid to the account", "versés sur le compte";
    }
}

/// What is done with a merchant's money at a moment.
#[derive(Serialize, ToSchema)]
#[schema(as = Payouts)]
pub struct PayoutView {
    /// Always `payout_state`.
    pub object: &'static str,
    pub state: lists::PayoutState,
    /// The same in words.
    #[schema(example = "Your money is paid to FR…2606.")]
    pub detail: String,
    /// The account that money goes to, or will go to.
    pub account: Option<AccountView>,
    /// Why money is kept, if it is.
    pub hold: Option<HoldView>,
}

/// An account that a merchant is paid to.
#[derive(Serialize, ToSchema)]
#[schema(as = PayoutAccount)]
pub struct AccountView {
    /// Always `bank_account`.
    pub object: &'static str,
    /// The change that made it; none for the account of the client file.
    pub change: Option<BankAccountChangeId>,
    /// Its country and its end.
    #[schema(example = "FR…2606")]
    pub iban: Option<String>,
    /// The holder of the account.
    #[schema(example = "Atelier du Lac")]
    pub holder: Option<String>,
    /// From when it is the account of the merchant.
    pub active_since: Option<DateTime<Utc>>,
    /// From when it is paid to.
    pub payable_from: Option<DateTime<Utc>>,
}

/// Why money is kept for now.
#[derive(Serialize, ToSchema)]
#[schema(as = PayoutHold)]
pub struct HoldView {
    pub reason: RestrictionReason,
    /// Why, in words.
    #[schema(
        example = "The bank account has changed; the first payout to it comes after 72 hours."
    )]
    pub detail: &'static str,
    /// From when.
    pub since: DateTime<Utc>,
    pub remedy: Remedy,
    /// When it ends by itself, if it does.
    pub until: Option<DateTime<Utc>>,
}

impl PayoutView {
    pub fn of(state: &State, at: DateTime<Utc>, language: Language) -> Self {
        let payout = payout(state, at);
        Self {
            object: "payout_state",
            state: payout_state(&payout).into(),
            detail: words(&payout, language),
            account: payout.account().map(AccountView::of),
            hold: payout.hold().map(|hold| HoldView::of(hold, language)),
        }
    }
}

pub fn payout_state(payout: &Payout<'_>) -> PayoutState {
    match payout {
        Payout::None => PayoutState::None,
        Payout::Held { .. } => PayoutState::Held,
        Payout::To { .. } => PayoutState::Payable,
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
    language.of(english, french)
}

impl AccountView {
    pub fn of(account: &Account) -> Self {
        Self {
            object: "bank_account",
            change: account.change.map(Into::into),
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
            reason: restriction.why.into(),
            detail: restriction.why.words(language),
            since: restriction.since,
            remedy: restriction.remedy.into(),
            until: hold.until,
        }
    }
}

pub fn masked(account: &Personal<PayoutAccount>) -> Option<String> {
    account.known().map(|account| account.iban.masked())
}

pub fn holder(account: &Personal<PayoutAccount>) -> Option<String> {
    account.known().map(|account| account.holder.as_str().to_owned())
}
