//! The account's ledger in plain French and English: one sentence per event.
//!
//! What a merchant may read and what staff may read are two functions. A merchant's sentence is
//! made without looking at any internal reason, note or decision in the making.

use domain::merchant::Event;
use domain::messages::{Failure, Medium, Template};
use domain::user;
use domain::values::Language;
use domain::{
    Coded, Id, Personal, api_keys, client_file, contract, messages, registration, review, services,
};

/// One sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    pub french: String,
    pub english: String,
}

impl Sentence {
    fn new(french: impl Into<String>, english: impl Into<String>) -> Self {
        Self { french: french.into(), english: english.into() }
    }

    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::French => &self.french,
            Language::English => &self.english,
        }
    }
}

/// What the merchant may read; `None` for what is ours alone.
pub fn for_merchant(event: &Event) -> Option<Sentence> {
    match event {
        Event::Registration(event) => Some(registration(event)),
        Event::ClientFile(event) => Some(client_file(event)),
        Event::Contract(event) => Some(contract(event)),
        Event::Review(event) => review_for_merchant(event),
        Event::Services(event) => Some(services(event)),
        Event::ApiKeys(event) => Some(api_keys(event)),
        Event::Messages(event) => Some(messages(event)),
    }
}

/// Whether a merchant may read of an event at all.
pub fn is_for_merchant(event: &Event) -> bool {
    match event {
        Event::Review(event) => review_for_merchant(event).is_some(),
        Event::Registration(_)
        | Event::ClientFile(_)
        | Event::Contract(_)
        | Event::Services(_)
        | Event::ApiKeys(_)
        | Event::Messages(_) => true,
    }
}

/// What staff may read of any merchant's event.
pub fn for_staff(event: &Event) -> Sentence {
    match event {
        Event::Registration(registration::Event::AccountSuspended { reason, .. }) => {
            let why = shown(reason.known().map(|reason| reason.text().as_str()));
            Sentence::new(format!("Compte suspendu : {why}"), format!("Account suspended: {why}"))
        }
        Event::Review(event) => review_for_staff(event),
        Event::Registration(_)
        | Event::ClientFile(_)
        | Event::Contract(_)
        | Event::Services(_)
        | Event::ApiKeys(_)
        | Event::Messages(_) => for_merchant(event).unwrap_or_else(|| Sentence::new("", "")),
    }
}

/// What is shown of personal data that may be forgotten.
fn shown(known: Option<&str>) -> &str {
    known.unwrap_or("[…]")
}

fn registration(event: &registration::Event) -> Sentence {
    use registration::Event;
    match event {
        Event::AccountCreated { .. } => Sentence::new("Compte créé", "Account created"),
        Event::AccountActivated => Sentence::new("Compte activé", "Account activated"),
        Event::AccountLapsed => Sentence::new(
            "Compte jamais activé : il n'existe plus",
            "Account never activated: it has lapsed",
        ),
        Event::CompanyBasicsRecorded { identity, legal_form, activity, .. } => {
            let name = shown(identity.known().map(|identity| identity.legal_name.as_str()));
            let details = format!("{name} ({}, {})", legal_form.french_name(), activity.as_str());
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

fn client_file(event: &client_file::Event) -> Sentence {
    use client_file::Event;
    match event {
        Event::CompanyRecorded { details } => {
            let siret = shown(details.known().map(|details| details.siret.as_str()));
            Sentence::new(
                format!("Informations de l'entreprise enregistrées (SIRET {siret})"),
                format!("Company details recorded (SIRET {siret})"),
            )
        }
        Event::PersonRecorded { details, .. } => {
            let name = details.known().map(client_file::PersonDetails::full_name);
            let name = shown(name.as_deref());
            Sentence::new(
                format!("Personne enregistrée : {name}"),
                format!("Person recorded: {name}"),
            )
        }
        Event::PersonRoleSet { roles, .. } => {
            let roles: Vec<&str> = roles.iter().map(|role| role.code()).collect();
            let roles = roles.join(", ");
            Sentence::new(
                format!("Rôles enregistrés : {roles}"),
                format!("Roles recorded: {roles}"),
            )
        }
        Event::PersonRemoved { .. } => {
            Sentence::new("Personne retirée du dossier", "Person removed from the file")
        }
        Event::OwnershipDeclared { holdings } => Sentence::new(
            format!("Répartition du capital déclarée ({} personnes)", holdings.len()),
            format!("Ownership declared ({} people)", holdings.len()),
        ),
        Event::PayoutAccountRecorded { last_four, .. } => Sentence::new(
            format!("Compte bancaire enregistré (…{last_four})"),
            format!("Bank account recorded (…{last_four})"),
        ),
        Event::DocumentSubmitted { document } => Sentence::new(
            format!("Document transmis : {}", document.kind),
            format!("Document handed in: {}", document.kind),
        ),
        Event::DocumentSuperseded { .. } => Sentence::new("Document remplacé", "Document replaced"),
        Event::DocumentWithdrawn { .. } => Sentence::new("Document retiré", "Document withdrawn"),
        Event::Submitted { .. } => {
            Sentence::new("Dossier Client envoyé à nos équipes", "Client file sent to our teams")
        }
        Event::Withdrawn => Sentence::new("Dossier Client retiré", "Client file withdrawn"),
    }
}

fn contract(event: &contract::Event) -> Sentence {
    use contract::Event;
    match event {
        Event::Presented { terms_version, .. } => Sentence::new(
            format!("Contrat présenté (conditions générales, version {terms_version})"),
            format!("Contract presented (general terms, version {terms_version})"),
        ),
        Event::SigningCodeSent { .. } => {
            Sentence::new("Code de signature envoyé", "Signing code sent")
        }
        Event::SigningCodeRefused { .. } => {
            Sentence::new("Code de signature erroné", "Wrong signing code entered")
        }
        Event::Signed { .. } => Sentence::new("Contrat signé", "Contract signed"),
        Event::Filed { .. } => Sentence::new(
            "Contrat signé archivé avec ses preuves de signature",
            "Signed contract filed with its evidence",
        ),
    }
}

fn review_for_merchant(event: &review::Event) -> Option<Sentence> {
    use review::Event;
    Some(match event {
        Event::CaseTaken { .. } => {
            Sentence::new("Dossier Client à l'étude", "Client file being examined")
        }
        Event::DocumentAccepted { .. } => Sentence::new("Document accepté", "Document accepted"),
        Event::DocumentRefused { refusal, .. } => Sentence::new(
            format!("Document refusé : {}", refusal.french()),
            format!("Document refused: {}", refusal.english()),
        ),
        Event::DocumentsRequested { items, .. } => Sentence::new(
            format!("Documents complémentaires demandés ({})", items.len()),
            format!("Additional documents requested ({})", items.len()),
        ),
        Event::DocumentsRequestReopened { .. } => Sentence::new(
            "Un document complémentaire est de nouveau attendu",
            "An additional document is awaited again",
        ),
        Event::DocumentsReceived => {
            Sentence::new("Documents complémentaires reçus", "Additional documents received")
        }
        Event::DocumentsReminderSent { days_left } => Sentence::new(
            format!("Rappel : il reste {days_left} jour(s) pour envoyer les documents"),
            format!("Reminder: {days_left} day(s) left to send the documents"),
        ),
        Event::DocumentsDeadlinePassed => Sentence::new(
            "Le délai d'envoi des documents est passé",
            "The time to send the documents is over",
        ),
        Event::ClientFileApproved { .. } => {
            Sentence::new("Dossier Client validé", "Client file approved")
        }
        Event::ClientFileRejected { .. } => Sentence::new(
            "Des éléments de votre Dossier Client nous empêchent malheureusement de répondre \
             favorablement à votre demande",
            "Elements of your client file unfortunately prevent us from accepting your application",
        ),
        Event::CaseAssigned { .. }
        | Event::CaseSnoozed { .. }
        | Event::CaseEscalated { .. }
        | Event::NoteAdded { .. }
        | Event::UndeliveredRequestFlagged
        | Event::DecisionProposed { .. }
        | Event::DecisionReturned { .. } => return None,
    })
}

fn review_for_staff(event: &review::Event) -> Sentence {
    use review::Event;
    let words = |text: &Personal<domain::values::FreeText>| {
        shown(text.known().map(|text| text.as_str())).to_owned()
    };
    match event {
        Event::CaseTaken { .. } => Sentence::new("Dossier pris en charge", "Case taken"),
        Event::CaseAssigned { to, .. } => {
            Sentence::new(format!("Dossier attribué à {to}"), format!("Case assigned to {to}"))
        }
        Event::CaseSnoozed { until, .. } => Sentence::new(
            format!("Dossier mis de côté jusqu'au {}", until.format("%Y-%m-%d %H:%M UTC")),
            format!("Case put aside until {}", until.format("%Y-%m-%d %H:%M UTC")),
        ),
        Event::CaseEscalated { .. } => Sentence::new("Dossier escaladé", "Case escalated"),
        Event::NoteAdded { note, .. } => {
            Sentence::new(format!("Note : {}", words(note)), format!("Note: {}", words(note)))
        }
        Event::UndeliveredRequestFlagged => Sentence::new(
            "Demande de documents jamais délivrée : à traiter",
            "Request for documents never delivered: needs attention",
        ),
        Event::DecisionProposed { proposal, rationale, .. } => Sentence::new(
            format!("Décision proposée : {} — {}", proposal.code(), words(rationale)),
            format!("Decision proposed: {} — {}", proposal.code(), words(rationale)),
        ),
        Event::DecisionReturned { reason, .. } => Sentence::new(
            format!("Décision renvoyée : {}", words(reason)),
            format!("Decision returned: {}", words(reason)),
        ),
        Event::ClientFileRejected { reason, .. } => Sentence::new(
            format!("Dossier Client refusé ({reason})"),
            format!("Client file rejected ({reason})"),
        ),
        Event::DocumentAccepted { .. }
        | Event::DocumentRefused { .. }
        | Event::DocumentsRequested { .. }
        | Event::DocumentsRequestReopened { .. }
        | Event::DocumentsReceived
        | Event::DocumentsReminderSent { .. }
        | Event::DocumentsDeadlinePassed
        | Event::ClientFileApproved { .. } => {
            review_for_merchant(event).unwrap_or_else(|| Sentence::new("", ""))
        }
    }
}

fn services(event: &services::Event) -> Sentence {
    use services::Event;
    match event {
        Event::Requested { services } => {
            let list: Vec<&str> = services.iter().map(|service| service.code()).collect();
            let list = list.join(", ");
            Sentence::new(
                format!("Services demandés : {list}"),
                format!("Services requested: {list}"),
            )
        }
        Event::Activated { service } => Sentence::new(
            format!("Service activé : {service}"),
            format!("Service activated: {service}"),
        ),
        Event::Refused { service, reason } => Sentence::new(
            format!("Service refusé : {service} ({reason})"),
            format!("Service refused: {service} ({reason})"),
        ),
    }
}

fn api_keys(event: &api_keys::Event) -> Sentence {
    use api_keys::Event;
    let end = |key: &api_keys::NewKey| String::from_utf8_lossy(&key.last_four).into_owned();
    match event {
        Event::Issued { key, mode } => Sentence::new(
            format!("Clé API créée ({mode}, …{})", end(key)),
            format!("API key issued ({mode}, …{})", end(key)),
        ),
        Event::Rotated { to, mode, .. } => Sentence::new(
            format!("Clé API renouvelée ({mode}, …{})", end(to)),
            format!("API key rotated ({mode}, …{})", end(to)),
        ),
        Event::Revoked { key, .. } => {
            Sentence::new(format!("Clé API révoquée ({key})"), format!("API key revoked ({key})"))
        }
    }
}

fn messages(event: &messages::Event) -> Sentence {
    use messages::Event;
    match event {
        Event::Sent { template, medium, .. } => message_sent(*template, *medium),
        Event::Delivered { template, medium, .. } => message_delivered(*template, *medium),
        Event::Failed { template, medium, failure, .. } => {
            message_failed(*template, *medium, *failure)
        }
    }
}

fn message_sent(template: Template, medium: Medium) -> Sentence {
    Sentence::new(
        format!("Message envoyé ({medium}) : {template}"),
        format!("Message sent ({medium}): {template}"),
    )
}

fn message_delivered(template: Template, medium: Medium) -> Sentence {
    Sentence::new(
        format!("Message reçu ({medium}) : {template}"),
        format!("Message delivered ({medium}): {template}"),
    )
}

fn message_failed(template: Template, medium: Medium, failure: Failure) -> Sentence {
    Sentence::new(
        format!("Message non délivré ({medium}) : {template} ({failure})"),
        format!("Message not delivered ({medium}): {template} ({failure})"),
    )
}

/// What happened to a user, for staff and for the user themselves.
pub fn for_user(event: &user::Event) -> Sentence {
    use user::Event;
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
        Event::MessageSent { template, medium, .. } => message_sent(*template, *medium),
        Event::MessageDelivered { template, medium, .. } => message_delivered(*template, *medium),
        Event::MessageFailed { template, medium, failure, .. } => {
            message_failed(*template, *medium, *failure)
        }
        Event::Lapsed => Sentence::new("Identifiant jamais activé", "Login never activated"),
    }
}

/// What happened to any stream, for staff.
pub fn for_any(event: &domain::Event) -> Sentence {
    match event {
        domain::Event::Merchant(event) => for_staff(event),
        domain::Event::User(event) => for_user(event),
        domain::Event::Staff(event) => for_member_of_staff(event),
        domain::Event::EmailClaim(domain::email_claim::Event::Claimed { by }) => {
            Sentence::new(format!("Adresse réservée par {by}"), format!("Address claimed by {by}"))
        }
        domain::Event::EmailClaim(domain::email_claim::Event::Released { by }) => {
            Sentence::new(format!("Adresse libérée par {by}"), format!("Address released by {by}"))
        }
    }
}

fn for_member_of_staff(event: &domain::staff::Event) -> Sentence {
    use domain::staff::Event;
    match event {
        Event::Invited { by, .. } => {
            let by = by.map_or_else(|| "—".to_owned(), |by| by.uuid().simple().to_string());
            Sentence::new(
                format!("Membre de l'équipe invité par {by}"),
                format!("Member of staff invited by {by}"),
            )
        }
        Event::Joined { .. } => {
            Sentence::new("Membre de l'équipe arrivé", "Member of staff joined")
        }
        Event::RolesChanged { roles, .. } => {
            Sentence::new(format!("Rôles changés : {roles:?}"), format!("Roles changed: {roles:?}"))
        }
        Event::Disabled { .. } => Sentence::new("Compte désactivé", "Account disabled"),
        Event::SignedIn => Sentence::new("Connexion", "Signed in"),
        Event::SignInRefused { failure } => Sentence::new(
            format!("Connexion refusée ({failure})"),
            format!("Sign-in refused ({failure})"),
        ),
        Event::Locked { .. } => Sentence::new("Connexion bloquée", "Sign-in locked"),
        Event::MessageSent { template, medium, .. } => message_sent(*template, *medium),
        Event::MessageDelivered { template, medium, .. } => message_delivered(*template, *medium),
        Event::MessageFailed { template, medium, failure, .. } => {
            message_failed(*template, *medium, *failure)
        }
    }
}
