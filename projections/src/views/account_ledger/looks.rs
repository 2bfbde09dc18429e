//! Who looked at what, and why.

use super::{Names, Sentence};
use domain::Worded;
use domain::looks::{Event, Look, Looker};
use domain::values::Language;

pub fn sentence(event: &Event, names: Names<'_>) -> Sentence {
    match event {
        Event::MonthOpened => {
            Sentence::new("Consultations du mois : ouverture", "Looks of the month: opened")
        }
        Event::MonthForgotten => Sentence::new(
            "Consultations du mois : leurs auteurs sont oubliés",
            "Looks of the month: who looked is forgotten",
        ),
        Event::PurposeStated { statement } => match statement.known() {
            Some(stated) => {
                let (staff, merchant) = (names.staff(stated.staff), stated.merchant);
                let (purpose, reference) = (stated.purpose, stated.reference.as_str());
                Sentence::new(
                    format!("{staff} consultera {merchant} : {} ({reference})", purpose.french()),
                    format!("{staff} will look at {merchant}: {} ({reference})", purpose.english()),
                )
            }
            None => {
                Sentence::new("Finalité d'une consultation indiquée", "Purpose of a look stated")
            }
        },
        Event::Looked { look } => match look.known() {
            Some(look) => Sentence::new(
                told(look, names, Language::French),
                told(look, names, Language::English),
            ),
            None => Sentence::new("Données personnelles consultées", "Personal data looked at"),
        },
    }
}

fn told(look: &Look, names: Names<'_>, language: Language) -> String {
    let who = match &look.looker {
        Looker::Staff(staff) => names.staff(*staff),
        Looker::Account(name) => name.as_str().to_owned(),
    };
    let (thing, purpose) = (look.thing.kind().words(language), look.purpose.words(language));
    let whose = match look.merchant {
        Some(merchant) => language.of(format!("of {merchant}"), format!("de {merchant}")),
        None => language.of("of all merchants".to_owned(), "de tous les marchands".to_owned()),
    };
    let reference = look.reference.as_str();
    language.of(
        format!("{who} looked at {thing} {whose}: {purpose} ({reference})"),
        format!("{who} a consulté {thing} {whose} : {purpose} ({reference})"),
    )
}
