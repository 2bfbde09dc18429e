//! What a user is told: links and warnings by mail, codes by SMS.

use super::{
    CODE, Day, EVERYWHERE, MAIL, NOTHING, Owed, Owes, Text, What, contacts, language_of, link_url,
    mail, mobile_of, one_time_code,
};
use crate::app::App;
use crate::error::Error;
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
            return Ok(vec![contacts::code_to_new_mobile(id, &state, code, *expires_at)?]);
        }
        let Some(mobile) = mobile_of(&state) else {
            return Ok(vec![Owed::Forgotten(template, Medium::Sms)]);
        };
        let what = what_for(app, *purpose).await?;
        return Ok(vec![one_time_code(
            template,
            (id.into(), mobile),
            language,
            code,
            what,
            *expires_at,
        )?]);
    }
    let Some(email) = state.email.as_ref().and_then(|email| email.known()) else {
        return Ok(vec![Owed::Forgotten(template, Medium::Email)]);
    };
    let text = text(app, id, event);
    text.iter().map(|text| mail(template, (id.into(), email.clone()), language, text)).collect()
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
async fn what_for(app: &App, purpose: CodePurpose) -> Result<What, Error> {
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
            Text::Activation { url: link_url(app, "activate", &app.links.activation(id, *link)) }
        }
        Event::PasswordResetRequested { link, .. } => {
            let token = app.links.password_reset(id, *link);
            Text::PasswordReset { url: link_url(app, "reset-password", &token) }
        }
        Event::PasswordChanged { .. } => Text::PasswordChanged {},
        Event::RegistrationRepeated { .. } => Text::AddressAlreadyUsed {},
        Event::SignInRefused { failure: SignInFailure::Locked } => Text::SignInLocked {},
        Event::Locked { .. } => Text::SignInLockedForStrangers {},
        Event::TokenIssued { expires_at, .. } => Text::TokenIssued { until: Day(*expires_at) },
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
