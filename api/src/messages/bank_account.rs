//! What everybody is told by whom an owner is and was reached, of a change of the bank account: by mail
//! and by SMS, with a link that stops it.

use super::{Everywhere, Owed, day, link_url, tell_everywhere};
use crate::app::App;
use crate::error::Error;
use domain::bank_account::{Event, RefusalReason};
use domain::merchant::State;
use domain::messages::Template;
use domain::{BankAccountChangeId, MerchantId, Worded};
use std::sync::Arc;
use store::{AsOf, Merchant, Recorded, User};

pub async fn owed(
    app: &App,
    id: MerchantId,
    recorded: &Recorded,
    event: &Event,
) -> Result<Vec<Owed>, Error> {
    let (Some(template), Some(change)) = (template(event), change_of(event)) else {
        return Ok(vec![]);
    };
    let state = state_with(app, id, recorded, change).await?;
    let Some(owner) = state.account.owner else { return Ok(vec![]) };
    let account = state.bank_account.newest(change).and_then(|change| change.account.known());
    let iban = account.map_or_else(|| "[…]".to_owned(), |known| known.iban.masked());
    let token = app.links.bank_account_change(id, change);
    let url = link_url(app, "cancel-bank-account-change", &token);
    let user = app.store.load::<User>(owner, AsOf::Now).await?.state;
    let at = recorded.metadata.recorded_at;
    match text(&iban, &url, event) {
        Some(said) => tell_everywhere(app, template, (owner, &user), at, said).await,
        None => Ok(vec![]),
    }
}

fn change_of(event: &Event) -> Option<BankAccountChangeId> {
    match event {
        Event::ChangeRequested { change, .. }
        | Event::ChangeConfirmed { change, .. }
        | Event::Changed { change, .. }
        | Event::ChangeRefused { change, .. }
        | Event::ChangeCancelled { change }
        | Event::ChangeExpired { change } => Some(*change),
        Event::ChangeVerified { .. } => None,
    }
}

/// The merchant as it is, or as it was then where another change has come since.
async fn state_with(
    app: &App,
    id: MerchantId,
    recorded: &Recorded,
    change: BankAccountChangeId,
) -> Result<Arc<State>, Error> {
    let now = app.store.load::<Merchant>(id, AsOf::Now).await?.state;
    if now.bank_account.newest(change).is_some() {
        return Ok(now);
    }
    let then = AsOf::Revision(recorded.revision);
    Ok(app.store.load::<Merchant>(id, then).await?.state)
}

/// Which message an event owes, if it owes one.
pub fn template(event: &Event) -> Option<Template> {
    Some(match event {
        Event::ChangeRequested { .. } => Template::BankAccountChangeRequested,
        Event::ChangeConfirmed { .. } => Template::BankAccountChangeConfirmed,
        Event::Changed { .. } => Template::BankAccountChanged,
        Event::ChangeRefused { .. } => Template::BankAccountChangeRefused,
        Event::ChangeCancelled { .. } => Template::BankAccountChangeCancelled,
        Event::ChangeExpired { .. } => Template::BankAccountChangeExpired,
        Event::ChangeVerified { .. } => return None,
    })
}

/// `url` cancels, as long as anything can be.
fn text(iban: &str, url: &str, event: &Event) -> Option<Everywhere> {
    Some(match event {
        Event::ChangeRequested { expires_at, .. } => requested(iban, url, &day(*expires_at)),
        Event::ChangeConfirmed { .. } => confirmed(iban, url),
        Event::Changed { payable_from, .. } => changed(iban, &day(*payable_from)),
        Event::ChangeRefused { reason, public_text, .. } => {
            refused(iban, *reason, public_text.known().map_or("", |text| text.as_str()))
        }
        Event::ChangeCancelled { .. } => cancelled(iban),
        Event::ChangeExpired { .. } => expired(iban),
        Event::ChangeVerified { .. } => return None,
    })
}

fn requested(iban: &str, url: &str, until: &str) -> Everywhere {
    Everywhere {
        subject: ("Changement de compte bancaire demandé", "Change of bank account asked for"),
        body: (
            format!(
                "Bonjour,\n\nLe changement de votre compte bancaire vers {iban} vient d'être demandé. Il n'a aucun effet tant qu'il n'est pas confirmé dans l'Espace Client, au plus tard le {until}, puis vérifié par nos équipes.\n\n{}",
                stop_french(url)
            ),
            format!(
                "Hello,\n\nA change of your bank account to {iban} was just asked for. It has no effect until it is confirmed in the portal, by {until}, and then verified by our teams.\n\n{}",
                stop_english(url)
            ),
        ),
        sms: (
            format!(
                "Changement de compte bancaire vers {iban} demandé. Pas vous ? Annulez : {url}"
            ),
            format!("Change of bank account to {iban} asked for. Not you? Cancel: {url}"),
        ),
    }
}

fn confirmed(iban: &str, url: &str) -> Everywhere {
    Everywhere {
        subject: ("Changement de compte bancaire confirmé", "Change of bank account confirmed"),
        body: (
            format!(
                "Bonjour,\n\nLe changement de votre compte bancaire vers {iban} a été confirmé. Nos équipes le vérifient ; vos versements continuent sur l'ancien compte.\n\n{}",
                stop_french(url)
            ),
            format!(
                "Hello,\n\nThe change of your bank account to {iban} was confirmed. Our teams verify it; your payouts go on to the old account.\n\n{}",
                stop_english(url)
            ),
        ),
        sms: (
            format!(
                "Changement de compte bancaire vers {iban} confirmé. Pas vous ? Annulez : {url}"
            ),
            format!("Change of bank account to {iban} confirmed. Not you? Cancel: {url}"),
        ),
    }
}

fn stop_french(url: &str) -> String {
    format!(
        "Si ce n'est pas vous, annulez en suivant ce lien, sans vous connecter ; il ne peut rien faire d'autre :\n\n{url}\n"
    )
}

fn stop_english(url: &str) -> String {
    format!(
        "If it was not you, cancel it by this link, without signing in; it can do nothing else:\n\n{url}\n"
    )
}

fn changed(iban: &str, from: &str) -> Everywhere {
    Everywhere {
        subject: ("Votre compte bancaire a changé", "Your bank account has changed"),
        body: (
            format!(
                "Bonjour,\n\nVotre compte bancaire est maintenant {iban}. Par sécurité, vos versements sont retenus 72 heures : le premier part à partir du {from}. Si ce n'est pas vous, contactez immédiatement notre support.\n"
            ),
            format!(
                "Hello,\n\nYour bank account is now {iban}. For safety, your payouts are held for 72 hours: the first goes out from {from}. If it was not you, contact our support at once.\n"
            ),
        ),
        sms: (
            format!(
                "Votre compte bancaire est maintenant {iban} ; premier versement à partir du {from}. Pas vous ? Contactez notre support."
            ),
            format!(
                "Your bank account is now {iban}; first payout from {from}. Not you? Contact our support."
            ),
        ),
    }
}

fn refused(iban: &str, reason: RefusalReason, words: &str) -> Everywhere {
    Everywhere {
        subject: ("Changement de compte bancaire refusé", "Change of bank account refused"),
        body: (
            format!(
                "Bonjour,\n\nLe changement de votre compte bancaire vers {iban} est refusé. {} {words}\n\nVos versements continuent sur l'ancien compte. Vous pouvez faire une nouvelle demande.\n",
                reason.french()
            ),
            format!(
                "Hello,\n\nThe change of your bank account to {iban} is refused. {} {words}\n\nYour payouts go on to the old account. You can ask for another change.\n",
                reason.english()
            ),
        ),
        sms: (
            format!("Le changement de compte bancaire vers {iban} est refusé."),
            format!("The change of bank account to {iban} is refused."),
        ),
    }
}

fn cancelled(iban: &str) -> Everywhere {
    Everywhere {
        subject: ("Changement de compte bancaire annulé", "Change of bank account cancelled"),
        body: (
            format!(
                "Bonjour,\n\nLe changement de votre compte bancaire vers {iban} est annulé. Vos versements continuent sur l'ancien compte.\n\nSi vous ne l'aviez pas demandé, changez votre mot de passe et contactez notre support.\n"
            ),
            format!(
                "Hello,\n\nThe change of your bank account to {iban} is cancelled. Your payouts go on to the old account.\n\nIf you had not asked for it, change your password and contact our support.\n"
            ),
        ),
        sms: (
            format!("Le changement de compte bancaire vers {iban} est annulé."),
            format!("The change of bank account to {iban} is cancelled."),
        ),
    }
}

fn expired(iban: &str) -> Everywhere {
    Everywhere {
        subject: (
            "Changement de compte bancaire jamais confirmé",
            "Change of bank account never confirmed",
        ),
        body: (
            format!(
                "Bonjour,\n\nLe changement de votre compte bancaire vers {iban} n'a pas été confirmé à temps et n'a aucun effet. Vous pouvez faire une nouvelle demande.\n"
            ),
            format!(
                "Hello,\n\nThe change of your bank account to {iban} was not confirmed in time and has no effect. You can ask for another change.\n"
            ),
        ),
        sms: (
            format!("Le changement de compte bancaire vers {iban} n'a pas été confirmé à temps."),
            format!("The change of bank account to {iban} was not confirmed in time."),
        ),
    }
}
