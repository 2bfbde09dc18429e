//! What happened to a client file.

use super::{Sentence, shown};
use domain::Worded;
use domain::client_file::{Event, PersonDetails};
use domain::values::Language;

pub fn sentence(event: &Event) -> Sentence {
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
        Event::PersonRoleSet { roles, .. } => {
            let french: Vec<&str> = roles.iter().map(|role| role.french()).collect();
            let english: Vec<&str> = roles.iter().map(|role| role.english()).collect();
            Sentence::new(
                format!("Rôles enregistrés : {}", french.join(", ")),
                format!("Roles recorded: {}", english.join(", ")),
            )
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
        Event::DocumentSubmitted { document, .. } => Sentence::new(
            format!("Document transmis : {}", document.kind.french()),
            format!("Document handed in: {}", document.kind.english()),
        ),
        Event::DocumentSuperseded { .. } => Sentence::new("Document remplacé", "Document replaced"),
        Event::DocumentWithdrawn { .. } => Sentence::new("Document retiré", "Document withdrawn"),
        Event::Submitted { .. } => {
            Sentence::new("Dossier Client envoyé à nos équipes", "Client file sent to our teams")
        }
        Event::Withdrawn => Sentence::new("Dossier Client retiré", "Client file withdrawn"),
    }
}
