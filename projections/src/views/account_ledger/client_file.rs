//! What happened to a client file.

use super::{Names, Sentence, shown};
use domain::client_file::{Event, PersonDetails};
use domain::values::Language;
use domain::{DocumentId, Worded};

pub fn sentence(event: &Event, names: Names<'_>) -> Sentence {
    match event {
        Event::CompanyRecorded { details } => {
            let siret = shown(details.known().map(|details| details.siret.as_str()));
            Sentence::new(
                format!("Informations de l'entreprise enregistrées (SIRET {siret})"),
                format!("Company details recorded (SIRET {siret})"),
            )
        }
        Event::PersonRecorded { details, .. } => {
            let name = details.known().map(PersonDetails::full_name);
            let name = shown(name.as_deref());
            Sentence::new(
                format!("Personne enregistrée : {name}"),
                format!("Person recorded: {name}"),
            )
        }
        Event::PersonRoleSet { person, roles } => {
            let french: Vec<&str> = roles.iter().map(|role| role.french()).collect();
            let english: Vec<&str> = roles.iter().map(|role| role.english()).collect();
            let (french, english) = (french.join(", "), english.join(", "));
            match names.person(*person) {
                Some(name) => Sentence::new(
                    format!("Rôles enregistrés pour {name} : {french}"),
                    format!("Roles of {name} recorded: {english}"),
                ),
                None => Sentence::new(
                    format!("Rôles enregistrés : {french}"),
                    format!("Roles recorded: {english}"),
                ),
            }
        }
        Event::PersonRemoved { .. } => {
            Sentence::new("Personne retirée du dossier", "Person removed from the file")
        }
        Event::OwnershipDeclared { holdings } => {
            let Some(count) = holdings.known().map(|holdings| holdings.len()) else {
                return Sentence::new("Répartition du capital déclarée", "Ownership declared");
            };
            let french = Language::French.counted(count, "personne", "personnes");
            let english = Language::English.counted(count, "person", "people");
            Sentence::new(
                format!("Répartition du capital déclarée ({french})"),
                format!("Ownership declared ({english})"),
            )
        }
        Event::PayoutAccountRecorded { account } => {
            let end = shown(account.known().map(|account| account.iban.last_four()));
            Sentence::new(
                format!("Compte bancaire enregistré (…{end})"),
                format!("Bank account recorded (…{end})"),
            )
        }
        Event::DocumentSubmitted { document, .. } => {
            let name = document.person.and_then(|person| names.person(person));
            let of = name.map(|name| format!(" ({name})")).unwrap_or_default();
            Sentence::new(
                format!("Document transmis : {}{of}", document.kind.french()),
                format!("Document handed in: {}{of}", document.kind.english()),
            )
        }
        Event::DocumentSuperseded { document, .. } => {
            of_document(names, *document, "Document remplacé", "Document replaced")
        }
        Event::DocumentWithdrawn { document } => {
            of_document(names, *document, "Document retiré", "Document withdrawn")
        }
        Event::Submitted { .. } => {
            Sentence::new("Dossier Client envoyé à nos équipes", "Client file sent to our teams")
        }
        Event::Withdrawn => Sentence::new("Dossier Client retiré", "Client file withdrawn"),
    }
}

fn of_document(
    names: Names<'_>,
    id: DocumentId,
    french: &'static str,
    english: &'static str,
) -> Sentence {
    match (names.document(id, Language::French), names.document(id, Language::English)) {
        (Some(what), Some(same)) => {
            Sentence::new(format!("{french} : {what}"), format!("{english}: {same}"))
        }
        _ => Sentence::new(french, english),
    }
}
