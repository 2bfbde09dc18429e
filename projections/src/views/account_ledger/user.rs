//! What happened to a user.

use super::{Sentence, messages, shown};
use domain::Worded;
use domain::user::{CodePurpose, Event};

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
        Event::CodeSent { purpose, .. } => code_sent(*purpose),
        Event::CodeRefused { .. } => Sentence::new("Code erroné", "Wrong code entered"),
        Event::MobileVerified { .. } => Sentence::new("Mobile vérifié", "Mobile verified"),
        Event::StronglyAuthenticated { action: Some(action), .. } => Sentence::new(
            format!("Authentification forte pour {}", action.kind().french()),
            format!("Strong authentication to {}", action.kind().english()),
        ),
        Event::StronglyAuthenticated { action: None, .. } => {
            Sentence::new("Authentification forte", "Strong authentication")
        }
        Event::EmailChangeRequested { .. } => {
            Sentence::new("Changement d'e-mail demandé", "Change of e-mail asked for")
        }
        Event::MobileChangeRequested { .. } => {
            Sentence::new("Changement de mobile demandé", "Change of mobile asked for")
        }
        Event::ContactChangeCancelled { .. } => {
            Sentence::new("Changement de contact annulé", "Change of contact cancelled")
        }
        Event::EmailChanged { .. } => Sentence::new("E-mail changé", "E-mail changed"),
        Event::MobileChanged { .. } => Sentence::new("Mobile changé", "Mobile changed"),
        Event::ContactsFrozen { .. } => Sentence::new(
            "E-mail et mobile figés pour un changement de compte bancaire",
            "E-mail and mobile frozen for a change of bank account",
        ),
        Event::ContactsReleased { .. } => {
            Sentence::new("E-mail et mobile libérés", "E-mail and mobile released")
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
            format!("Connexion refusée ({})", failure.french()),
            format!("Sign-in refused ({})", failure.english()),
        ),
        Event::Locked { .. } => Sentence::new("Connexion bloquée", "Sign-in locked"),
        Event::MessageSent { template, medium, .. } => messages::sent(*template, *medium),
        Event::MessageDelivered { template, medium, .. } => messages::delivered(*template, *medium),
        Event::MessageFailed { template, medium, failure, .. } => {
            messages::failed(*template, *medium, *failure)
        }
        Event::TokenIssued { name, .. } => {
            let name = shown(name.known().map(|name| name.as_str()));
            Sentence::new(
                format!("Jeton d'accès « {name} » créé"),
                format!("Access token “{name}” made"),
            )
        }
        Event::TokenRevoked { .. } => {
            Sentence::new("Jeton d'accès révoqué", "Access token revoked")
        }
        Event::Lapsed => Sentence::new("Identifiant jamais activé", "Login never activated"),
    }
}

fn code_sent(purpose: CodePurpose) -> Sentence {
    match purpose {
        CodePurpose::MobileVerification => {
            Sentence::new("Code envoyé pour vérifier le mobile", "Code sent to verify the mobile")
        }
        CodePurpose::NewMobile => {
            Sentence::new("Code envoyé au nouveau mobile", "Code sent to the new mobile")
        }
        CodePurpose::StrongAuthentication { action: Some(action) } => Sentence::new(
            format!("Code envoyé pour {}", action.kind().french()),
            format!("Code sent to {}", action.kind().english()),
        ),
        CodePurpose::StrongAuthentication { action: None } => {
            Sentence::new("Code à usage unique envoyé", "One-time code sent")
        }
    }
}
