//! What may be asked of an account, and the refusals in order.

use super::CompanyBasics;
use crate::UserId;
use crate::api_keys::NewKey;
use crate::restriction::InternalReason;
use crate::values::Language;

#[derive(Clone, Debug)]
pub enum Command {
    Create {
        owner: UserId,
        language: Language,
    },
    /// The owner has followed the link sent to their address.
    Activate,
    /// The timer: nobody activated the account in time.
    Lapse,
    RecordCompanyBasics {
        basics: CompanyBasics,
        /// Whether the person has proved their mobile number; known from their own history.
        is_mobile_verified: bool,
        test_key: NewKey,
    },
    Suspend {
        reason: InternalReason,
    },
    /// The timer: nothing was heard for twelve months after the deactivation.
    CloseAfterDeactivation,
}

refusals! {
    pub enum Refusal {
        AlreadyExists = "account_exists", "This account exists already.", "Ce compte existe déjà.";
        LinkNotForThis = "account_not_waiting", "This account is not waiting to be activated.", "Ce compte n'est pas en attente d'activation.";
        NotDue = "not_due", "It is too early: the deadline has not passed.", "Il est trop tôt : l'échéance n'est pas passée.";
        MobileNotVerified = "mobile_not_verified", "Verify your mobile number first: POST /portal/v1/me/mobile-codes.", "Vérifiez d'abord votre numéro de mobile : POST /portal/v1/me/mobile-codes.";
        BasicsLocked = "company_basics_locked", "The contract is signed: company basics now change by a request to support.", "Le contrat est signé : ces informations ne changent plus que sur demande au support.";
        AlreadySuspended = "already_suspended", "The account is suspended already.", "Le compte est déjà suspendu.";
    }
}
