//! What a user is told: links and warnings by mail, codes by SMS.

use super::{
    CODE, EVERYWHERE, MAIL, NOTHING, Owed, Owes, Text, contacts, language_of, link_url, mail,
    mobile_of, one_time_code,
};
use crate::app::App;
use crate::error::Error;
use domain::calendar::paris_date;
use domain::messages::{Medium, Template};
use domain::user::{CodePurpose, Event, SignInFailure};
use domain::{UserId, Worded};
use store::{AsOf, Merchant, Recorded, User};

pub async fn owed(
    app: &App,
    id: UserId,
    recorded: &Recorded,
    event: &Event,
) -> Result<Vec<Owed>, Error> {
    let Some(template) = template(event) else { return Ok(vec![]) };
    if is_of_contacts(event) {
        return contacts::owed(app, id, recorded, template, event).await;
    }
    let state = app.store.load::<User>(id, AsOf::Now).await?.state;
    let language = language_of(&state);
    if let Event::CodeSent { challenge, purpose, expires_at, .. } = event {
        let code = app.codes.code(*challenge);
        if *purpose == CodePurpose::NewMobile {
            return Ok(vec![contacts::code_to_new_mobile(&state, &code, *expires_at)]);
        }
        let Some(mobile) = mobile_of(&state) else {
            return Ok(vec![Owed::Forgotten(template, Medium::Sms)]);
        };
        let what = what_for(app, *purpose).await?;
        return Ok(vec![one_time_code(template, mobile, language, &code, what, *expires_at)]);
    }
    let Some(email) = state.email.as_ref().and_then(|email| email.known()) else {
        return Ok(vec![Owed::Forgotten(template, Medium::Email)]);
    };
    let text = text(app, id, event);
    let to_mail = |(subject, body)| mail(template, email.clone(), language, subject, body);
    Ok(text.map(to_mail).into_iter().collect())
}

/// By which media an event owes messages.
pub fn owes(event: &Event) -> Owes {
    match (event, template(event)) {
        (_, None) => NOTHING,
        (Event::CodeSent { .. }, Some(_)) => CODE,
        (event, Some(_)) if is_of_contacts(event) => EVERYWHERE,
        (_, Some(_)) => MAIL,
    }
}

fn is_of_contacts(event: &Event) -> bool {
    matches!(
        event,
        Event::EmailChangeRequested { .. }
            | Event::MobileChangeRequested { .. }
            | Event::ContactChangeCancelled { .. }
            | Event::EmailChanged { .. }
            | Event::MobileChanged { .. }
    )
}

/// What a code of a strong authentication is for, in words, with the end of an IBAN.
async fn what_for(app: &App, purpose: CodePurpose) -> Result<Option<(String, String)>, Error> {
    let Some(action) = purpose.action() else { return Ok(None) };
    let (french, english) = (action.kind().french(), action.kind().english());
    let Some((merchant, change)) = action.change() else {
        return Ok(Some((french.to_owned(), english.to_owned())));
    };
    let state = app.store.load::<Merchant>(merchant, AsOf::Now).await?.state;
    let newest = state.bank_account.newest(change);
    let iban = newest.and_then(|newest| newest.account.known()).map(|known| known.iban.masked());
    let iban = iban.unwrap_or_default();
    Ok(Some((format!("{french} vers {iban}"), format!("{english} to {iban}"))))
}

/// Which message an event owes, if it owes one.
pub fn template(event: &Event) -> Option<Template> {
    Some(match event {
        Event::ActivationLinkIssued { .. } => Template::Activation,
        Event::RegistrationRepeated { .. } => Template::AddressAlreadyUsed,
        Event::PasswordResetRequested { .. } => Template::PasswordReset,
        Event::PasswordChanged { .. } => Template::PasswordChanged,
        Event::Locked { .. } | Event::SignInRefused { failure: SignInFailure::Locked } => {
            Template::SignInLocked
        }
        Event::CodeSent { purpose: CodePurpose::MobileVerification, .. } => Template::MobileCode,
        Event::CodeSent { purpose: CodePurpose::StrongAuthentication { .. }, .. } => {
            Template::StrongAuthenticationCode
        }
        Event::CodeSent { purpose: CodePurpose::NewMobile, .. } => Template::NewMobileCode,
        Event::EmailChangeRequested { .. } | Event::MobileChangeRequested { .. } => {
            Template::ContactChangeRequested
        }
        Event::EmailChanged { .. } | Event::MobileChanged { .. } => Template::ContactChanged,
        Event::ContactChangeCancelled { .. } => Template::ContactChangeCancelled,
        Event::TokenIssued { .. } => Template::TokenIssued,
        Event::Registered { .. }
        | Event::EmailVerified
        | Event::ProfileRecorded { .. }
        | Event::CodeRefused { .. }
        | Event::MobileVerified { .. }
        | Event::StronglyAuthenticated { .. }
        | Event::SessionsRevoked
        | Event::SignedIn
        | Event::TokenRevoked { .. }
        | Event::ContactsFrozen { .. }
        | Event::ContactsReleased { .. }
        | Event::SignInRefused {
            failure: SignInFailure::WrongPassword | SignInFailure::NotActivated,
        }
        | Event::Lapsed
        | Event::MessageSent { .. }
        | Event::MessageDelivered { .. }
        | Event::MessageFailed { .. } => return None,
    })
}

/// What a user is told by mail; `None` if nothing is owed, or it goes by SMS.
fn text(app: &App, id: UserId, event: &Event) -> Option<Text> {
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
        Event::TokenIssued { expires_at, .. } => {
            let until = paris_date(*expires_at);
            (
                ("Un jeton d'accès a été créé", "An access token was made"),
                (
                    format!("Bonjour,\n\nUn jeton d'accès vient d'être créé : un programme peut agir pour vous jusqu'au {}. Si ce n'était pas vous, choisissez un nouveau mot de passe : tous les jetons et toutes les sessions prennent fin.\n", until.format("%d/%m/%Y")),
                    format!("Hello,\n\nAn access token was just made: a program can act for you until {}. If it was not you, choose a new password: every token and every session ends.\n", until.format("%d %B %Y")),
                ),
            )
        }
        Event::Registered { .. }
        | Event::EmailVerified
        | Event::ProfileRecorded { .. }
        | Event::CodeSent { .. }
        | Event::CodeRefused { .. }
        | Event::MobileVerified { .. }
        | Event::StronglyAuthenticated { .. }
        | Event::SessionsRevoked
        | Event::SignedIn
        | Event::TokenRevoked { .. }
        | Event::EmailChangeRequested { .. }
        | Event::MobileChangeRequested { .. }
        | Event::ContactChangeCancelled { .. }
        | Event::EmailChanged { .. }
        | Event::MobileChanged { .. }
        | Event::ContactsFrozen { .. }
        | Event::ContactsReleased { .. }
        | Event::SignInRefused {
            failure: SignInFailure::WrongPassword | SignInFailure::NotActivated,
        }
        | Event::Lapsed
        | Event::MessageSent { .. }
        | Event::MessageDelivered { .. }
        | Event::MessageFailed { .. } => return None,
    })
}
