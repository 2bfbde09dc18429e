//! What signers are told: that a contract is there, by mail, and their code, by SMS.

use super::{CODE, MAIL, NOTHING, Owed, Owes, Text, link_url, mail, one_time_code};
use crate::app::App;
use crate::error::Error;
use domain::contract::Event;
use domain::merchant::State;
use domain::messages::{Medium, Template};
use domain::values::Language;
use domain::{MerchantId, PersonId};

pub fn owes(event: &Event) -> Owes {
    match event {
        Event::Presented { .. } => MAIL,
        Event::SigningCodeSent { .. } => CODE,
        Event::SigningCodeRefused { .. } | Event::Signed { .. } | Event::Filed { .. } => NOTHING,
    }
}

pub fn owed(app: &App, id: MerchantId, state: &State, event: &Event) -> Result<Vec<Owed>, Error> {
    let language = state.account.language.unwrap_or(Language::French);
    let known =
        |person: &PersonId| state.file.people.get(person).and_then(|person| person.details.known());
    match event {
        Event::Presented { contract, signers, .. } => signers
            .iter()
            .map(|signer| {
                let template = Template::SigningInvitation;
                let Some(details) = known(signer) else {
                    return Ok(Owed::Forgotten(template, Medium::Email));
                };
                let url = link_url(app, "sign", &app.links.signing(id, *contract, *signer));
                let text = Text::SigningInvitation { url };
                mail(template, ((*signer).into(), details.email.clone()), language, &text)
            })
            .collect(),
        Event::SigningCodeSent { signer, challenge, expires_at, .. } => {
            let template = Template::SigningCode;
            let Some(details) = known(signer) else {
                return Ok(vec![Owed::Forgotten(template, Medium::Sms)]);
            };
            let (mobile, code) = (details.mobile.clone(), app.codes.code(*challenge));
            Ok(vec![one_time_code(
                template,
                ((*signer).into(), mobile),
                language,
                code,
                None,
                *expires_at,
            )?])
        }
        Event::SigningCodeRefused { .. } | Event::Signed { .. } | Event::Filed { .. } => Ok(vec![]),
    }
}
