//! What happened to a member of staff.

use super::{Names, Sentence, messages};
use domain::Worded;
use domain::staff::{Event, Role};

pub fn sentence(event: &Event, names: Names<'_>) -> Sentence {
    match event {
        Event::Invited { by, .. } => {
            let Some(by) = by.map(|by| names.staff(by)) else {
                return Sentence::new(
                    "Premier administrateur invité au démarrage",
                    "First administrator invited at the start",
                );
            };
            Sentence::new(
                format!("Membre de l'équipe invité par {by}"),
                format!("Member of staff invited by {by}"),
            )
        }
        Event::Joined { .. } => {
            Sentence::new("Membre de l'équipe arrivé", "Member of staff joined")
        }
        Event::RolesChanged { roles, .. } => {
            let french: Vec<&str> = roles.iter().map(Role::french).collect();
            let english: Vec<&str> = roles.iter().map(Role::english).collect();
            Sentence::new(
                format!("Rôles changés : {}", french.join(", ")),
                format!("Roles changed: {}", english.join(", ")),
            )
        }
        Event::Disabled { .. } => Sentence::new("Compte désactivé", "Account disabled"),
        Event::SignedIn => Sentence::new("Connexion", "Signed in"),
        Event::SignInRefused { failure } => Sentence::new(
            format!("Connexion refusée ({})", failure.french()),
            format!("Sign-in refused ({})", failure.english()),
        ),
        Event::Locked { .. } => Sentence::new("Connexion bloquée", "Sign-in locked"),
        Event::MessageSent { template, medium, .. } => messages::sent(*template, *medium),
        Event::MessageDelivered { template, medium, .. } => messages::delivered(*template, *medium),
        Event::MessageFailed { template, medium, failure, .. } => {
            messages::failed(*template, *medium, *failure)
        }
    }
}
