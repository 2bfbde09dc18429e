//! What happened to a user.

use super::{Sentence, messages};
use domain::user::Event;

pub fn sentence(event: &Event) -> Sentence {
    match event {
        Event::Registered { .. } => Sentence::new("Identifiant créé", "Login created"),
        Event::ActivationLinkIssued { .. } => {
            Sentence::new("Lien d'activation émis", "Activation link issued")
        }
        Event::EmailVerified => Sentence::new("Adresse e-mail vérifiée", "E-mail address verified"),
        Event::ProfileRecorded { .. } => {
            Sentence::new("Nom et mobile enregistrés", "Name and mobile recorded")
        }
        Event::CodeSent { purpose, .. } => Sentence::new(
            format!("Code à usage unique envoyé ({purpose})"),
            format!("One-time code sent ({purpose})"),
        ),
        Event::CodeRefused { .. } => Sentence::new("Code erroné", "Wrong code entered"),
        Event::MobileVerified { .. } => Sentence::new("Mobile vérifié", "Mobile verified"),
        Event::StronglyAuthenticated { .. } => {
            Sentence::new("Authentification forte", "Strong authentication")
        }
        Event::RegistrationRepeated { .. } => {
            Sentence::new("Inscription tentée de nouveau", "Registration tried again")
        }
        Event::PasswordResetRequested { .. } => {
            Sentence::new("Réinitialisation du mot de passe demandée", "Password reset requested")
        }
        Event::PasswordChanged { .. } => Sentence::new("Mot de passe changé", "Password changed"),
        Event::SessionsRevoked => Sentence::new("Sessions closes", "Sessions ended"),
        Event::SignedIn => Sentence::new("Connexion", "Signed in"),
        Event::SignInRefused { failure } => Sentence::new(
            format!("Connexion refusée ({failure})"),
            format!("Sign-in refused ({failure})"),
        ),
        Event::Locked { .. } => Sentence::new("Connexion bloquée", "Sign-in locked"),
        Event::MessageSent { template, medium, .. } => messages::sent(*template, *medium),
        Event::MessageDelivered { template, medium, .. } => messages::delivered(*template, *medium),
        Event::MessageFailed { template, medium, failure, .. } => {
            messages::failed(*template, *medium, *failure)
        }
        Event::Lapsed => Sentence::new("Identifiant jamais activé", "Login never activated"),
    }
}
