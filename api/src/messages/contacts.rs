//! What the new and the old contacts of a user are told when one replaces the other.

use super::{
    Address, Everywhere, Owed, Reached, Text, language_of, link_url, mail, mobile_of, sms,
    tell_everywhere,
};
use crate::app::App;
use crate::error::Error;
use chrono::{DateTime, Utc};
use domain::messages::{Medium, Template};
use domain::user::{Contact, Event, State};
use domain::{ContactChangeId, Personal, UserId};
use std::sync::Arc;
use store::{AsOf, Recorded, User};

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
    let contact = match newest.contact {
        Contact::Email(_) => Reached::Email,
        Contact::Mobile(_) => Reached::Mobile,
    };
    let said = if template == Template::ContactChangeRequested {
        let url = link_url(app, "cancel-contact-change", &app.links.contact_change(id, change));
        Everywhere {
            mail: Text::ContactChangeRequested { contact, url: url.clone() },
            sms: Text::ContactChangeRequestedSms { contact, url },
        }
    } else if template == Template::ContactChanged {
        Everywhere {
            mail: Text::ContactChanged { contact },
            sms: Text::ContactChangedSms { contact },
        }
    } else {
        Everywhere {
            mail: Text::ContactChangeCancelled {},
            sms: Text::ContactChangeCancelledSms {},
        }
    };
    let at = recorded.metadata.recorded_at;
    let mut owed = vec![];
    if let Event::EmailChangeRequested { email, .. } = event {
        let url = link_url(app, "confirm-email", &app.links.new_email(id, change));
        owed.push(to_new_email(id, &state, email, url)?);
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
pub fn code_to_new_mobile(
    id: UserId,
    state: &State,
    code: String,
    expires_at: DateTime<Utc>,
) -> Result<Owed, Error> {
    let template = Template::NewMobileCode;
    let contact = state.contact_change.as_ref().map(|change| &change.contact);
    let Some(Contact::Mobile(Personal::Known(mobile))) = contact else {
        return Ok(Owed::Forgotten(template, Medium::Sms));
    };
    let text = Text::NewMobileCodeSms { code };
    sms(template, (id.into(), mobile.clone()), language_of(state), &text, Some(expires_at))
}

fn to_new_email(
    id: UserId,
    state: &State,
    email: &Personal<domain::values::Email>,
    url: String,
) -> Result<Owed, Error> {
    let template = Template::NewEmail;
    let Personal::Known(email) = email else {
        return Ok(Owed::Forgotten(template, Medium::Email));
    };
    mail(template, (id.into(), email.clone()), language_of(state), &Text::NewEmail { url })
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
