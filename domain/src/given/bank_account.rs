//! A live merchant whose bank account is being changed.

use super::{CLARA, HUGO, NADIA, OWNER, after, day, id, live, payout_account, text};
use crate::bank_account::{
    Command, Comparison, NewChange, Reading, RefusalReason, Rib, compare_ibans,
};
use crate::client_file::{MediaType, PayoutAccount};
use crate::merchant::Event;
use crate::strong_authentication::Action;
use crate::values::Iban;
use crate::{BankAccountChangeId, MerchantId, Occasion};
use chrono::{DateTime, Utc};

pub const CHANGE: u128 = 81;
pub const OTHER_CHANGE: u128 = 82;

pub fn new_account() -> PayoutAccount {
    PayoutAccount { iban: Iban::parse("FR1420041010050500013M02606").unwrap(), ..payout_account() }
}

pub fn new_change(number: u128) -> NewChange {
    let account = new_account();
    let (iban, read_iban) = compare_ibans(&account.iban, std::slice::from_ref(&account.iban));
    NewChange {
        id: id(number),
        rib: Rib {
            document: id(number + 10),
            media_type: MediaType::Pdf,
            size: 40_000,
            sealed_sha256: [0; 32],
        },
        reading: Reading {
            iban,
            read_iban,
            holder: Comparison::Match,
            read_holder: Some(account.holder.clone()),
        },
        account,
    }
}

pub fn ask_to_change(number: u128, at: DateTime<Utc>) -> Command {
    Command::Request { change: new_change(number), contacts_frozen_at: Some(at) }
}

/// Just after the code for a request.
pub fn asking(at: DateTime<Utc>) -> Occasion {
    OWNER.proved(Action::RequestBankAccountChange, at)
}

/// Just after the code for a confirmation.
pub fn confirming(number: u128, at: DateTime<Utc>) -> Occasion {
    let (merchant, change) = (MerchantId::from_u128(1), id(number));
    OWNER.proved(Action::ConfirmBankAccountChange { merchant, change }, at)
}

pub fn confirm_change(number: u128) -> Command {
    Command::Confirm { change: id(number), is_what_was_shown: true }
}

pub fn verify_change(number: u128) -> Command {
    Command::Verify { change: id(number), rationale: text("The bank confirms the holder.") }
}

pub fn activate_change(number: u128) -> Command {
    Command::Activate { change: id::<BankAccountChangeId>(number) }
}

pub fn refuse_change(number: u128) -> Command {
    Command::Refuse {
        change: id(number),
        reason: RefusalReason::HolderDiffers,
        public_text: text("The account is not held by your company."),
    }
}

pub fn change_requested() -> Vec<Event> {
    after(live(), asking(day(10)), ask_to_change(CHANGE, day(10)))
}

pub fn change_confirmed() -> Vec<Event> {
    after(change_requested(), confirming(CHANGE, day(11)), confirm_change(CHANGE))
}

/// Verified by Nadia.
pub fn change_verified() -> Vec<Event> {
    after(change_confirmed(), NADIA.at(day(12)), verify_change(CHANGE))
}

pub fn account_changed() -> Vec<Event> {
    after(change_verified(), HUGO.at(day(13)), activate_change(CHANGE))
}

pub fn change_refused() -> Vec<Event> {
    after(change_confirmed(), CLARA.at(day(12)), refuse_change(CHANGE))
}

pub fn change_cancelled() -> Vec<Event> {
    after(change_requested(), OWNER.at(day(11)), Command::Cancel { change: id(CHANGE) })
}
