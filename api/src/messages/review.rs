//! What an owner is told of the review. No internal reason is looked at here.

use super::{Day, OwnerText, Text};
use domain::MerchantId;
use domain::messages::Template;
use domain::review::Event;

pub fn text(home: &str, id: MerchantId, event: &Event) -> Option<OwnerText> {
    let url = format!("{home}/portal/v1/merchants/{id}/document-requests");
    Some(match event {
        Event::DocumentsRequested { items, deadline, .. } => {
            let (items, until) = (items.clone(), Day::of_deadline(*deadline));
            (Template::DocumentsRequested, Text::DocumentsRequested { items, until, url })
        }
        Event::DocumentsRequestReopened { deadline, .. } => {
            let until = Day::of_deadline(*deadline);
            (Template::DocumentsRequested, Text::DocumentsRequestedAgain { until, url })
        }
        Event::DocumentsReminderSent { days_left } => {
            (Template::DocumentsReminder, Text::DocumentsReminder { days: *days_left, url })
        }
        Event::DocumentRefused { refusal, .. } => {
            (Template::DocumentRefused, Text::DocumentRefused { reason: *refusal })
        }
        Event::ClientFileApproved { .. } => (Template::FileApproved, Text::FileApproved {}),
        Event::ClientFileRejected { .. } => (Template::FileRejected, Text::FileRejected {}),
        Event::CaseTaken { .. }
        | Event::CaseAssigned { .. }
        | Event::ReviewBegan
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
