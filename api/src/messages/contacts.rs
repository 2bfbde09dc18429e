//! What the new and the old contacts of a user are told when one replaces the other.

use super::{
    Address, Everywhere, Owed, language_of, link_url, mail, mobile_of, sms, tell_everywhere,
};
use crate::app::App;
use crate::error::Error;
use chrono::{DateTime, Utc};
use domain::messages::{Medium, Template};
use domain::user::{Contact, Event, State};
use domain::{ContactChangeId, Personal, UserId};
use std::sync::Arc;
use store::{AsOf, Recorded, User};

/// What changes, in French and in English.
type What = (&'static str, &'static str);
const EMAIL: What = ("e-mail", "e-mail address");
const MOBILE: What = ("mobile", "mobile number");

/// Of an event that owes a message about a contact.
pub async fn owed(
    app: &App,
    id: UserId,
    recorded: &Recorded,
    template: Template,
    event: &Event,
) -> Result<Vec<Owed>, Error> {
    let Some(change) = change_of(event) else { return Ok(vec![]) };
    let state = state_with(app, id, recorded, change).await?;
    let Some(newest) = &state.contact_change else { return Ok(vec![]) };
    let what = match newest.contact {
        Contact::Email(_) => EMAIL,
        Contact::Mobile(_) => MOBILE,
    };
    let said = if template == Template::ContactChangeRequested {
        requested(
            what,
            &link_url(app, "cancel-contact-change", &app.links.contact_change(id, change)),
        )
    } else if template == Template::ContactChanged {
        changed(what)
    } else {
        cancelled()
    };
    let at = recorded.metadata.recorded_at;
    let mut owed = vec![];
    if let Event::EmailChangeRequested { email, .. } = event {
        let url = link_url(app, "confirm-email", &app.links.new_email(id, change));
        owed.push(to_new_email(&state, email, &url));
    }
    owed.extend(tell_everywhere(app, template, (id, &state), at, said).await?);
    Ok(owed)
}

fn change_of(event: &Event) -> Option<ContactChangeId> {
    if let Event::EmailChangeRequested { change, .. }
    | Event::MobileChangeRequested { change, .. }
    | Event::ContactChangeCancelled { change }
    | Event::EmailChanged { change, .. }
    | Event::MobileChanged { change, .. } = event
    {
        Some(*change)
    } else {
        None
    }
}

/// The user as they are, or as they were then where another change has come since.
async fn state_with(
    app: &App,
    id: UserId,
    recorded: &Recorded,
    change: ContactChangeId,
) -> Result<Arc<State>, Error> {
    let now = app.store.load::<User>(id, AsOf::Now).await?.state;
    if now.contact_change.as_ref().is_some_and(|newest| newest.id == change) {
        return Ok(now);
    }
    let then = AsOf::Revision(recorded.revision);
    Ok(app.store.load::<User>(id, then).await?.state)
}

/// The code that proves the new number.
pub fn code_to_new_mobile(state: &State, code: &str, expires_at: DateTime<Utc>) -> Owed {
    let template = Template::NewMobileCode;
    let contact = state.contact_change.as_ref().map(|change| &change.contact);
    let Some(Contact::Mobile(Personal::Known(mobile))) = contact else {
        return Owed::Forgotten(template, Medium::Sms);
    };
    let body = (
        format!(
            "{code} est votre code pour que ce numéro devienne votre mobile. Il est valable 10 minutes. Ne le communiquez à personne."
        ),
        format!(
            "{code} is your code to make this number your mobile. It works for 10 minutes. Give it to nobody."
        ),
    );
    sms(template, mobile.clone(), language_of(state), body, Some(expires_at))
}

fn to_new_email(state: &State, email: &Personal<domain::values::Email>, url: &str) -> Owed {
    let template = Template::NewEmail;
    let Personal::Known(email) = email else {
        return Owed::Forgotten(template, Medium::Email);
    };
    mail(
        template,
        email.clone(),
        language_of(state),
        ("Confirmez votre nouvelle adresse", "Confirm your new address"),
        (
            format!(
                "Bonjour,\n\nPour vous connecter désormais avec cette adresse, suivez ce lien dans les 24 heures :\n\n{url}\n\nVous devrez ensuite vous reconnecter. Si vous n'avez rien demandé, ignorez ce message.\n"
            ),
            format!(
                "Hello,\n\nTo sign in with this address from now on, follow this link within 24 hours:\n\n{url}\n\nYou will then have to sign in again. If you did not ask for it, ignore this message.\n"
            ),
        ),
    )
}

fn requested(what: What, url: &str) -> Everywhere {
    let (french, english) = what;
    Everywhere {
        subject: ("Changement de contact demandé", "Change of contact asked for"),
        body: (
            format!(
                "Bonjour,\n\nLe changement de votre {french} vient d'être demandé. Si ce n'est pas vous, annulez en suivant ce lien, sans vous connecter ; toutes les sessions seront closes :\n\n{url}\n"
            ),
            format!(
                "Hello,\n\nA change of your {english} was just asked for. If it was not you, cancel it by this link, without signing in; all sessions will be ended:\n\n{url}\n"
            ),
        ),
        sms: (
            format!("Changement de votre {french} demandé. Pas vous ? Annulez : {url}"),
            format!("Change of your {english} asked for. Not you? Cancel: {url}"),
        ),
    }
}

fn changed(what: What) -> Everywhere {
    let (french, english) = what;
    Everywhere {
        subject: ("Votre contact a changé", "Your contact has changed"),
        body: (
            format!(
                "Bonjour,\n\nVotre {french} a changé. Pendant 72 heures, votre compte bancaire ne peut pas être modifié. Si ce n'est pas vous, contactez immédiatement notre support.\n"
            ),
            format!(
                "Hello,\n\nYour {english} has changed. For 72 hours your bank account cannot be changed. If it was not you, contact our support at once.\n"
            ),
        ),
        sms: (
            format!("Votre {french} a changé. Pas vous ? Contactez notre support."),
            format!("Your {english} has changed. Not you? Contact our support."),
        ),
    }
}

fn cancelled() -> Everywhere {
    Everywhere {
        subject: ("Changement de contact annulé", "Change of contact cancelled"),
        body: (
            "Bonjour,\n\nLe changement de votre e-mail ou de votre mobile est annulé. Si vous ne l'aviez pas demandé, changez votre mot de passe.\n".to_owned(),
            "Hello,\n\nThe change of your e-mail address or mobile is cancelled. If you had not asked for it, change your password.\n".to_owned(),
        ),
        sms: (
            "Le changement de votre e-mail ou de votre mobile est annulé.".to_owned(),
            "The change of your e-mail address or mobile is cancelled.".to_owned(),
        ),
    }
}

/// Every address by which somebody is reached, and those by which they were until lately.
pub fn addresses(state: &State, at: DateTime<Utc>) -> Vec<Address> {
    let email = state.email.as_ref().and_then(|email| email.known()).cloned().map(Address::Email);
    let mobile = mobile_of(state).filter(|_| state.is_mobile_verified).map(Address::Mobile);
    let former = state.told_still(at).filter_map(|contact| match contact {
        Contact::Email(email) => email.known().cloned().map(Address::Email),
        Contact::Mobile(mobile) => mobile.known().cloned().map(Address::Mobile),
    });
    email.into_iter().chain(mobile).chain(former).collect()
}
