//! What an owner is told of their account.

use super::OwnerText;
use domain::Worded;
use domain::messages::Template;
use domain::registration::{ClosureReason, Event};
use domain::restriction::Restriction;

pub fn text(event: &Event) -> Option<OwnerText> {
    let restricted = |restriction: &Restriction| {
        (
            format!(
                "Bonjour,\n\n{} Vos versements sont retenus, jamais perdus.\n",
                restriction.why.french()
            ),
            format!("Hello,\n\n{} Your payouts are held, never lost.\n", restriction.why.english()),
        )
    };
    Some(match event {
        Event::AccountDeactivated { restriction } => (
            Template::AccountDeactivated,
            ("Votre compte est désactivé", "Your account is deactivated"),
            restricted(restriction),
        ),
        Event::AccountReactivated { .. } => (
            Template::AccountReactivated,
            ("Votre compte est réactivé", "Your account is reactivated"),
            (
                "Bonjour,\n\nVotre compte est réactivé.\n".to_owned(),
                "Hello,\n\nYour account is active again.\n".to_owned(),
            ),
        ),
        Event::AccountSuspended { restriction, .. } => {
            (Template::AccountSuspended, ("Votre compte", "Your account"), restricted(restriction))
        }
        Event::SuspensionLifted { .. } => (
            Template::SuspensionLifted,
            ("Votre compte est rétabli", "Your account is restored"),
            (
                "Bonjour,\n\nVotre compte est rétabli.\n".to_owned(),
                "Hello,\n\nYour account is restored.\n".to_owned(),
            ),
        ),
        Event::AccountClosed { reason: ClosureReason::FileRejected } => return None,
        Event::AccountClosed { .. } => (
            Template::AccountClosed,
            ("Votre compte est clos", "Your account is closed"),
            (
                "Bonjour,\n\nVotre compte est clos.\n".to_owned(),
                "Hello,\n\nYour account is closed.\n".to_owned(),
            ),
        ),
        Event::AccountCreated { .. }
        | Event::AccountActivated
        | Event::AccountLapsed
        | Event::CompanyBasicsRecorded { .. }
        | Event::TestModeOpened
        | Event::LiveModeOpened
        | Event::PayoutsEnabled => return None,
    })
}
