//! What happened to a client file.

use super::{Sentence, shown};
use domain::Coded;
use domain::client_file::{Event, PersonDetails};

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
            let roles: Vec<&str> = roles.iter().map(|role| role.code()).collect();
            let roles = roles.join(", ");
            Sentence::new(
                format!("Rôles enregistrés : {roles}"),
                format!("Roles recorded: {roles}"),
            )
        }
        Event::PersonRemoved { .. } => {
            Sentence::new("Personne retirée du dossier", "Person removed from the file")
        }
        Event::OwnershipDeclared { holdings } => {
            let count = holdings.known().map(|holdings| holdings.len().to_string());
            let count = shown(count.as_deref());
            Sentence::new(
                format!("Répartition du capital déclarée ({count} personnes)"),
                format!("Ownership declared ({count} people)"),
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
