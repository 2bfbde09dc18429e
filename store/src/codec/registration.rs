//! The shapes of the account's events.

use super::wire::{Code, Id, Text, Time, Wire, group};
use super::{DecodeError, Opens, read_personal, room};
use domain::registration::{CompanyIdentity, Event};
use domain::restriction::{InternalReason, Restriction};
use domain::values::{Activity, FreeText};
use serde::{Deserialize, Serialize};

group! { Restriction1 of Restriction {
    what: Code, why: Code, since: Time, remedy: Code, remedy_until: Option<Time>,
} }

group! { CompanyIdentity1 of CompanyIdentity { legal_name: Text, siren: Option<Text> } }

/// An activity by its code and the list that it is from.
#[derive(Serialize, Deserialize)]
pub struct Activity2 {
    code: String,
    nomenclature: Code,
}

impl Wire<Activity> for Activity2 {
    fn of(activity: &Activity) -> Self {
        let code = activity.as_str().to_owned();
        Self { code, nomenclature: Wire::of(&activity.nomenclature()) }
    }
    fn read(self) -> Result<Activity, DecodeError> {
        Ok(Activity::recorded(self.code, self.nomenclature.read()?))
    }
}

/// A text for staff only.
#[derive(Serialize, Deserialize)]
pub struct InternalReason1(String);

impl Wire<InternalReason> for InternalReason1 {
    fn of(reason: &InternalReason) -> Self {
        Self(reason.text().as_str().to_owned())
    }
    fn read(self) -> Result<InternalReason, DecodeError> {
        Ok(InternalReason::new(FreeText::recorded(self.0)))
    }
}

room! { Event {
    "registration.account_created" 1 AccountCreated { owner: Id, language: Code, lapses_at: Time }
    "registration.account_activated" 1 AccountActivated {}
    "registration.account_lapsed" 1 AccountLapsed {}
    "registration.company_basics_recorded" 2 CompanyBasicsRecorded {
        legal_form: Code, country: Text, activity: Activity2,
    } sealed { identity: CompanyIdentity1 => owner }
    "registration.test_mode_opened" 1 TestModeOpened {}
    "registration.live_mode_opened" 1 LiveModeOpened {}
    "registration.payouts_enabled" 1 PayoutsEnabled {}
    "registration.account_deactivated" 1 AccountDeactivated { restriction: Restriction1 }
    "registration.account_reactivated" 1 AccountReactivated { proposed_by: Id, confirmed_by: Id }
    "registration.account_suspended" 1 AccountSuspended {
        restriction: Restriction1, by: Id,
    } sealed { reason: InternalReason1 => owner }
    "registration.suspension_lifted" 1 SuspensionLifted { proposed_by: Id, confirmed_by: Id }
    "registration.account_closed" 1 AccountClosed { reason: Code }
} earlier {
    "registration.company_basics_recorded" 1 CompanyBasicsRecorded1 {
        legal_form: Code, country: Text, activity: String,
    } sealed { identity: CompanyIdentity1 => owner } => company_basics_recorded_1
} }

/// The first version did not say which list the activity's code is from.
fn company_basics_recorded_1(
    facts: facts::CompanyBasicsRecorded1,
    personal: &dyn Opens,
) -> Result<Event, DecodeError> {
    Ok(Event::CompanyBasicsRecorded {
        identity: read_personal::<CompanyIdentity1, _>(personal, "identity")?,
        legal_form: facts.legal_form.read()?,
        country: facts.country.read()?,
        activity: Activity::of_letter(facts.activity),
    })
}

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use crate::codec::samples::{id, restriction, text, time};
    use domain::registration::ClosureReason;
    use domain::restriction::{PublicReason, Remedy};
    use domain::values::{Country, Language, LegalForm, LegalName, Nomenclature, Siren};

    pub fn all() -> Vec<Event> {
        vec![
            Event::AccountCreated {
                owner: id(1),
                language: Language::English,
                lapses_at: time(43_200),
            },
            Event::AccountActivated,
            Event::AccountLapsed,
            company_basics_recorded(),
            Event::TestModeOpened,
            Event::LiveModeOpened,
            Event::PayoutsEnabled,
            Event::AccountDeactivated { restriction: restriction() },
            Event::AccountReactivated { proposed_by: id(2), confirmed_by: id(3) },
            Event::AccountSuspended {
                restriction: Restriction {
                    why: PublicReason::AccountUnderControl,
                    remedy: Remedy::ContactSupport,
                    remedy_until: None,
                    ..restriction()
                },
                reason: InternalReason::new(text("a note for colleagues")).into(),
                by: id(4),
            },
            Event::SuspensionLifted { proposed_by: id(5), confirmed_by: id(6) },
            Event::AccountClosed { reason: ClosureReason::FileRejected },
        ]
    }

    fn company_basics_recorded() -> Event {
        Event::CompanyBasicsRecorded {
            identity: CompanyIdentity {
                legal_name: LegalName::recorded("Atelier du Lac"),
                siren: Some(Siren::recorded("732829320")),
            }
            .into(),
            legal_form: LegalForm::Sarl,
            country: Country::recorded("BE"),
            activity: Activity::recorded("62.01Z", Nomenclature::NafRev2),
        }
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        vec![("registration.company_basics_recorded", 1, company_basics_recorded())]
    }
}
