//! A restriction cannot exist without saying what it stops, why, since when, and what to do.

use chrono::{DateTime, Utc};

codes! {
    /// What a restriction stops.
    pub enum Restricted {
        Account = "account", "the whole account", "tout le compte";
        Payouts = "payouts", "the payouts", "les versements";
    }
}

codes! {
    /// Why, in words the merchant may read. Internal reasons are another type (`InternalReason`)
    /// and never stand here: article L561-18 of the monetary and financial code.
    pub enum PublicReason {
        DocumentsNotReceived = "documents_not_received", "The additional documents we asked for were not received in time.", "Les documents complémentaires demandés n'ont pas été reçus dans le délai.";
        AccountUnderControl = "account_under_control", "Your account is being checked.", "Votre compte fait l'objet d'une vérification.";
        NewBankAccount = "new_bank_account", "Your bank account has just changed: the first payout waits for 72 hours.", "Votre compte bancaire vient de changer : le premier versement attend 72 heures.";
    }
}

codes! {
    /// What the merchant can do about it.
    pub enum Remedy {
        SendDocuments = "send_documents", "send the documents that are asked for", "envoyer les documents demandés";
        ContactSupport = "contact_support", "contact our support", "contacter notre support";
        /// It ends by itself.
        Wait = "wait", "nothing: it ends by itself", "rien : cela prend fin de soi-même";
    }
}

/// Something the merchant cannot do for now. All of it is needed to make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restriction {
    pub what: Restricted,
    pub why: PublicReason,
    pub since: DateTime<Utc>,
    pub remedy: Remedy,
    /// Until when the remedy is open. `None` means that nothing lapses by waiting.
    pub remedy_until: Option<DateTime<Utc>>,
}

/// Why, in words that only staff may read. A type of its own, so that it cannot be put where a
/// public reason is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InternalReason(crate::values::FreeText);

impl InternalReason {
    pub fn new(text: crate::values::FreeText) -> Self {
        Self(text)
    }

    pub fn text(&self) -> &crate::values::FreeText {
        &self.0
    }
}
