//! What may be asked of a bank account, and the refusals in order.

use super::{Reading, RefusalReason, Rib};
use crate::BankAccountChangeId;
use crate::client_file::PayoutAccount;
use crate::values::FreeText;
use chrono::{DateTime, Utc};

#[derive(Clone, Debug)]
pub enum Command {
    /// `contacts_frozen_at` is when the owner's contacts were frozen for it, which is known outside.
    Request {
        change: NewChange,
        contacts_frozen_at: Option<DateTime<Utc>>,
    },
    /// Whether the recap is the one that was shown is known outside and judged here.
    Confirm {
        change: BankAccountChangeId,
        is_what_was_shown: bool,
    },
    Cancel {
        change: BankAccountChangeId,
    },
    /// By the link that came with a message, which can do nothing else.
    CancelByLink {
        change: BankAccountChangeId,
    },
    Verify {
        change: BankAccountChangeId,
        rationale: FreeText,
    },
    Activate {
        change: BankAccountChangeId,
    },
    Refuse {
        change: BankAccountChangeId,
        reason: RefusalReason,
        public_text: FreeText,
    },
    /// The timer: nobody has confirmed what was asked for.
    Expire,
}

/// A change as the owner asks for it.
#[derive(Clone, Debug)]
pub struct NewChange {
    pub id: BankAccountChangeId,
    pub account: PayoutAccount,
    pub rib: Rib,
    pub reading: Reading,
}

refusals! {
    pub enum Refusal {
        NoAccount = "no_bank_account", "There is no bank account to change before the client file is approved.", "Aucun compte bancaire à modifier avant la validation du Dossier Client.";
        RibNotPdf = "rib_not_pdf", "The bank details (RIB) must be a PDF.", "Le RIB doit être un PDF.";
        RibTooLarge = "rib_too_large", "The bank details (RIB) have at most 10 MB.", "Le RIB pèse au plus 10 Mo.";
        SameAccount = "bank_account_unchanged", "You are paid to this account already.", "Vos fonds sont déjà versés sur ce compte.";
        InProgress = "bank_account_change_in_progress", "A change is being verified; cancel it before you ask for another.", "Un changement est en cours de vérification ; annulez-le avant d'en demander un autre.";
        TooManyChanges = "too_many_bank_account_changes", "Five changes were asked for within a day; try again tomorrow.", "Cinq changements ont été demandés en un jour ; réessayez demain.";
        ContactsNotFrozen = "contacts_not_frozen", "The request took too long; make it again.", "La demande a pris trop de temps ; refaites-la.";
        UnknownChange = "unknown_bank_account_change", "There is no such change.", "Ce changement n'existe pas.";
        NotNewest = "bank_account_change_not_newest", "Only the newest request counts, and this is not it.", "Seule la dernière demande compte, et ce n'est pas celle-ci.";
        Ended = "bank_account_change_ended", "This change is over; ask for a new one.", "Ce changement est terminé ; faites une nouvelle demande.";
        OtherRecap = "recap_differs", "This is not the summary that was shown last. Read it again, then confirm.", "Ce n'est pas le dernier récapitulatif affiché. Relisez-le, puis confirmez.";
        NotConfirmed = "bank_account_change_not_confirmed", "The owner has not confirmed this change.", "Le titulaire n'a pas confirmé ce changement.";
        NotVerified = "bank_account_change_not_verified", "Nobody has verified this account yet.", "Personne n'a encore vérifié ce compte.";
        SameOfficer = "same_officer", "Somebody else has to confirm this.", "Une autre personne doit confirmer.";
        NotDue = "not_due", "It is too early: the deadline has not passed.", "Il est trop tôt : l'échéance n'est pas passée.";
    }
}
