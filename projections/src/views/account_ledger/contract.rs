//! What happened to a contract.

use super::{Names, Sentence};
use domain::contract::Event;

pub fn sentence(event: &Event, names: Names<'_>) -> Sentence {
    match event {
        Event::Presented { terms_version, .. } => Sentence::new(
            format!("Contrat présenté (conditions générales, version {terms_version})"),
            format!("Contract presented (general terms, version {terms_version})"),
        ),
        Event::SigningCodeSent { signer, .. } => match names.person(*signer) {
            Some(name) => Sentence::new(
                format!("Code de signature envoyé à {name}"),
                format!("Signing code sent to {name}"),
            ),
            None => Sentence::new("Code de signature envoyé", "Signing code sent"),
        },
        Event::SigningCodeRefused { .. } => {
            Sentence::new("Code de signature erroné", "Wrong signing code entered")
        }
        Event::Signed { signer, .. } => match names.person(*signer) {
            Some(name) => Sentence::new(
                format!("Contrat signé par {name}"),
                format!("Contract signed by {name}"),
            ),
            None => Sentence::new("Contrat signé", "Contract signed"),
        },
        Event::Filed { .. } => Sentence::new(
            "Contrat signé archivé avec ses preuves de signature",
            "Signed contract filed with its evidence",
        ),
    }
}
