//! What happened to a bank account. How it was verified, merchants do not read.

use super::names::{in_english, in_french};
use super::{Names, Sentence, shown};
use domain::Worded;
use domain::bank_account::Event;

pub fn for_merchant(event: &Event) -> Sentence {
    match event {
        Event::ChangeRequested { account, .. } => {
            let end = shown(account.known().map(|account| account.iban.last_four()));
            Sentence::new(
                format!("Changement de compte bancaire demandé (…{end})"),
                format!("Change of bank account asked for (…{end})"),
            )
        }
        Event::ChangeConfirmed { .. } => Sentence::new(
            "Changement de compte bancaire confirmé",
            "Change of bank account confirmed",
        ),
        Event::ChangeVerified { .. } => {
            Sentence::new("Nouveau compte bancaire vérifié", "New bank account verified")
        }
        Event::Changed { payable_from, .. } => {
            let (french, english) = (in_french(*payable_from), in_english(*payable_from));
            Sentence::new(
                format!("Compte bancaire changé ; premier versement à partir du {french}"),
                format!("Bank account changed; first payout from {english}"),
            )
        }
        Event::ChangeRefused { reason, .. } => Sentence::new(
            format!("Changement de compte bancaire refusé : {}", reason.french()),
            format!("Change of bank account refused: {}", reason.english()),
        ),
        Event::ChangeCancelled { .. } => Sentence::new(
            "Changement de compte bancaire annulé",
            "Change of bank account cancelled",
        ),
        Event::ChangeExpired { .. } => Sentence::new(
            "Changement de compte bancaire jamais confirmé",
            "Change of bank account never confirmed",
        ),
    }
}

pub fn for_staff(event: &Event, names: Names<'_>) -> Sentence {
    match event {
        Event::ChangeRequested { account, reading, .. } => {
            let Sentence { french, english } = for_merchant(event);
            let holder = shown(account.known().map(|account| account.holder.as_str())).to_owned();
            let Some(reading) = reading.known() else { return Sentence { french, english } };
            let (iban, name) = (reading.iban, reading.holder);
            Sentence::new(
                format!(
                    "{french}, titulaire {holder} ; lu sur le RIB : IBAN {}, titulaire {}",
                    iban.french(),
                    name.french()
                ),
                format!(
                    "{english}, holder {holder}; read on the RIB: IBAN {}, holder {}",
                    iban.english(),
                    name.english()
                ),
            )
        }
        Event::ChangeVerified { rationale, by, .. } => {
            let by = names.staff(*by);
            let words = shown(rationale.known().map(|text| text.as_str())).to_owned();
            Sentence::new(
                format!("Nouveau compte bancaire vérifié par {by} : {words}"),
                format!("New bank account verified by {by}: {words}"),
            )
        }
        Event::Changed { verified_by, activated_by, .. } => {
            let Sentence { french, english } = for_merchant(event);
            let (verified_by, activated_by) =
                (names.staff(*verified_by), names.staff(*activated_by));
            Sentence::new(
                format!("{french} ; vérifié par {verified_by}, activé par {activated_by}"),
                format!("{english}; verified by {verified_by}, activated by {activated_by}"),
            )
        }
        Event::ChangeConfirmed { .. }
        | Event::ChangeRefused { .. }
        | Event::ChangeCancelled { .. }
        | Event::ChangeExpired { .. } => for_merchant(event),
    }
}
