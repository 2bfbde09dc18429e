//! The shapes of the bank account's events.

use super::room;
use super::wire::{Code, Id, Text, Time, group};
use domain::bank_account::{Event, Reading, Rib};
use domain::client_file::PayoutAccount;

group! { Account1 of PayoutAccount { iban: Text, holder: Text } }

group! { Rib1 of Rib { document: Id, media_type: Code, size: u64, sealed_sha256: [u8; 32] } }

group! { Reading1 of Reading {
    iban: Code, read_iban: Option<Text>, holder: Code, read_holder: Option<Text>,
} }

room! { Event {
    "bank_account.change_requested" 1 ChangeRequested {
        change: Id, rib: Rib1, requested_at: Time, expires_at: Time,
    }
        sealed { account: Account1 => owner, reading: Reading1 => owner }
    "bank_account.change_confirmed" 1 ChangeConfirmed { change: Id, target_at: Time }
    "bank_account.change_verified" 1 ChangeVerified { change: Id, by: Id }
        sealed { rationale: Text => owner }
    "bank_account.changed" 1 Changed {
        change: Id, changed_at: Time, payable_from: Time, verified_by: Id, activated_by: Id,
    }
    "bank_account.change_refused" 1 ChangeRefused { change: Id, reason: Code, by: Id }
        sealed { public_text: Text => owner }
    "bank_account.change_cancelled" 1 ChangeCancelled { change: Id }
    "bank_account.change_expired" 1 ChangeExpired { change: Id }
} }

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::{id, text, time};
    use domain::bank_account::{Comparison, RefusalReason};
    use domain::client_file::MediaType;
    use domain::values::{Iban, LegalName};

    pub fn all() -> Vec<Event> {
        vec![
            Event::ChangeRequested {
                change: id(301),
                account: PayoutAccount {
                    iban: Iban::recorded("FR1420041010050500013M02606"),
                    holder: LegalName::recorded("Atelier du Lac"),
                }
                .into(),
                rib: Rib {
                    document: id(302),
                    media_type: MediaType::Pdf,
                    size: 45_678,
                    sealed_sha256: [0xb2; 32],
                },
                reading: Reading {
                    iban: Comparison::Differs,
                    read_iban: Some(Iban::recorded("DE89370400440532013000")),
                    holder: Comparison::Close,
                    read_holder: Some(LegalName::recorded("ATELIER DU LAC SARL")),
                }
                .into(),
                requested_at: time(30),
                expires_at: time(31),
            },
            Event::ChangeConfirmed { change: id(303), target_at: time(32) },
            Event::ChangeVerified {
                change: id(304),
                rationale: text("The bank confirms the holder.").into(),
                by: id(305),
            },
            Event::Changed {
                change: id(306),
                changed_at: time(33),
                payable_from: time(34),
                verified_by: id(307),
                activated_by: id(308),
            },
            Event::ChangeRefused {
                change: id(309),
                reason: RefusalReason::HolderDiffers,
                public_text: text("The holder is another company.").into(),
                by: id(310),
            },
            Event::ChangeCancelled { change: id(311) },
            Event::ChangeExpired { change: id(312) },
        ]
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        vec![]
    }
}
