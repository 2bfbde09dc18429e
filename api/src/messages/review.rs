//! What an owner is told of the review. No internal reason is looked at here.

use super::{OwnerText, day};
use domain::messages::Template;
use domain::review::{Event, NewItem};
use domain::values::Language;
use domain::{MerchantId, Worded};

pub fn text(home: &str, id: MerchantId, event: &Event) -> Option<OwnerText> {
    let url = format!("{home}/portal/v1/merchants/{id}/document-requests");
    Some(match event {
        Event::DocumentsRequested { items, deadline, .. } => {
            let until = day(*deadline);
            let (french, english) =
                (item_lines(items, Language::French), item_lines(items, Language::English));
            (
                Template::DocumentsRequested,
                ("Documents complémentaires demandés", "Additional documents needed"),
                (
                    format!("Bonjour,\n\nPour valider votre Dossier Client, il nous faut d'ici le {until} :\n\n{french}\nLa liste complète : {url}\n\nSans ces documents dans les trente jours, votre compte sera désactivé.\n"),
                    format!("Hello,\n\nTo validate your client file, we need by {until}:\n\n{english}\nThe full list: {url}\n\nWithout these documents within thirty days, your account will be deactivated.\n"),
                ),
            )
        }
        Event::DocumentsRequestReopened { deadline, .. } => {
            let until = day(*deadline);
            (
                Template::DocumentsRequested,
                ("Un document est de nouveau attendu", "A document is awaited again"),
                (
                    format!("Bonjour,\n\nUn document envoyé n'a pu être accepté ; nous en attendons un autre d'ici le {until}. La liste : {url}\n"),
                    format!("Hello,\n\nA document you sent could not be accepted; we await another by {until}. The list: {url}\n"),
                ),
            )
        }
        Event::DocumentsReminderSent { days_left } => {
            let days = usize::from(*days_left);
            let french = Language::French.counted(days, "jour", "jours");
            let english = Language::English.counted(days, "day", "days");
            (
                Template::DocumentsReminder,
                ("Rappel : documents attendus", "Reminder: documents awaited"),
                (
                    format!("Bonjour,\n\nIl reste {french} pour envoyer les documents complémentaires. La liste : {url}\n\nSans eux, votre compte sera désactivé.\n"),
                    format!("Hello,\n\nYou have {english} left to send the additional documents. The list: {url}\n\nWithout them, your account will be deactivated.\n"),
                ),
            )
        }
        Event::DocumentRefused { refusal, .. } => (
            Template::DocumentRefused,
            ("Un document n'a pu être accepté", "A document could not be accepted"),
            (
                format!("Bonjour,\n\n{} Envoyez-en un autre depuis votre Espace Client.\n", refusal.french()),
                format!("Hello,\n\n{} Send another one from your portal.\n", refusal.english()),
            ),
        ),
        Event::ClientFileApproved { .. } => (
            Template::FileApproved,
            ("Votre Dossier Client est validé", "Your client file is approved"),
            (
                "Bonjour,\n\nVotre Dossier Client est validé : vos services sont ouverts et vos clés de production sont disponibles dans votre Espace Client, rubrique « Développeurs ».\n".to_owned(),
                "Hello,\n\nYour client file is approved: your services are open, and your live keys are available in your portal under “Developers”.\n".to_owned(),
            ),
        ),
        Event::ClientFileRejected { .. } => (
            Template::FileRejected,
            ("Votre souscription", "Your application"),
            (
                "Bonjour,\n\nDes éléments de votre Dossier Client nous empêchent malheureusement de répondre favorablement à votre demande.\n".to_owned(),
                "Hello,\n\nElements of your client file unfortunately prevent us from accepting your application.\n".to_owned(),
            ),
        ),
        Event::CaseTaken { .. }
        | Event::CaseAssigned { .. }
        | Event::CaseSnoozed { .. }
        | Event::CaseEscalated { .. }
        | Event::NoteAdded { .. }
        | Event::DocumentAccepted { .. }
        | Event::DocumentsReceived
        | Event::DocumentsDeadlinePassed
        | Event::UndeliveredRequestFlagged
        | Event::DecisionProposed { .. }
        | Event::DecisionReturned { .. } => return None,
    })
}

fn item_lines(items: &[NewItem], language: Language) -> String {
    items
        .iter()
        .map(|item| {
            let kinds = item.kinds.iter();
            match language {
                Language::French => {
                    let kinds: Vec<_> = kinds.map(|kind| kind.french()).collect();
                    format!("- {} : {}\n", kinds.join(" ou "), item.reason.french())
                }
                Language::English => {
                    let kinds: Vec<_> = kinds.map(|kind| kind.english()).collect();
                    format!("- {}: {}\n", kinds.join(" or "), item.reason.english())
                }
            }
        })
        .collect()
}
