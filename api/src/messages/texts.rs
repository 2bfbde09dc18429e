//! What each message says: one template for each language in `templates/messages`. The first line of a mail is
//! its subject.

use crate::texts::texts;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::Paris;
use domain::bank_account::RefusalReason;
use domain::client_file::DocumentRefusal;
use domain::restriction::PublicReason;
use domain::review::NewItem;
use domain::services::Service;
use domain::{ApiKeyId, Worded};

/// A day in Paris, as people write it.
#[derive(Clone, Copy, Debug)]
pub struct Day(pub DateTime<Utc>);

impl Day {
    /// The day of a deadline, which is at 24:00: at 00:00 of the next.
    pub fn of_deadline(at: DateTime<Utc>) -> Self {
        Self(at - TimeDelta::seconds(1))
    }

    fn french(self) -> String {
        self.0.with_timezone(&Paris).format("%d/%m/%Y").to_string()
    }

    fn english(self) -> String {
        self.0.with_timezone(&Paris).format("%-d %B %Y").to_string()
    }
}

domain::codes! {
    /// A contact, as a sentence speaks of it.
    pub enum Reached {
        Email = "email", "e-mail address", "e-mail";
        Mobile = "mobile", "mobile number", "mobile";
    }
}

/// What a one-time code is for, in French and in English.
pub type What = Option<(String, String)>;

texts! {
    /// One of them, with what stands in it.
    pub enum Text {
        Activation { url: String } "messages/activation.fr.txt" "messages/activation.en.txt";
        PasswordReset { url: String } "messages/password_reset.fr.txt" "messages/password_reset.en.txt";
        PasswordChanged {} "messages/password_changed.fr.txt" "messages/password_changed.en.txt";
        AddressAlreadyUsed {} "messages/address_already_used.fr.txt" "messages/address_already_used.en.txt";
        SignInLocked {} "messages/sign_in_locked.fr.txt" "messages/sign_in_locked.en.txt";
        SignInLockedForStrangers {} "messages/sign_in_locked_for_strangers.fr.txt" "messages/sign_in_locked_for_strangers.en.txt";
        TokenIssued { until: Day } "messages/token_issued.fr.txt" "messages/token_issued.en.txt";
        CodeSms { code: String, what: What } "messages/code.sms.fr.txt" "messages/code.sms.en.txt";
        NewMobileCodeSms { code: String } "messages/new_mobile_code.sms.fr.txt" "messages/new_mobile_code.sms.en.txt";
        NewEmail { url: String } "messages/new_email.fr.txt" "messages/new_email.en.txt";
        ContactChangeRequested { contact: Reached, url: String } "messages/contact_change_requested.fr.txt" "messages/contact_change_requested.en.txt";
        ContactChangeRequestedSms { contact: Reached, url: String } "messages/contact_change_requested.sms.fr.txt" "messages/contact_change_requested.sms.en.txt";
        ContactChanged { contact: Reached } "messages/contact_changed.fr.txt" "messages/contact_changed.en.txt";
        ContactChangedSms { contact: Reached } "messages/contact_changed.sms.fr.txt" "messages/contact_changed.sms.en.txt";
        ContactChangeCancelled {} "messages/contact_change_cancelled.fr.txt" "messages/contact_change_cancelled.en.txt";
        ContactChangeCancelledSms {} "messages/contact_change_cancelled.sms.fr.txt" "messages/contact_change_cancelled.sms.en.txt";
        BankAccountChangeRequested { iban: String, url: String, until: Day } "messages/bank_account_change_requested.fr.txt" "messages/bank_account_change_requested.en.txt";
        BankAccountChangeRequestedSms { iban: String, url: String } "messages/bank_account_change_requested.sms.fr.txt" "messages/bank_account_change_requested.sms.en.txt";
        BankAccountChangeConfirmed { iban: String, url: String } "messages/bank_account_change_confirmed.fr.txt" "messages/bank_account_change_confirmed.en.txt";
        BankAccountChangeConfirmedSms { iban: String, url: String } "messages/bank_account_change_confirmed.sms.fr.txt" "messages/bank_account_change_confirmed.sms.en.txt";
        BankAccountChanged { iban: String, from: Day } "messages/bank_account_changed.fr.txt" "messages/bank_account_changed.en.txt";
        BankAccountChangedSms { iban: String, from: Day } "messages/bank_account_changed.sms.fr.txt" "messages/bank_account_changed.sms.en.txt";
        BankAccountChangeRefused { iban: String, reason: RefusalReason, words: String } "messages/bank_account_change_refused.fr.txt" "messages/bank_account_change_refused.en.txt";
        BankAccountChangeRefusedSms { iban: String } "messages/bank_account_change_refused.sms.fr.txt" "messages/bank_account_change_refused.sms.en.txt";
        BankAccountChangeCancelled { iban: String } "messages/bank_account_change_cancelled.fr.txt" "messages/bank_account_change_cancelled.en.txt";
        BankAccountChangeCancelledSms { iban: String } "messages/bank_account_change_cancelled.sms.fr.txt" "messages/bank_account_change_cancelled.sms.en.txt";
        BankAccountChangeExpired { iban: String } "messages/bank_account_change_expired.fr.txt" "messages/bank_account_change_expired.en.txt";
        BankAccountChangeExpiredSms { iban: String } "messages/bank_account_change_expired.sms.fr.txt" "messages/bank_account_change_expired.sms.en.txt";
        SigningInvitation { url: String } "messages/signing_invitation.fr.txt" "messages/signing_invitation.en.txt";
        AccountDeactivated { reason: PublicReason } "messages/account_deactivated.fr.txt" "messages/account_deactivated.en.txt";
        AccountSuspended { reason: PublicReason } "messages/account_suspended.fr.txt" "messages/account_suspended.en.txt";
        AccountReactivated {} "messages/account_reactivated.fr.txt" "messages/account_reactivated.en.txt";
        SuspensionLifted {} "messages/suspension_lifted.fr.txt" "messages/suspension_lifted.en.txt";
        AccountClosed {} "messages/account_closed.fr.txt" "messages/account_closed.en.txt";
        ServiceActivated { service: Service } "messages/service_activated.fr.txt" "messages/service_activated.en.txt";
        ServiceRefused { service: Service } "messages/service_refused.fr.txt" "messages/service_refused.en.txt";
        FileSubmitted { until: Day } "messages/file_submitted.fr.txt" "messages/file_submitted.en.txt";
        StaffInvitation { url: String } "messages/staff_invitation.fr.txt" "messages/staff_invitation.en.txt";
        DocumentsRequested { items: Vec<NewItem>, until: Day, url: String } "messages/documents_requested.fr.txt" "messages/documents_requested.en.txt";
        DocumentsRequestedAgain { until: Day, url: String } "messages/documents_requested_again.fr.txt" "messages/documents_requested_again.en.txt";
        DocumentsReminder { days: u8, url: String } "messages/documents_reminder.fr.txt" "messages/documents_reminder.en.txt";
        DocumentRefused { reason: DocumentRefusal } "messages/document_refused.fr.txt" "messages/document_refused.en.txt";
        FileApproved {} "messages/file_approved.fr.txt" "messages/file_approved.en.txt";
        FileRejected {} "messages/file_rejected.fr.txt" "messages/file_rejected.en.txt";
        ApiKeyIssued {} "messages/api_key_issued.fr.txt" "messages/api_key_issued.en.txt";
        ApiKeyRevoked { key: ApiKeyId } "messages/api_key_revoked.fr.txt" "messages/api_key_revoked.en.txt";
    }
}

impl Text {
    /// What in it opens something: a code, or the token at the end of a link.
    pub fn secret(&self) -> Option<&str> {
        match self {
            Self::CodeSms { code, .. } | Self::NewMobileCodeSms { code } => Some(code),
            Self::Activation { url }
            | Self::PasswordReset { url }
            | Self::NewEmail { url }
            | Self::ContactChangeRequested { url, .. }
            | Self::ContactChangeRequestedSms { url, .. }
            | Self::BankAccountChangeRequested { url, .. }
            | Self::BankAccountChangeRequestedSms { url, .. }
            | Self::BankAccountChangeConfirmed { url, .. }
            | Self::BankAccountChangeConfirmedSms { url, .. }
            | Self::SigningInvitation { url }
            | Self::StaffInvitation { url }
            | Self::DocumentsRequested { url, .. }
            | Self::DocumentsRequestedAgain { url, .. }
            | Self::DocumentsReminder { url, .. } => {
                url.split_once("token=").map(|(_, token)| token)
            }
            Self::PasswordChanged {}
            | Self::AddressAlreadyUsed {}
            | Self::SignInLocked {}
            | Self::SignInLockedForStrangers {}
            | Self::TokenIssued { .. }
            | Self::ContactChanged { .. }
            | Self::ContactChangedSms { .. }
            | Self::ContactChangeCancelled {}
            | Self::ContactChangeCancelledSms {}
            | Self::BankAccountChanged { .. }
            | Self::BankAccountChangedSms { .. }
            | Self::BankAccountChangeRefused { .. }
            | Self::BankAccountChangeRefusedSms { .. }
            | Self::BankAccountChangeCancelled { .. }
            | Self::BankAccountChangeCancelledSms { .. }
            | Self::BankAccountChangeExpired { .. }
            | Self::BankAccountChangeExpiredSms { .. }
            | Self::AccountDeactivated { .. }
            | Self::AccountSuspended { .. }
            | Self::AccountReactivated {}
            | Self::SuspensionLifted {}
            | Self::AccountClosed {}
            | Self::ServiceActivated { .. }
            | Self::ServiceRefused { .. }
            | Self::FileSubmitted { .. }
            | Self::DocumentRefused { .. }
            | Self::FileApproved {}
            | Self::FileRejected {}
            | Self::ApiKeyIssued {}
            | Self::ApiKeyRevoked { .. } => None,
        }
    }
}
