//! To which account a merchant is paid at a moment, or why not.

use super::Account;
use crate::access::{Access, Capability, access};
use crate::merchant::State;
use crate::restriction::{PublicReason, Remedy, Restricted, Restriction};
use chrono::{DateTime, Utc};

/// What is done with a merchant's money at a moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Payout<'a> {
    /// There is none yet, or none any more.
    None,
    /// It is kept for them, and to which account it will go.
    Held {
        hold: Hold,
        account: &'a Account,
    },
    To {
        account: &'a Account,
    },
}

impl<'a> Payout<'a> {
    /// The account that money goes to, or will go to.
    pub fn account(&self) -> Option<&'a Account> {
        match self {
            Self::None => None,
            Self::Held { account, .. } | Self::To { account } => Some(account),
        }
    }

    pub fn hold(&self) -> Option<&Hold> {
        match self {
            Self::Held { hold, .. } => Some(hold),
            Self::None | Self::To { .. } => None,
        }
    }
}

/// Why money is kept, and until when if that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    pub restriction: Restriction,
    pub until: Option<DateTime<Utc>>,
}

/// Of the state at a moment; the clock goes on after the last event, so it comes in, too.
pub fn payout(state: &State, at: DateTime<Utc>) -> Payout<'_> {
    let Some(account) = state.bank_account.account() else { return Payout::None };
    let status = state.account.status.map(|status| access(status, Capability::Payouts));
    match status {
        None | Some(Access::Denied) => Payout::None,
        Some(Access::Held) => match state.account.restriction {
            Some(restriction) => Payout::Held { hold: Hold { restriction, until: None }, account },
            None => Payout::None,
        },
        Some(_) => match held_as_new(account, at) {
            Some(hold) => Payout::Held { hold, account },
            None => Payout::To { account },
        },
    }
}

/// A new account is not paid to at once: whoever took a login over would be gone with the money.
fn held_as_new(account: &Account, at: DateTime<Utc>) -> Option<Hold> {
    let (since, until) = (account.active_since?, account.payable_from?);
    (at < until).then_some(Hold {
        restriction: Restriction {
            what: Restricted::Payouts,
            why: PublicReason::NewBankAccount,
            since,
            remedy: Remedy::Wait,
            remedy_until: None,
        },
        until: Some(until),
    })
}
