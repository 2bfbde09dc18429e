//! What everybody is told by whom an owner is and was reached, of a change of the bank account: by mail
//! and by SMS, with a link that stops it.

use super::{Day, Everywhere, Owed, Text, link_url, tell_everywhere};
use crate::app::App;
use crate::error::Error;
use domain::bank_account::Event;
use domain::merchant::State;
use domain::messages::Template;
use domain::{BankAccountChangeId, MerchantId};
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
    match text(iban, url, event) {
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
fn text(iban: String, url: String, event: &Event) -> Option<Everywhere> {
    let both = |mail, sms| Everywhere { mail, sms };
    let again = iban.clone();
    Some(match event {
        Event::ChangeRequested { expires_at, .. } => {
            let (url, link) = (url.clone(), url);
            let until = Day::of_deadline(*expires_at);
            both(
                Text::BankAccountChangeRequested { iban, url, until },
                Text::BankAccountChangeRequestedSms { iban: again, url: link },
            )
        }
        Event::ChangeConfirmed { .. } => {
            let (url, link) = (url.clone(), url);
            both(
                Text::BankAccountChangeConfirmed { iban, url },
                Text::BankAccountChangeConfirmedSms { iban: again, url: link },
            )
        }
        Event::Changed { payable_from, .. } => {
            let from = Day::of_deadline(*payable_from);
            both(
                Text::BankAccountChanged { iban, from },
                Text::BankAccountChangedSms { iban: again, from },
            )
        }
        Event::ChangeRefused { reason, public_text, .. } => {
            let words = public_text.known().map_or("", |text| text.as_str()).to_owned();
            both(
                Text::BankAccountChangeRefused { iban, reason: *reason, words },
                Text::BankAccountChangeRefusedSms { iban: again },
            )
        }
        Event::ChangeCancelled { .. } => both(
            Text::BankAccountChangeCancelled { iban },
            Text::BankAccountChangeCancelledSms { iban: again },
        ),
        Event::ChangeExpired { .. } => both(
            Text::BankAccountChangeExpired { iban },
            Text::BankAccountChangeExpiredSms { iban: again },
        ),
        Event::ChangeVerified { .. } => return None,
    })
}
