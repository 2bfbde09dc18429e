//! What everybody is told by whom an owner is and was reached, of a change of the bank account: by mail
//! and by SMS, with a link that stops it.

use super::{Everywhere, Owed, day, link_url, tell_everywhere};
use crate::app::App;
use crate::error::Error;
use domain::MerchantId;
use domain::bank_account::{Change, Event};
use domain::messages::Template;
use store::{AsOf, Merchant, Recorded, User};

pub async fn owed(
    app: &App,
    id: MerchantId,
    recorded: &Recorded,
    event: &Event,
) -> Result<Vec<Owed>, Error> {
    let Some(template) = template(event) else { return Ok(vec![]) };
    // As it was then: contacts and changes may be others by now.
    let then = AsOf::Revision(recorded.revision);
    let state = app.store.load::<Merchant>(id, then).await?.state;
    let (Some(owner), Some(change)) = (state.account.owner, &state.bank_account.change) else {
        return Ok(vec![]);
    };
    let at = recorded.metadata.recorded_at;
    let user = app.store.load::<User>(owner, AsOf::Time(at)).await?.state;
    let said = text(app, id, change, event);
    Ok(said.map(|said| tell_everywhere(template, &user, at, said)).unwrap_or_default())
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

fn text(app: &App, id: MerchantId, change: &Change, event: &Event) -> Option<Everywhere> {
    let iban = change.account.known().map_or_else(|| "[…]".to_owned(), |known| known.iban.masked());
    let token = app.links.bank_account_change(id, change.id);
    let url = link_url(app, "cancel-bank-account-change", &token);
    let stop = (
        format!(
            "Si ce n'est pas vous, annulez en suivant ce lien, sans vous connecter ; il ne peut rien faire d'autre :\n\n{url}\n"
        ),
        format!(
            "If it was not you, cancel it by this link, without signing in; it can do nothing else:\n\n{url}\n"
        ),
    );
    Some(match event {
        Event::ChangeRequested { expires_at, .. } => {
            let until = day(*expires_at);
            Everywhere {
                subject: (
                    "Changement de compte bancaire demandé",
                    "Change of bank account asked for",
                ),
                body: (
                    format!(
                        "Bonjour,\n\nLe changement de votre compte bancaire vers {iban} vient d'être demandé. Il n'a aucun effet tant qu'il n'est pas confirmé dans l'Espace Client, au plus tard le {until}, puis vérifié par nos équipes.\n\n{}",
                        stop.0
                    ),
                    format!(
                        "Hello,\n\nA change of your bank account to {iban} was just asked for. It has no effect until it is confirmed in the portal, by {until}, and then verified by our teams.\n\n{}",
                        stop.1
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
        Event::ChangeConfirmed { .. } => Everywhere {
            subject: ("Changement de compte bancaire confirmé", "Change of bank account confirmed"),
            body: (
                format!(
                    "Bonjour,\n\nLe changement de votre compte bancaire vers {iban} a été confirmé. Nos équipes le vérifient ; vos versements continuent sur l'ancien compte.\n\n{}",
                    stop.0
                ),
                format!(
                    "Hello,\n\nThe change of your bank account to {iban} was confirmed. Our teams verify it; your payouts go on to the old account.\n\n{}",
                    stop.1
                ),
            ),
            sms: (
                format!(
                    "Changement de compte bancaire vers {iban} confirmé. Pas vous ? Annulez : {url}"
                ),
                format!("Change of bank account to {iban} confirmed. Not you? Cancel: {url}"),
            ),
        },
        Event::Changed { payable_from, .. } => {
            let from = day(*payable_from);
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
        Event::ChangeRefused { reason, public_text, .. } => {
            let words = public_text.known().map_or("", |text| text.as_str());
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
        Event::ChangeCancelled { .. } => Everywhere {
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
        },
        Event::ChangeExpired { .. } => Everywhere {
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
                format!(
                    "Le changement de compte bancaire vers {iban} n'a pas été confirmé à temps."
                ),
                format!("The change of bank account to {iban} was not confirmed in time."),
            ),
        },
        Event::ChangeVerified { .. } => return None,
    })
}
