//! What happened in a review. Merchants read what concerns them, and nothing of how we decide.

use super::names::{in_english, in_french};
use super::{Names, Sentence, shown};
use domain::review::{Event, NewItem};
use domain::values::{FreeText, Language};
use domain::{Personal, Worded};

pub fn for_merchant(event: &Event, names: Names<'_>) -> Option<Sentence> {
    let document =
        |id| (names.document(id, Language::French), names.document(id, Language::English));
    Some(match event {
        Event::CaseTaken { .. } | Event::ReviewBegan => {
            Sentence::new("Dossier Client à l'étude", "Client file being examined")
        }
        Event::DocumentAccepted { document: id, .. } => match document(*id) {
            (Some(french), Some(english)) => Sentence::new(
                format!("Document accepté : {french}"),
                format!("Document accepted: {english}"),
            ),
            _ => Sentence::new("Document accepté", "Document accepted"),
        },
        Event::DocumentRefused { document: id, refusal, .. } => match document(*id) {
            (Some(french), Some(english)) => Sentence::new(
                format!("Document refusé : {french}. {}", refusal.french()),
                format!("Document refused: {english}. {}", refusal.english()),
            ),
            _ => Sentence::new(
                format!("Document refusé : {}", refusal.french()),
                format!("Document refused: {}", refusal.english()),
            ),
        },
        Event::DocumentsRequested { items, .. } => Sentence::new(
            format!(
                "Documents complémentaires demandés : {}",
                asked(items, names, Language::French)
            ),
            format!("Additional documents requested: {}", asked(items, names, Language::English)),
        ),
        Event::DocumentsRequestReopened { .. } => Sentence::new(
            "Un document complémentaire est de nouveau attendu",
            "An additional document is awaited again",
        ),
        Event::DocumentsReceived => {
            Sentence::new("Documents complémentaires reçus", "Additional documents received")
        }
        Event::DocumentsReminderSent { days_left } => {
            let days = usize::from(*days_left);
            let french = Language::French.counted(days, "jour", "jours");
            let english = Language::English.counted(days, "day", "days");
            Sentence::new(
                format!("Rappel : il reste {french} pour envoyer les documents"),
                format!("Reminder: {english} left to send the documents"),
            )
        }
        Event::DocumentsDeadlinePassed => Sentence::new(
            "Le délai d'envoi des documents est passé",
            "The time to send the documents is over",
        ),
        Event::ClientFileApproved { .. } => {
            Sentence::new("Dossier Client validé", "Client file approved")
        }
        Event::ClientFileRejected { .. } => Sentence::new(
            "Des éléments de votre Dossier Client nous empêchent malheureusement de répondre \
             favorablement à votre demande",
            "Elements of your client file unfortunately prevent us from accepting your application",
        ),
        Event::CaseAssigned { .. }
        | Event::CaseSnoozed { .. }
        | Event::CaseEscalated { .. }
        | Event::NoteAdded { .. }
        | Event::UndeliveredRequestFlagged
        | Event::DecisionProposed { .. }
        | Event::DecisionReturned { .. } => return None,
    })
}

/// What is asked for, of whom, and why.
fn asked(items: &[NewItem], names: Names<'_>, language: Language) -> String {
    let item = |item: &NewItem| {
        let kinds: Vec<&str> = item.kinds.iter().map(|kind| kind.words(language)).collect();
        let of = item.person.and_then(|person| names.person(person));
        let of = of.map(|name| format!(" ({name})")).unwrap_or_default();
        let kinds = kinds.join(language.of(" or ", " ou "));
        format!("{kinds}{of}. {}", item.reason.words(language))
    };
    items.iter().map(item).collect::<Vec<_>>().join(" ")
}

/// Whether a merchant may read of an event at all.
pub fn is_for_merchant(event: &Event) -> bool {
    for_merchant(event, Names::default()).is_some()
}

pub fn for_staff(event: &Event, names: Names<'_>) -> Sentence {
    let words =
        |text: &Personal<FreeText>| shown(text.known().map(|text| text.as_str())).to_owned();
    match event {
        Event::CaseTaken { .. } => Sentence::new("Dossier pris en charge", "Case taken"),
        Event::CaseAssigned { to, .. } => {
            let to = names.staff(*to);
            Sentence::new(format!("Dossier attribué à {to}"), format!("Case assigned to {to}"))
        }
        Event::CaseSnoozed { until, .. } => Sentence::new(
            format!("Dossier mis de côté jusqu'au {}", in_french(*until)),
            format!("Case put aside until {}", in_english(*until)),
        ),
        Event::CaseEscalated { .. } => Sentence::new("Dossier escaladé", "Case escalated"),
        Event::NoteAdded { note, .. } => {
            Sentence::new(format!("Note : {}", words(note)), format!("Note: {}", words(note)))
        }
        Event::UndeliveredRequestFlagged => Sentence::new(
            "Demande de documents jamais délivrée : à traiter",
            "Request for documents never delivered: needs attention",
        ),
        Event::DecisionProposed { proposal, rationale, .. } => Sentence::new(
            format!(
                "Décision proposée : {} — {}",
                proposal.words(Language::French),
                words(rationale)
            ),
            format!(
                "Decision proposed: {} — {}",
                proposal.words(Language::English),
                words(rationale)
            ),
        ),
        Event::DecisionReturned { reason, .. } => Sentence::new(
            format!("Décision renvoyée : {}", words(reason)),
            format!("Decision returned: {}", words(reason)),
        ),
        Event::ClientFileRejected { reason, .. } => Sentence::new(
            format!("Dossier Client refusé ({})", reason.french()),
            format!("Client file rejected ({})", reason.english()),
        ),
        Event::ReviewBegan
        | Event::DocumentAccepted { .. }
        | Event::DocumentRefused { .. }
        | Event::DocumentsRequested { .. }
        | Event::DocumentsRequestReopened { .. }
        | Event::DocumentsReceived
        | Event::DocumentsReminderSent { .. }
        | Event::DocumentsDeadlinePassed
        | Event::ClientFileApproved { .. } => {
            for_merchant(event, names).unwrap_or_else(|| Sentence::new("", ""))
        }
    }
}
