//! Messages owed to people: each is sent at least once and its outcome is recorded.

use crate::EventId;

codes! {
    /// The messages there are. Each has a text in every language.
    pub enum Template {
        Activation = "activation",
        AddressAlreadyUsed = "address_already_used",
        PasswordReset = "password_reset",
        PasswordChanged = "password_changed",
        SignInLocked = "sign_in_locked",
        MobileCode = "mobile_code",
        StrongAuthenticationCode = "strong_authentication_code",
        SigningInvitation = "signing_invitation",
        SigningCode = "signing_code",
        FileSubmitted = "file_submitted",
        DocumentRefused = "document_refused",
        DocumentsRequested = "documents_requested",
        DocumentsReminder = "documents_reminder",
        AccountDeactivated = "account_deactivated",
        AccountReactivated = "account_reactivated",
        AccountSuspended = "account_suspended",
        SuspensionLifted = "suspension_lifted",
        FileApproved = "file_approved",
        FileRejected = "file_rejected",
        AccountClosed = "account_closed",
        ServiceActivated = "service_activated",
        ServiceRefused = "service_refused",
        ApiKeyIssued = "api_key_issued",
        ApiKeyRevoked = "api_key_revoked",
        StaffInvitation = "staff_invitation",
        BankAccountChangeRequested = "bank_account_change_requested",
        BankAccountChangeConfirmed = "bank_account_change_confirmed",
        BankAccountChanged = "bank_account_changed",
        BankAccountChangeRefused = "bank_account_change_refused",
        BankAccountChangeCancelled = "bank_account_change_cancelled",
        BankAccountChangeExpired = "bank_account_change_expired",
        /// To a new login e-mail: the link that proves it.
        NewEmail = "new_email",
        /// To a new mobile: the code that proves it.
        NewMobileCode = "new_mobile_code",
        ContactChangeRequested = "contact_change_requested",
        ContactChanged = "contact_changed",
        ContactChangeCancelled = "contact_change_cancelled",
    }
}

codes! {
    pub enum Medium {
        Email = "email",
        Sms = "sms",
    }
}

codes! {
    /// Why a message did not arrive.
    pub enum Failure {
        /// The provider said that it never will take it.
        Refused = "refused",
        /// The provider took it, and reported later that it could not be delivered.
        Undelivered = "undelivered",
        /// The provider could not be reached for as long as we try.
        Unreachable = "unreachable",
        /// The address was forgotten in the meantime.
        Forgotten = "forgotten",
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The provider took it.
    Sent {
        cause: EventId,
        template: Template,
        medium: Medium,
    },
    /// The provider reported that it arrived.
    Delivered {
        cause: EventId,
        template: Template,
        medium: Medium,
    },
    Failed {
        cause: EventId,
        template: Template,
        medium: Medium,
        failure: Failure,
    },
}

#[derive(Clone, Debug)]
pub enum Command {
    RecordSent { cause: EventId, template: Template, medium: Medium },
    RecordDelivered { cause: EventId, template: Template, medium: Medium },
    RecordFailed { cause: EventId, template: Template, medium: Medium, failure: Failure },
}

/// The outcome of sending is a fact: there is nothing to refuse.
pub fn decide(command: Command) -> Event {
    match command {
        Command::RecordSent { cause, template, medium } => Event::Sent { cause, template, medium },
        Command::RecordDelivered { cause, template, medium } => {
            Event::Delivered { cause, template, medium }
        }
        Command::RecordFailed { cause, template, medium, failure } => {
            Event::Failed { cause, template, medium, failure }
        }
    }
}
