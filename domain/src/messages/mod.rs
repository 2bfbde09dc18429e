//! Messages owed to people: each is sent at least once and its outcome is recorded.

use crate::values::{FreeText, Language};
use crate::{EventId, Personal, SubjectId};

codes! {
    /// The messages there are. Each has a text in every language.
    pub enum Template {
        Activation = "activation", "activation link", "lien d'activation";
        AddressAlreadyUsed = "address_already_used", "the address is in use already", "adresse déjà utilisée";
        PasswordReset = "password_reset", "link to reset the password", "lien pour réinitialiser le mot de passe";
        PasswordChanged = "password_changed", "password changed", "mot de passe changé";
        SignInLocked = "sign_in_locked", "sign-in locked", "connexion bloquée";
        MobileCode = "mobile_code", "code to verify the mobile", "code pour vérifier le mobile";
        StrongAuthenticationCode = "strong_authentication_code", "code for a strong authentication", "code d'authentification forte";
        SigningInvitation = "signing_invitation", "invitation to sign", "invitation à signer";
        SigningCode = "signing_code", "signing code", "code de signature";
        FileSubmitted = "file_submitted", "client file received", "Dossier Client reçu";
        DocumentRefused = "document_refused", "document refused", "document refusé";
        DocumentsRequested = "documents_requested", "additional documents requested", "documents complémentaires demandés";
        DocumentsReminder = "documents_reminder", "reminder of documents that are awaited", "rappel de documents attendus";
        AccountDeactivated = "account_deactivated", "account deactivated", "compte désactivé";
        AccountReactivated = "account_reactivated", "account reactivated", "compte réactivé";
        AccountSuspended = "account_suspended", "account suspended", "compte suspendu";
        SuspensionLifted = "suspension_lifted", "suspension lifted", "suspension levée";
        FileApproved = "file_approved", "client file approved", "Dossier Client validé";
        FileRejected = "file_rejected", "answer to the client file", "réponse au Dossier Client";
        AccountClosed = "account_closed", "account closed", "compte clos";
        ServiceActivated = "service_activated", "service activated", "service activé";
        ServiceRefused = "service_refused", "service refused", "service refusé";
        ApiKeyIssued = "api_key_issued", "API key issued", "clé API créée";
        ApiKeyRevoked = "api_key_revoked", "API key revoked", "clé API révoquée";
        StaffInvitation = "staff_invitation", "invitation to the console", "invitation à la console";
        BankAccountChangeRequested = "bank_account_change_requested", "change of bank account asked for", "changement de compte bancaire demandé";
        BankAccountChangeConfirmed = "bank_account_change_confirmed", "change of bank account confirmed", "changement de compte bancaire confirmé";
        BankAccountChanged = "bank_account_changed", "bank account changed", "compte bancaire changé";
        BankAccountChangeRefused = "bank_account_change_refused", "change of bank account refused", "changement de compte bancaire refusé";
        BankAccountChangeCancelled = "bank_account_change_cancelled", "change of bank account cancelled", "changement de compte bancaire annulé";
        BankAccountChangeExpired = "bank_account_change_expired", "change of bank account never confirmed", "changement de compte bancaire jamais confirmé";
        /// To a new login e-mail: the link that proves it.
        NewEmail = "new_email", "link to confirm the new address", "lien pour confirmer la nouvelle adresse";
        /// To a new mobile: the code that proves it.
        NewMobileCode = "new_mobile_code", "code to confirm the new mobile", "code pour confirmer le nouveau mobile";
        ContactChangeRequested = "contact_change_requested", "change of contact asked for", "changement de contact demandé";
        ContactChanged = "contact_changed", "contact changed", "contact changé";
        ContactChangeCancelled = "contact_change_cancelled", "change of contact cancelled", "changement de contact annulé";
        TokenIssued = "token_issued", "access token made", "jeton d'accès créé";
    }
}

codes! {
    pub enum Medium {
        Email = "email", "by mail", "par e-mail";
        Sms = "sms", "by SMS", "par SMS";
    }
}

codes! {
    /// Why a message did not arrive.
    pub enum Failure {
        /// The provider said that it never will take it.
        Refused = "refused", "refused by the provider", "refusé par le prestataire";
        /// The provider took it, and reported later that it could not be delivered.
        Undelivered = "undelivered", "the recipient was not reached", "destinataire non joint";
        /// The provider could not be reached for as long as we try.
        Unreachable = "unreachable", "the provider could not be reached", "prestataire injoignable";
        /// The address was forgotten in the meantime.
        Forgotten = "forgotten", "the address is forgotten", "adresse oubliée";
    }
}

/// What was said, and to which address, as it was said. What opens something is left out: links and codes.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// An e-mail address or a number.
    pub to: FreeText,
    pub language: Language,
    /// Of a mail.
    pub subject: Option<FreeText>,
    pub text: FreeText,
}

/// A letter, and whose it is: it is forgotten with them.
#[derive(Clone, PartialEq, Eq)]
pub struct Addressed {
    pub recipient: SubjectId,
    pub letter: Letter,
}

crate::hidden!(Letter, Addressed);

/// Where nobody said whose message it is: a provider's report, or a program before this one.
pub const NOBODY: SubjectId = SubjectId::from_u128(0);

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The provider took it.
    Sent {
        cause: EventId,
        template: Template,
        medium: Medium,
        recipient: SubjectId,
        letter: Personal<Letter>,
    },
    /// The provider reported that it arrived.
    Delivered { cause: EventId, template: Template, medium: Medium },
    Failed {
        cause: EventId,
        template: Template,
        medium: Medium,
        failure: Failure,
        recipient: SubjectId,
        letter: Personal<Letter>,
    },
}

/// Nobody is addressed where whoever it was for is forgotten, and in a provider's report.
#[derive(Clone, Debug)]
pub enum Command {
    RecordSent {
        cause: EventId,
        template: Template,
        medium: Medium,
        addressed: Option<Addressed>,
    },
    RecordDelivered {
        cause: EventId,
        template: Template,
        medium: Medium,
    },
    RecordFailed {
        cause: EventId,
        template: Template,
        medium: Medium,
        failure: Failure,
        addressed: Option<Addressed>,
    },
}

/// The outcome of sending is a fact: there is nothing to refuse.
pub fn decide(command: Command) -> Event {
    match command {
        Command::RecordSent { cause, template, medium, addressed } => {
            let (recipient, letter) = letter_of(addressed);
            Event::Sent { cause, template, medium, recipient, letter }
        }
        Command::RecordDelivered { cause, template, medium } => {
            Event::Delivered { cause, template, medium }
        }
        Command::RecordFailed { cause, template, medium, failure, addressed } => {
            let (recipient, letter) = letter_of(addressed);
            Event::Failed { cause, template, medium, failure, recipient, letter }
        }
    }
}

fn letter_of(addressed: Option<Addressed>) -> (SubjectId, Personal<Letter>) {
    match addressed {
        Some(Addressed { recipient, letter }) => (recipient, letter.into()),
        None => (NOBODY, Personal::Forgotten),
    }
}
