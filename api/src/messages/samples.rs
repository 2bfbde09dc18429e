//! One of each text, with people who do not exist: what the pages of words print, and what the tests read.

use super::texts::{Day, Reached, Text};
use chrono::{DateTime, Utc};
use domain::ApiKeyId;
use domain::bank_account::RefusalReason;
use domain::client_file::{DocumentKind, DocumentRefusal};
use domain::restriction::PublicReason;
use domain::review::{NewItem, RequestReason};
use domain::services::Service;
use domain::{ItemId, PersonId};

fn url() -> String {
    "https://greffe.example/follow?token=AZNKXHsufQ-hssPU5fYHGA".to_owned()
}

fn iban() -> String {
    "FR…2606".to_owned()
}

/// A deadline: 24:00 of the last day of the year.
fn day() -> Day {
    let midnight = DateTime::<Utc>::from_timestamp(1_798_758_000, 0).unwrap();
    Day::of_deadline(midnight)
}

fn items() -> Vec<NewItem> {
    let item = |number, kinds: &[DocumentKind], reason| NewItem {
        id: ItemId::from_u128(number),
        kinds: kinds.iter().copied().collect(),
        person: Some(PersonId::from_u128(number)),
        reason,
    };
    vec![
        item(1, &[DocumentKind::ProofOfAddress, DocumentKind::Other], RequestReason::OutOfDate),
        item(2, &[DocumentKind::IdentityDocument], RequestReason::Unreadable),
    ]
}

pub fn all() -> Vec<Text> {
    let (contact, what) = (
        Reached::Mobile,
        Some(("gérer les clés de production".to_owned(), "manage live keys".to_owned())),
    );
    vec![
        Text::Activation { url: url() },
        Text::PasswordReset { url: url() },
        Text::PasswordChanged {},
        Text::AddressAlreadyUsed {},
        Text::SignInLocked {},
        Text::SignInLockedForStrangers {},
        Text::TokenIssued { until: day() },
        Text::CodeSms { code: "123456".to_owned(), what: None },
        Text::CodeSms { code: "123456".to_owned(), what },
        Text::NewMobileCodeSms { code: "123456".to_owned() },
        Text::NewEmail { url: url() },
        Text::ContactChangeRequested { contact, url: url() },
        Text::ContactChangeRequestedSms { contact: Reached::Email, url: url() },
        Text::ContactChanged { contact },
        Text::ContactChangedSms { contact },
        Text::ContactChangeCancelled {},
        Text::ContactChangeCancelledSms {},
        Text::BankAccountChangeRequested { iban: iban(), url: url(), until: day() },
        Text::BankAccountChangeRequestedSms { iban: iban(), url: url() },
        Text::BankAccountChangeConfirmed { iban: iban(), url: url() },
        Text::BankAccountChangeConfirmedSms { iban: iban(), url: url() },
        Text::BankAccountChanged { iban: iban(), from: day() },
        Text::BankAccountChangedSms { iban: iban(), from: day() },
        Text::BankAccountChangeRefused {
            iban: iban(),
            reason: RefusalReason::HolderDiffers,
            words: "…".to_owned(),
        },
        Text::BankAccountChangeRefusedSms { iban: iban() },
        Text::BankAccountChangeCancelled { iban: iban() },
        Text::BankAccountChangeCancelledSms { iban: iban() },
        Text::BankAccountChangeExpired { iban: iban() },
        Text::BankAccountChangeExpiredSms { iban: iban() },
        Text::SigningInvitation { url: url() },
        Text::AccountDeactivated { reason: PublicReason::DocumentsNotReceived },
        Text::AccountSuspended { reason: PublicReason::AccountUnderControl },
        Text::AccountReactivated {},
        Text::SuspensionLifted {},
        Text::AccountClosed {},
        Text::ServiceActivated { service: Service::PaymentLink },
        Text::ServiceRefused { service: Service::TapToPay },
        Text::FileSubmitted { until: day() },
        Text::StaffInvitation { url: url() },
        Text::DocumentsRequested { items: items(), until: day(), url: url() },
        Text::DocumentsRequestedAgain { until: day(), url: url() },
        Text::DocumentsReminder { days: 7, url: url() },
        Text::DocumentsReminder { days: 1, url: url() },
        Text::DocumentRefused { reason: DocumentRefusal::Unreadable },
        Text::FileApproved {},
        Text::FileRejected {},
        Text::ApiKeyIssued {},
        Text::ApiKeyRevoked { key: ApiKeyId::from_u128(1) },
    ]
}
