//! Strong authentication: a second factor, proved just now, for one action and no other.
//!
//! Today it is a one-time code to the verified mobile. An authenticator or a passkey is another method
//! through the same door: what it proves, for what and for how long stays the same.

use crate::{BankAccountChangeId, Coded, Id, MerchantId};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;

/// How long a proof counts.
pub const PROOF_MINUTES: i64 = 5;

codes! {
    /// By what somebody proved that it is them.
    pub enum Method {
        MobileCode = "mobile_code", "a code sent to the mobile", "un code envoyé sur le mobile";
    }
}

/// What is done only after a strong authentication for it. Where the message can say which one
/// (article 5 of regulation 2018/389), the action names it, and the proof counts for that one alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// To make or to rotate a live key.
    LiveKeys,
    RequestBankAccountChange,
    ConfirmBankAccountChange {
        merchant: MerchantId,
        change: BankAccountChangeId,
    },
    /// To ask for another login e-mail or mobile.
    ChangeContact,
    /// To make a token with which a program acts.
    PersonalAccessTokens,
}

codes! {
    /// An action without what it is about.
    pub enum ActionKind {
        LiveKeys = "live_keys", "manage live keys", "gérer les clés de production";
        RequestBankAccountChange = "request_bank_account_change", "ask for a change of the bank account", "demander le changement du compte bancaire";
        ConfirmBankAccountChange = "confirm_bank_account_change", "confirm the change of the bank account", "confirmer le changement du compte bancaire";
        ChangeContact = "change_contact", "change the e-mail address or the mobile", "changer l'e-mail ou le mobile";
        PersonalAccessTokens = "personal_access_tokens", "make a token for a program", "créer un jeton pour un programme";
    }
}

/// A proof that somebody gave in their session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    pub action: Action,
    pub at: DateTime<Utc>,
}

impl Proof {
    /// Whether it counts for an action at a moment.
    pub fn is_for(&self, action: Action, at: DateTime<Utc>) -> bool {
        let age = at - self.at;
        self.action == action
            && (TimeDelta::zero()..=TimeDelta::minutes(PROOF_MINUTES)).contains(&age)
    }
}

impl Action {
    pub fn kind(self) -> ActionKind {
        match self {
            Self::LiveKeys => ActionKind::LiveKeys,
            Self::RequestBankAccountChange => ActionKind::RequestBankAccountChange,
            Self::ConfirmBankAccountChange { .. } => ActionKind::ConfirmBankAccountChange,
            Self::ChangeContact => ActionKind::ChangeContact,
            Self::PersonalAccessTokens => ActionKind::PersonalAccessTokens,
        }
    }

    /// The change that it is about.
    pub fn change(self) -> Option<(MerchantId, BankAccountChangeId)> {
        match self {
            Self::ConfirmBankAccountChange { merchant, change } => Some((merchant, change)),
            Self::LiveKeys
            | Self::RequestBankAccountChange
            | Self::ChangeContact
            | Self::PersonalAccessTokens => None,
        }
    }

    /// By its kind, and what goes with it and with nothing else.
    pub fn from_parts(
        kind: ActionKind,
        change: Option<(MerchantId, BankAccountChangeId)>,
    ) -> Option<Self> {
        match (kind, change) {
            (ActionKind::LiveKeys, None) => Some(Self::LiveKeys),
            (ActionKind::RequestBankAccountChange, None) => Some(Self::RequestBankAccountChange),
            (ActionKind::ConfirmBankAccountChange, Some((merchant, change))) => {
                Some(Self::ConfirmBankAccountChange { merchant, change })
            }
            (ActionKind::ChangeContact, None) => Some(Self::ChangeContact),
            (ActionKind::PersonalAccessTokens, None) => Some(Self::PersonalAccessTokens),
            (
                ActionKind::LiveKeys
                | ActionKind::RequestBankAccountChange
                | ActionKind::ConfirmBankAccountChange
                | ActionKind::ChangeContact
                | ActionKind::PersonalAccessTokens,
                _,
            ) => None,
        }
    }

    /// Reads what `Display` has written.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let kind = ActionKind::from_code(parts.next()?)?;
        let ids: Vec<&str> = parts.collect();
        let change = match ids[..] {
            [] => None,
            [merchant, change] => {
                Some((MerchantId::parse(merchant)?, BankAccountChangeId::parse(change)?))
            }
            _ => return None,
        };
        Self::from_parts(kind, change)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.change() {
            Some((merchant, change)) => write!(f, "{} {merchant} {change}", self.kind()),
            None => write!(f, "{}", self.kind()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confirming(change: u128) -> Action {
        Action::ConfirmBankAccountChange {
            merchant: MerchantId::from_u128(1),
            change: BankAccountChangeId::from_u128(change),
        }
    }

    #[test]
    fn a_proof_counts_for_five_minutes_and_for_its_action_alone() {
        let at = DateTime::UNIX_EPOCH;
        let proof = Proof { action: confirming(1), at };
        let after = |seconds| at + TimeDelta::seconds(seconds);
        assert!(proof.is_for(confirming(1), at));
        assert!(proof.is_for(confirming(1), after(300)));
        assert!(!proof.is_for(confirming(1), after(301)));
        assert!(!proof.is_for(confirming(1), after(-1)));
        assert!(!proof.is_for(confirming(2), at));
        assert!(!proof.is_for(Action::LiveKeys, at));
    }

    #[test]
    fn an_action_is_read_as_it_was_written() {
        let whole = [
            Action::LiveKeys,
            Action::RequestBankAccountChange,
            confirming(7),
            Action::ChangeContact,
            Action::PersonalAccessTokens,
        ];
        for action in whole {
            assert_eq!(Action::parse(&action.to_string()), Some(action));
            assert_eq!(Action::from_parts(action.kind(), action.change()), Some(action));
        }
        for wrong in ["", "live_keys x", "confirm_bank_account_change", "no"] {
            assert_eq!(Action::parse(wrong), None, "{wrong}");
        }
    }
}
