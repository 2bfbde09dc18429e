//! What can have happened to an account.

use crate::restriction::{InternalReason, Restriction};
use crate::values::{Activity, Country, Language, LegalForm, LegalName, Siren};
use crate::{Personal, StaffId, UserId};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    AccountCreated {
        owner: UserId,
        language: Language,
        lapses_at: DateTime<Utc>,
    },
    AccountActivated,
    AccountLapsed,
    CompanyBasicsRecorded {
        identity: Personal<CompanyIdentity>,
        legal_form: LegalForm,
        country: Country,
        activity: Activity,
    },
    TestModeOpened,
    LiveModeOpened,
    PayoutsEnabled,
    AccountDeactivated {
        restriction: Restriction,
    },
    AccountReactivated {
        proposed_by: StaffId,
        confirmed_by: StaffId,
    },
    AccountSuspended {
        restriction: Restriction,
        reason: Personal<InternalReason>,
        by: StaffId,
    },
    SuspensionLifted {
        proposed_by: StaffId,
        confirmed_by: StaffId,
    },
    AccountClosed {
        reason: ClosureReason,
    },
}

/// What is asked before the portal opens (choice A3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyBasics {
    pub identity: Personal<CompanyIdentity>,
    pub legal_form: LegalForm,
    pub country: Country,
    pub activity: Activity,
}

/// Sealed, because a sole trader's company is a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyIdentity {
    pub legal_name: LegalName,
    /// `None` while the company is being registered (choice A4).
    pub siren: Option<Siren>,
}

codes! {
    pub enum ClosureReason {
        Withdrawn = "withdrawn", "the application was withdrawn", "la demande a été retirée";
        FileRejected = "file_rejected", "the client file was rejected", "le Dossier Client a été refusé";
        DeactivatedTooLong = "deactivated_too_long", "it was deactivated for twelve months", "il était désactivé depuis douze mois";
    }
}
