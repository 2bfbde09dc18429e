//! What signers are told: that a contract is there, by mail, and their code, by SMS.

use super::{CODE, MAIL, NOTHING, Owed, Owes, link_url, mail, one_time_code};
use crate::app::App;
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

pub fn owed(app: &App, id: MerchantId, state: &State, event: &Event) -> Vec<Owed> {
    let language = state.account.language.unwrap_or(Language::French);
    let known =
        |person: &PersonId| state.file.people.get(person).and_then(|person| person.details.known());
    match event {
        Event::Presented { contract, signers, .. } => signers
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
            .collect(),
        Event::SigningCodeSent { signer, challenge, expires_at, .. } => {
            let template = Template::SigningCode;
            vec![match known(signer) {
                Some(details) => {
                    let code = app.codes.code(*challenge);
                    one_time_code(template, details.mobile.clone(), language, &code, None, *expires_at)
                }
                None => Owed::Forgotten(template, Medium::Sms),
            }]
        }
        Event::SigningCodeRefused { .. }
        | Event::Signed { .. }
        | Event::Filed { .. } => vec![],
    }
}
