//! What is asked of an account.

use super::values::{id, new_key, owner, text};
use super::{Person, key, mostly};
use chrono::{DateTime, Utc};
use domain::merchant::State;
use domain::registration::{Command, CompanyBasics, CompanyIdentity};
use domain::restriction::InternalReason;
use domain::values::{Activity, Country, Language, LegalForm, LegalName, Siren};
use proptest::prelude::*;

#[derive(Clone, Debug)]
pub enum Ask {
    Create { is_owner: bool },
    Activate,
    Lapse,
    Basics { has_number: bool, is_mobile_verified: bool, key: u8 },
    Suspend,
    CloseAfterDeactivation,
}

pub fn any() -> impl Strategy<Value = Ask> {
    prop_oneof![
        mostly().prop_map(|is_owner| Ask::Create { is_owner }),
        Just(Ask::Activate),
        Just(Ask::Lapse),
        (mostly(), mostly(), key()).prop_map(|(has_number, is_mobile_verified, key)| Ask::Basics {
            has_number,
            is_mobile_verified,
            key
        }),
        Just(Ask::Suspend),
        Just(Ask::CloseAfterDeactivation),
    ]
}

impl Ask {
    /// From whom it is usually asked, the first or the second of them.
    pub fn usually(&self, is_second: bool) -> Person {
        match self {
            Self::Create { .. } | Self::Activate => Person::Visitor,
            Self::Lapse | Self::CloseAfterDeactivation => Person::Timer,
            Self::Suspend => Person::Officer(is_second),
            Self::Basics { .. } => Person::Owner,
        }
    }

    pub fn command(&self, _: &State, _: DateTime<Utc>) -> Command {
        match *self {
            Self::Create { is_owner } => Command::Create {
                owner: if is_owner { owner() } else { id(2) },
                language: Language::French,
            },
            Self::Activate => Command::Activate,
            Self::Lapse => Command::Lapse,
            Self::Basics { has_number, is_mobile_verified, key } => Command::RecordCompanyBasics {
                basics: basics(has_number),
                is_mobile_verified,
                test_key: new_key(key),
            },
            Self::Suspend => Command::Suspend { reason: InternalReason::new(text()) },
            Self::CloseAfterDeactivation => Command::CloseAfterDeactivation,
        }
    }
}

fn basics(has_number: bool) -> CompanyBasics {
    let siren = has_number.then(|| Siren::recorded("732829320"));
    CompanyBasics {
        identity: CompanyIdentity { legal_name: LegalName::recorded("Atelier"), siren }.into(),
        legal_form: LegalForm::Sas,
        country: Country::recorded("FR"),
        activity: Activity::of_letter("62.01Z"),
    }
}
