//! What can have happened to a bank account.

use super::Reading;
use crate::client_file::{MediaType, PayoutAccount};
use crate::values::FreeText;
use crate::{BankAccountChangeId, DocumentId, Personal, StaffId};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    ChangeRequested {
        change: BankAccountChangeId,
        account: Personal<PayoutAccount>,
        rib: Rib,
        reading: Personal<Reading>,
        requested_at: DateTime<Utc>,
        /// Until when it can be confirmed.
        expires_at: DateTime<Utc>,
    },
    ChangeConfirmed {
        change: BankAccountChangeId,
        /// When we want to have looked at it.
        target_at: DateTime<Utc>,
    },
    /// The account is the merchant's, somebody of ours has found.
    ChangeVerified {
        change: BankAccountChangeId,
        /// For staff only.
        rationale: Personal<FreeText>,
        by: StaffId,
    },
    /// The account stands in for the one before; payouts are held until it is paid to.
    Changed {
        change: BankAccountChangeId,
        changed_at: DateTime<Utc>,
        payable_from: DateTime<Utc>,
        verified_by: StaffId,
        activated_by: StaffId,
    },
    ChangeRefused {
        change: BankAccountChangeId,
        reason: RefusalReason,
        /// For the merchant.
        public_text: Personal<FreeText>,
        by: StaffId,
    },
    ChangeCancelled {
        change: BankAccountChangeId,
    },
    /// Nobody confirmed it in time.
    ChangeExpired {
        change: BankAccountChangeId,
    },
}

/// The document of the bank that goes with a change. Its bytes are a sealed blob outside the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rib {
    pub document: DocumentId,
    pub media_type: MediaType,
    /// Size of the document itself, in bytes.
    pub size: u64,
    /// SHA-256 of the sealed blob.
    pub sealed_sha256: [u8; 32],
}

codes! {
    /// Why a change was refused, in words the merchant may read.
    pub enum RefusalReason {
        HolderDiffers = "holder_differs", "The holder of the account is not your company.", "Le titulaire du compte n'est pas votre entreprise.";
        IbanDiffers = "iban_differs", "The IBAN on the bank details is not the one that you entered.", "L'IBAN du RIB n'est pas celui que vous avez saisi.";
        RibUnreadable = "rib_unreadable", "The bank details cannot be read.", "Le RIB est illisible.";
        NotVerifiable = "not_verifiable", "We could not verify this account.", "Nous n'avons pas pu vérifier ce compte.";
    }
}
