//! Which messages an event owes, to whom, and what they say in French and English.

use crate::app::App;
use crate::error::Problem;
use chrono::{DateTime, Utc};
use chrono_tz::Europe::Paris;
use domain::messages::{Medium, Template};
use domain::review::{Event as ReviewEvent, NewItem};
use domain::user::{CodePurpose, SignInFailure};
use domain::values::{Email, Language, Mobile};
use domain::{
    MerchantId, PersonId, StaffId, UserId, api_keys, client_file, contract, merchant, registration,
    services, staff, user,
};
use store::aggregate::{MERCHANT, STAFF, USER, id_of};
use store::{AsOf, Merchant, Recorded, User};

/// A message ready to be sent.
#[derive(Clone, Debug)]
pub struct Message {
    pub template: Template,
    pub to: Address,
    pub language: Language,
    pub subject: String,
    pub body: String,
    /// After this it says nothing useful any more.
    pub pointless_after: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug)]
pub enum Address {
    Email(Email),
    Mobile(Mobile),
}

impl Address {
    pub fn medium(&self) -> Medium {
        match self {
            Self::Email(_) => Medium::Email,
            Self::Mobile(_) => Medium::Sms,
        }
    }
}

/// What is owed, or that it was owed to somebody who is forgotten.
pub enum Owed {
    Message(Box<Message>),
    Forgotten(Template, Medium),
}

/// By which medium an event owes messages, and whether that is a one-time code, as far as can be
/// said without its personal data; `None` if it owes nothing.
pub fn owes(app: &App, recorded: &Recorded) -> Option<(Medium, bool)> {
    const MAIL: Option<(Medium, bool)> = Some((Medium::Email, false));
    const CODE: Option<(Medium, bool)> = Some((Medium::Sms, true));
    match &recorded.event {
        domain::Event::User(user::Event::CodeSent { .. }) => CODE,
        domain::Event::User(event) => user_template(event).and(MAIL),
        domain::Event::Merchant(merchant::Event::Contract(event)) => match event {
            contract::Event::Presented { .. } => MAIL,
            contract::Event::SigningCodeSent { .. } => CODE,
            contract::Event::SigningCodeRefused { .. }
            | contract::Event::Signed { .. }
            | contract::Event::Filed { .. } => None,
        },
        domain::Event::Merchant(event) => {
            let id = id_of::<MerchantId>(&recorded.stream, MERCHANT)?;
            owner_text(app, id, event).and(MAIL)
        }
        domain::Event::Staff(staff::Event::Invited { .. }) => MAIL,
        domain::Event::Staff(_) | domain::Event::EmailClaim(_) => None,
    }
}

/// The messages that an event owes.
pub async fn owed(app: &App, recorded: &Recorded) -> Result<Vec<Owed>, Problem> {
    match &recorded.event {
        domain::Event::User(event) => {
            let Some(id) = id_of::<UserId>(&recorded.stream, USER) else { return Ok(vec![]) };
            to_user(app, id, event).await
        }
        domain::Event::Merchant(event) => {
            let Some(id) = id_of::<MerchantId>(&recorded.stream, MERCHANT) else {
                return Ok(vec![]);
            };
            to_merchant(app, id, event).await
        }
        domain::Event::Staff(staff::Event::Invited { profile, language, link, by, .. }) => {
            // The first administrator's link was printed on the terminal.
            let Some(id) = id_of::<StaffId>(&recorded.stream, STAFF).filter(|_| by.is_some())
            else {
                return Ok(vec![]);
            };
            let template = Template::StaffInvitation;
            let Some(profile) = profile.known() else {
                return Ok(vec![Owed::Forgotten(template, Medium::Email)]);
            };
            let url = link_url(app, "join", &app.links.staff_invitation(id, *link));
            Ok(vec![mail(
                template,
                profile.email.clone(),
                *language,
                ("Votre accès à la console", "Your access to the console"),
                (
                    format!(
                        "Bonjour,\n\nUn compte vous attend sur la console. Suivez ce lien dans les 72 heures pour choisir un mot de passe et enregistrer votre second facteur :\n\n{url}\n"
                    ),
                    format!(
                        "Hello,\n\nAn account on the console awaits you. Follow this link within 72 hours to choose a password and enrol your second factor:\n\n{url}\n"
                    ),
                ),
            )])
        }
        domain::Event::Staff(_) | domain::Event::EmailClaim(_) => Ok(vec![]),
    }
}

fn link_url(app: &App, page: &str, token: &str) -> String {
    format!("{}/{page}?token={token}", app.public_url)
}

fn day(at: DateTime<Utc>) -> String {
    // A deadline is 24:00 of its day, which is 00:00 of the next.
    (at.with_timezone(&Paris) - chrono::TimeDelta::seconds(1)).format("%d/%m/%Y").to_string()
}

fn mail(
    template: Template,
    to: Email,
    language: Language,
    subject: (&str, &str),
    body: (String, String),
) -> Owed {
    let (subject, body) = match language {
        Language::French => (subject.0, body.0),
        Language::English => (subject.1, body.1),
    };
    Owed::Message(Box::new(Message {
        template,
        to: Address::Email(to),
        language,
        subject: subject.to_owned(),
        body,
        pointless_after: None,
    }))
}

fn sms(
    template: Template,
    to: Mobile,
    language: Language,
    code: &str,
    expires_at: DateTime<Utc>,
) -> Owed {
    let body = match language {
        Language::French => {
            format!(
                "{code} est votre code. Il est valable 10 minutes. Ne le communiquez à personne."
            )
        }
        Language::English => {
            format!("{code} is your code. It works for 10 minutes. Give it to nobody.")
        }
    };
    Owed::Message(Box::new(Message {
        template,
        to: Address::Mobile(to),
        language,
        subject: String::new(),
        body,
        pointless_after: Some(expires_at),
    }))
}

fn user_template(event: &user::Event) -> Option<Template> {
    use user::Event;
    Some(match event {
        Event::ActivationLinkIssued { .. } => Template::Activation,
        Event::RegistrationRepeated { .. } => Template::AddressAlreadyUsed,
        Event::PasswordResetRequested { .. } => Template::PasswordReset,
        Event::PasswordChanged { .. } => Template::PasswordChanged,
        Event::Locked { .. } | Event::SignInRefused { failure: SignInFailure::Locked } => {
            Template::SignInLocked
        }
        Event::CodeSent { purpose: CodePurpose::MobileVerification, .. } => Template::MobileCode,
        Event::CodeSent { purpose: CodePurpose::StrongAuthentication, .. } => {
            Template::StrongAuthenticationCode
        }
        Event::Registered { .. }
        | Event::EmailVerified
        | Event::ProfileRecorded { .. }
        | Event::CodeRefused { .. }
        | Event::MobileVerified { .. }
        | Event::StronglyAuthenticated { .. }
        | Event::SessionsRevoked
        | Event::SignedIn
        | Event::SignInRefused {
            failure: SignInFailure::WrongPassword | SignInFailure::NotActivated,
        }
        | Event::Lapsed
        | Event::MessageSent { .. }
        | Event::MessageDelivered { .. }
        | Event::MessageFailed { .. } => return None,
    })
}

async fn to_user(app: &App, id: UserId, event: &user::Event) -> Result<Vec<Owed>, Problem> {
    use user::Event;
    let Some(template) = user_template(event) else { return Ok(vec![]) };
    let state = app.store.load::<User>(id, AsOf::Now).await?.state;
    let language = state.language.unwrap_or(Language::French);
    if let Event::CodeSent { challenge, expires_at, .. } = event {
        let profile = state.profile.as_ref().and_then(|profile| profile.known());
        let Some(profile) = profile else {
            return Ok(vec![Owed::Forgotten(template, Medium::Sms)]);
        };
        let code = app.codes.code(*challenge);
        return Ok(vec![sms(template, profile.mobile.clone(), language, &code, *expires_at)]);
    }
    let Some(email) = state.email.as_ref().and_then(|email| email.known()) else {
        return Ok(vec![Owed::Forgotten(template, Medium::Email)]);
    };
    let text = user_text(app, id, event);
    let to_mail = |(subject, body)| mail(template, email.clone(), language, subject, body);
    Ok(text.map(to_mail).into_iter().collect())
}

/// Subject and body, each in French and in English.
type Text = ((&'static str, &'static str), (String, String));
/// A message to the owner.
type OwnerText = (Template, (&'static str, &'static str), (String, String));

/// What a user is told by mail; `None` if nothing is owed, or it goes by SMS.
fn user_text(app: &App, id: UserId, event: &user::Event) -> Option<Text> {
    use user::Event;
    Some(match event {
        Event::ActivationLinkIssued { link, .. } => {
            let url = link_url(app, "activate", &app.links.activation(id, *link));
            (
                ("Activez votre compte", "Activate your account"),
                (
                    format!("Bonjour,\n\nPour activer votre compte, suivez ce lien dans les 72 heures :\n\n{url}\n\nIl ne sert qu'une fois, et seul le dernier lien reçu fonctionne. Si vous n'êtes pas à l'origine de cette inscription, ignorez ce message.\n"),
                    format!("Hello,\n\nTo activate your account, follow this link within 72 hours:\n\n{url}\n\nIt works once, and only the newest link works. If you did not sign up, ignore this message.\n"),
                ),
            )
        }
        Event::PasswordResetRequested { link, .. } => {
            let url = link_url(app, "reset-password", &app.links.password_reset(id, *link));
            (
                ("Choisissez un nouveau mot de passe", "Choose a new password"),
                (
                    format!("Bonjour,\n\nPour choisir un nouveau mot de passe, suivez ce lien dans l'heure :\n\n{url}\n\nSi vous n'avez rien demandé, ignorez ce message : votre mot de passe ne change pas.\n"),
                    format!("Hello,\n\nTo choose a new password, follow this link within the hour:\n\n{url}\n\nIf you did not ask for it, ignore this message: your password stays as it is.\n"),
                ),
            )
        }
        Event::PasswordChanged { .. } => (
            ("Votre mot de passe a changé", "Your password was changed"),
            (
                "Bonjour,\n\nVotre mot de passe vient d'être changé et toutes vos sessions ont été closes. Si ce n'était pas vous, contactez immédiatement notre support.\n".to_owned(),
                "Hello,\n\nYour password was just changed and all your sessions were ended. If it was not you, contact our support at once.\n".to_owned(),
            ),
        ),
        Event::RegistrationRepeated { .. } => (
            ("Vous avez déjà un compte", "You have an account already"),
            (
                "Bonjour,\n\nQuelqu'un, peut-être vous, a voulu créer un compte avec cette adresse, qui en a déjà un. Connectez-vous, ou demandez un nouveau mot de passe. Si ce n'était pas vous, il n'y a rien à faire.\n".to_owned(),
                "Hello,\n\nSomebody, perhaps you, tried to sign up with this address, which has an account already. Sign in, or ask for a new password. If it was not you, there is nothing to do.\n".to_owned(),
            ),
        ),
        Event::SignInRefused { failure: SignInFailure::Locked } => (
            ("Connexion bloquée", "Sign-in locked"),
            (
                "Bonjour,\n\nAprès plusieurs mots de passe erronés, la connexion à votre compte est bloquée pour quinze minutes depuis l'endroit d'où ils ont été envoyés. Si ce n'était pas vous, choisissez un nouveau mot de passe.\n".to_owned(),
                "Hello,\n\nAfter several wrong passwords, signing in to your account is locked for fifteen minutes from where they were sent. If it was not you, choose a new password.\n".to_owned(),
            ),
        ),
        Event::Locked { .. } => (
            ("Connexion bloquée", "Sign-in locked"),
            (
                "Bonjour,\n\nAprès de nombreux mots de passe erronés, la connexion à votre compte est bloquée pour un moment, sauf depuis les appareils d'où vous vous êtes déjà connecté. Si ce n'était pas vous, choisissez un nouveau mot de passe.\n".to_owned(),
                "Hello,\n\nAfter many wrong passwords, signing in to your account is locked for a while, except from devices from which you have signed in before. If it was not you, choose a new password.\n".to_owned(),
            ),
        ),
        Event::Registered { .. }
        | Event::EmailVerified
        | Event::ProfileRecorded { .. }
        | Event::CodeSent { .. }
        | Event::CodeRefused { .. }
        | Event::MobileVerified { .. }
        | Event::StronglyAuthenticated { .. }
        | Event::SessionsRevoked
        | Event::SignedIn
        | Event::SignInRefused {
            failure: SignInFailure::WrongPassword | SignInFailure::NotActivated,
        }
        | Event::Lapsed
        | Event::MessageSent { .. }
        | Event::MessageDelivered { .. }
        | Event::MessageFailed { .. } => return None,
    })
}

async fn to_merchant(
    app: &App,
    id: MerchantId,
    event: &merchant::Event,
) -> Result<Vec<Owed>, Problem> {
    if let merchant::Event::Contract(event) = event {
        let state = app.store.load::<Merchant>(id, AsOf::Now).await?.state;
        return to_signers(app, id, &state, event);
    }
    let Some((template, subject, body)) = owner_text(app, id, event) else { return Ok(vec![]) };
    let state = app.store.load::<Merchant>(id, AsOf::Now).await?.state;
    let Some(owner) = state.account.owner else { return Ok(vec![]) };
    let user = app.store.load::<User>(owner, AsOf::Now).await?.state;
    let language = user.language.unwrap_or(Language::French);
    let Some(email) = user.email.as_ref().and_then(|email| email.known()) else {
        return Ok(vec![Owed::Forgotten(template, Medium::Email)]);
    };
    Ok(vec![mail(template, email.clone(), language, subject, body)])
}

fn to_signers(
    app: &App,
    id: MerchantId,
    state: &merchant::State,
    event: &contract::Event,
) -> Result<Vec<Owed>, Problem> {
    let language = state.account.language.unwrap_or(Language::French);
    let known =
        |person: &PersonId| state.file.people.get(person).and_then(|person| person.details.known());
    match event {
        contract::Event::Presented { contract, signers, .. } => Ok(signers
            .iter()
            .map(|signer| {
                let template = Template::SigningInvitation;
                let Some(details) = known(signer) else {
                    return Owed::Forgotten(template, Medium::Email);
                };
                let url = link_url(app, "sign", &app.links.signing(id, *contract, *signer));
                mail(
                    template,
                    details.email.clone(),
                    language,
                    ("Votre contrat à signer", "Your contract to sign"),
                    (
                        format!("Bonjour,\n\nLe contrat de services de paiement est prêt. Lisez-le et signez-le ici :\n\n{url}\n"),
                        format!("Hello,\n\nThe payment services contract is ready. Read it and sign it here:\n\n{url}\n"),
                    ),
                )
            })
            .collect()),
        contract::Event::SigningCodeSent { signer, challenge, expires_at, .. } => {
            let template = Template::SigningCode;
            Ok(vec![match known(signer) {
                Some(details) => {
                    let code = app.codes.code(*challenge);
                    sms(template, details.mobile.clone(), language, &code, *expires_at)
                }
                None => Owed::Forgotten(template, Medium::Sms),
            }])
        }
        contract::Event::SigningCodeRefused { .. }
        | contract::Event::Signed { .. }
        | contract::Event::Filed { .. } => Ok(vec![]),
    }
}

/// What the owner is told; `None` if nothing is owed. No internal reason is looked at here.
fn owner_text(app: &App, id: MerchantId, event: &merchant::Event) -> Option<OwnerText> {
    let home = app.public_url.as_str();
    Some(match event {
        merchant::Event::ClientFile(client_file::Event::Submitted { answer_expected_by }) => {
            let until = day(*answer_expected_by);
            (
                Template::FileSubmitted,
                ("Votre Dossier Client est chez nous", "Your client file is with us"),
                (
                    format!("Bonjour,\n\nVotre contrat est signé et votre Dossier Client a été envoyé à nos équipes. Nous pensons vous répondre d'ici le {until}.\n"),
                    format!("Hello,\n\nYour contract is signed and your client file was sent to our teams. We expect to answer by {until}.\n"),
                ),
            )
        }
        merchant::Event::Review(event) => return review_text(id, home, event),
        merchant::Event::Registration(event) => return registration_text(event),
        merchant::Event::Services(services::Event::Activated { service }) => (
            Template::ServiceActivated,
            ("Service activé", "Service activated"),
            (
                format!("Bonjour,\n\nLe service « {} » est activé.\n", service.french()),
                format!("Hello,\n\nThe service “{}” is active.\n", service.english()),
            ),
        ),
        merchant::Event::Services(services::Event::Refused { service, .. }) => (
            Template::ServiceRefused,
            ("Service non disponible", "Service not available"),
            (
                format!("Bonjour,\n\nLe service « {} » ne peut être ouvert pour votre compte.\n", service.french()),
                format!("Hello,\n\nThe service “{}” cannot be opened for your account.\n", service.english()),
            ),
        ),
        merchant::Event::ApiKeys(api_keys::Event::Issued { mode: api_keys::Mode::Live, .. }) => (
            Template::ApiKeyIssued,
            ("Nouvelle clé de production", "New live key"),
            (
                "Bonjour,\n\nUne clé de production vient d'être créée. Si ce n'était pas vous, révoquez-la et contactez notre support.\n".to_owned(),
                "Hello,\n\nA live key was just issued. If it was not you, revoke it and contact our support.\n".to_owned(),
            ),
        ),
        merchant::Event::ApiKeys(api_keys::Event::Revoked { key, .. }) => (
            Template::ApiKeyRevoked,
            ("Clé révoquée", "Key revoked"),
            (
                format!("Bonjour,\n\nLa clé {key} a été révoquée et ne fonctionne plus.\n"),
                format!("Hello,\n\nThe key {key} was revoked and no longer works.\n"),
            ),
        ),
        merchant::Event::ClientFile(_)
        | merchant::Event::Contract(_)
        | merchant::Event::Services(services::Event::Requested { .. })
        | merchant::Event::ApiKeys(
            api_keys::Event::Issued { .. } | api_keys::Event::Rotated { .. },
        )
        | merchant::Event::Messages(_) => return None,
    })
}

fn item_lines(items: &[NewItem], language: Language) -> String {
    items
        .iter()
        .map(|item| {
            let kinds = item.kinds.iter();
            match language {
                Language::French => {
                    let kinds: Vec<_> = kinds.map(|kind| kind.french()).collect();
                    format!("- {} : {}\n", kinds.join(" ou "), item.reason.french())
                }
                Language::English => {
                    let kinds: Vec<_> = kinds.map(|kind| kind.english()).collect();
                    format!("- {}: {}\n", kinds.join(" or "), item.reason.english())
                }
            }
        })
        .collect()
}

fn review_text(id: MerchantId, home: &str, event: &ReviewEvent) -> Option<OwnerText> {
    let url = format!("{home}/portal/v1/merchants/{id}/document-requests");
    Some(match event {
        ReviewEvent::DocumentsRequested { items, deadline, .. } => {
            let until = day(*deadline);
            let (french, english) =
                (item_lines(items, Language::French), item_lines(items, Language::English));
            (
                Template::DocumentsRequested,
                ("Documents complémentaires demandés", "Additional documents needed"),
                (
                    format!("Bonjour,\n\nPour valider votre Dossier Client, il nous faut d'ici le {until} :\n\n{french}\nLa liste complète : {url}\n\nSans ces documents dans les trente jours, votre compte sera désactivé.\n"),
                    format!("Hello,\n\nTo validate your client file, we need by {until}:\n\n{english}\nThe full list: {url}\n\nWithout these documents within thirty days, your account will be deactivated.\n"),
                ),
            )
        }
        ReviewEvent::DocumentsRequestReopened { deadline, .. } => {
            let until = day(*deadline);
            (
                Template::DocumentsRequested,
                ("Un document est de nouveau attendu", "A document is awaited again"),
                (
                    format!("Bonjour,\n\nUn document envoyé n'a pu être accepté ; nous en attendons un autre d'ici le {until}. La liste : {url}\n"),
                    format!("Hello,\n\nA document you sent could not be accepted; we await another by {until}. The list: {url}\n"),
                ),
            )
        }
        ReviewEvent::DocumentsReminderSent { days_left } => (
            Template::DocumentsReminder,
            ("Rappel : documents attendus", "Reminder: documents awaited"),
            (
                format!("Bonjour,\n\nIl reste {days_left} jour(s) pour envoyer les documents complémentaires. La liste : {url}\n\nSans eux, votre compte sera désactivé.\n"),
                format!("Hello,\n\n{days_left} day(s) are left to send the additional documents. The list: {url}\n\nWithout them, your account will be deactivated.\n"),
            ),
        ),
        ReviewEvent::DocumentRefused { refusal, .. } => (
            Template::DocumentRefused,
            ("Un document n'a pu être accepté", "A document could not be accepted"),
            (
                format!("Bonjour,\n\n{} Envoyez-en un autre depuis votre Espace Client.\n", refusal.french()),
                format!("Hello,\n\n{} Send another one from your portal.\n", refusal.english()),
            ),
        ),
        ReviewEvent::ClientFileApproved { .. } => (
            Template::FileApproved,
            ("Votre Dossier Client est validé", "Your client file is approved"),
            (
                "Bonjour,\n\nVotre Dossier Client est validé : vos services sont ouverts et vos clés de production sont disponibles dans votre Espace Client, rubrique « Développeurs ».\n".to_owned(),
                "Hello,\n\nYour client file is approved: your services are open, and your live keys are available in your portal under “Developers”.\n".to_owned(),
            ),
        ),
        ReviewEvent::ClientFileRejected { .. } => (
            Template::FileRejected,
            ("Votre souscription", "Your application"),
            (
                "Bonjour,\n\nDes éléments de votre Dossier Client nous empêchent malheureusement de répondre favorablement à votre demande.\n".to_owned(),
                "Hello,\n\nElements of your client file unfortunately prevent us from accepting your application.\n".to_owned(),
            ),
        ),
        ReviewEvent::CaseTaken { .. }
        | ReviewEvent::CaseAssigned { .. }
        | ReviewEvent::CaseSnoozed { .. }
        | ReviewEvent::CaseEscalated { .. }
        | ReviewEvent::NoteAdded { .. }
        | ReviewEvent::DocumentAccepted { .. }
        | ReviewEvent::DocumentsReceived
        | ReviewEvent::DocumentsDeadlinePassed
        | ReviewEvent::UndeliveredRequestFlagged
        | ReviewEvent::DecisionProposed { .. }
        | ReviewEvent::DecisionReturned { .. } => return None,
    })
}

fn registration_text(event: &registration::Event) -> Option<OwnerText> {
    use registration::Event;
    let restricted = |restriction: &domain::restriction::Restriction| {
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
        Event::AccountClosed { reason: registration::ClosureReason::FileRejected } => return None,
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
