//! What happened to a contract.

use super::Sentence;
use domain::contract::Event;

pub fn sentence(event: &Event) -> Sentence {
    match event {
        Event::Presented { terms_version, .. } => Sentence::new(
            format!("Contrat présenté (conditions générales, version {terms_version})"),
            format!("Contract presented (general terms, version {terms_version})"),
        ),
        Event::SigningCodeSent { .. } => {
            Sentence::new("Code de signature envoyé", "Signing code sent")
        }
        Event::SigningCodeRefused { .. } => {
            Sentence::new("Code de signature erroné", "Wrong signing code entered")
        }
        Event::Signed { .. } => Sentence::new("Contrat signé", "Contract signed"),
        Event::Filed { .. } => Sentence::new(
            "Contrat signé archivé avec ses preuves de signature",
            "Signed contract filed with its evidence",
        ),
    }
}
