//! What an owner is told of their client file.

use super::{OwnerText, day};
use domain::client_file::Event;
use domain::messages::Template;

pub fn text(event: &Event) -> Option<OwnerText> {
    Some(match event {
        Event::Submitted { answer_expected_by } => {
            let until = day(*answer_expected_by);
            (
                Template::FileSubmitted,
                ("Votre Dossier Client est chez nous", "Your client file is with us"),
                (
                    format!(
                        "Bonjour,\n\nVotre contrat est signé et votre Dossier Client a été envoyé à nos équipes. Nous pensons vous répondre d'ici le {until}.\n"
                    ),
                    format!(
                        "Hello,\n\nYour contract is signed and your client file was sent to our teams. We expect to answer by {until}.\n"
                    ),
                ),
            )
        }
        Event::CompanyRecorded { .. }
        | Event::PersonRecorded { .. }
        | Event::PersonRoleSet { .. }
        | Event::PersonRemoved { .. }
        | Event::OwnershipDeclared { .. }
        | Event::PayoutAccountRecorded { .. }
        | Event::DocumentSubmitted { .. }
        | Event::DocumentSuperseded { .. }
        | Event::DocumentWithdrawn { .. }
        | Event::Withdrawn => return None,
    })
}
