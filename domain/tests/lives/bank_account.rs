//! What is asked of a bank account.

use super::values::{id, text};
use super::{Person, mostly, rarely};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Coded;
use domain::bank_account::{Command, NewChange, Reading, RefusalReason, Rib};
use domain::client_file::{MediaType, PayoutAccount};
use domain::merchant::State;
use domain::strong_authentication::Action;
use domain::values::{Iban, LegalName};
use proptest::prelude::*;
use proptest::sample::select;

#[derive(Clone, Debug)]
pub enum Ask {
    Request { change: u8, account: u8, media_type: MediaType, minutes_frozen: i64 },
    Confirm { change: u8, is_what_was_shown: bool },
    Cancel { change: u8 },
    CancelByLink { change: u8 },
    Verify { change: u8 },
    Activate { change: u8 },
    Refuse { change: u8, reason: RefusalReason },
    Expire,
}

/// Few of them, so that they meet one another.
fn change() -> impl Strategy<Value = u8> {
    200..203u8
}

pub fn any() -> impl Strategy<Value = Ask> {
    prop_oneof![
        6 => (change(), 0..3u8, rarely(), prop_oneof![8 => Just(0), 1 => -1..9i64])
            .prop_map(|(change, account, is_picture, minutes_frozen)| Ask::Request {
                change,
                account,
                media_type: if is_picture { MediaType::Png } else { MediaType::Pdf },
                minutes_frozen,
            }),
        8 => (change(), mostly())
            .prop_map(|(change, is_what_was_shown)| Ask::Confirm { change, is_what_was_shown }),
        1 => change().prop_map(|change| Ask::Cancel { change }),
        1 => change().prop_map(|change| Ask::CancelByLink { change }),
        8 => change().prop_map(|change| Ask::Verify { change }),
        8 => change().prop_map(|change| Ask::Activate { change }),
        1 => (change(), select(RefusalReason::ALL))
            .prop_map(|(change, reason)| Ask::Refuse { change, reason }),
        2 => Just(Ask::Expire),
    ]
}

impl Ask {
    /// From whom it is usually asked, the first or the second of them.
    pub fn usually(&self, is_second: bool) -> Person {
        match *self {
            Self::Request { .. } => Person::OwnerWithCode(Action::RequestBankAccountChange),
            Self::Confirm { change, .. } => {
                let (merchant, change) = (id(0), id(change));
                Person::OwnerWithCode(Action::ConfirmBankAccountChange { merchant, change })
            }
            Self::Cancel { .. } => Person::Owner,
            Self::CancelByLink { .. } => Person::Visitor,
            Self::Verify { .. } | Self::Activate { .. } | Self::Refuse { .. } => {
                Person::Officer(is_second)
            }
            Self::Expire => Person::Timer,
        }
    }

    pub fn command(&self, _: &State, at: DateTime<Utc>) -> Command {
        match *self {
            Self::Request { change, account, media_type, minutes_frozen } => Command::Request {
                change: new_change(change, account, media_type),
                contacts_frozen_at: Some(at - TimeDelta::minutes(minutes_frozen)),
            },
            Self::Confirm { change, is_what_was_shown } => {
                Command::Confirm { change: id(change), is_what_was_shown }
            }
            Self::Cancel { change } => Command::Cancel { change: id(change) },
            Self::CancelByLink { change } => Command::CancelByLink { change: id(change) },
            Self::Verify { change } => Command::Verify { change: id(change), rationale: text() },
            Self::Activate { change } => Command::Activate { change: id(change) },
            Self::Refuse { change, reason } => {
                Command::Refuse { change: id(change), reason, public_text: text() }
            }
            Self::Expire => Command::Expire,
        }
    }
}

fn new_change(change: u8, account: u8, media_type: MediaType) -> NewChange {
    let iban = match account {
        0 => "FR7630006000011234567890189",
        1 => "FR1420041010050500013M02606",
        _ => "DE89370400440532013000",
    };
    NewChange {
        id: id(change),
        account: PayoutAccount {
            iban: Iban::parse(iban).unwrap(),
            holder: LegalName::parse("Atelier du Canal").unwrap(),
        },
        rib: Rib {
            document: id(change + 10),
            media_type,
            size: 40_000,
            sealed_sha256: [change; 32],
        },
        reading: Reading::UNREADABLE,
    }
}
