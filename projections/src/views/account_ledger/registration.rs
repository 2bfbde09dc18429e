//! What happened to an account.

use super::{Sentence, shown};
use domain::Worded;
use domain::registration::Event;

pub fn for_merchant(event: &Event) -> Sentence {
    match event {
        Event::AccountCreated { .. } => Sentence::new("Compte créé", "Account created"),
        Event::AccountActivated => Sentence::new("Compte activé", "Account activated"),
        Event::AccountLapsed => Sentence::new(
            "Compte jamais activé : il n'existe plus",
            "Account never activated: it has lapsed",
        ),
        Event::CompanyBasicsRecorded { identity, legal_form, activity, .. } => {
            let name = shown(identity.known().map(|identity| identity.legal_name.as_str()));
            let details = format!("{name} ({}, {})", legal_form.french(), activity.as_str());
            Sentence::new(
                format!("Entreprise renseignée : {details}"),
                format!("Company given: {details}"),
            )
        }
        Event::TestModeOpened => Sentence::new("Mode test ouvert", "Test mode opened"),
        Event::LiveModeOpened => Sentence::new("Mode production ouvert", "Live mode opened"),
        Event::PayoutsEnabled => Sentence::new("Versements ouverts", "Payouts enabled"),
        Event::AccountDeactivated { restriction } => Sentence::new(
            format!("Compte désactivé : {}", restriction.why.french()),
            format!("Account deactivated: {}", restriction.why.english()),
        ),
        Event::AccountReactivated { .. } => Sentence::new("Compte réactivé", "Account reactivated"),
        Event::AccountSuspended { restriction, .. } => Sentence::new(
            format!("Compte suspendu : {}", restriction.why.french()),
            format!("Account suspended: {}", restriction.why.english()),
        ),
        Event::SuspensionLifted { .. } => Sentence::new("Suspension levée", "Suspension lifted"),
        Event::AccountClosed { .. } => Sentence::new("Compte clos", "Account closed"),
    }
}

/// Staff read why an account was suspended.
pub fn for_staff(event: &Event) -> Sentence {
    if let Event::AccountSuspended { reason, .. } = event {
        let why = shown(reason.known().map(|reason| reason.text().as_str()));
        return Sentence::new(
            format!("Compte suspendu : {why}"),
            format!("Account suspended: {why}"),
        );
    }
    for_merchant(event)
}
