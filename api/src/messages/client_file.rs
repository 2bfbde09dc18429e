//! What an owner is told of their client file.

use super::{Day, OwnerText, Text};
use domain::client_file::Event;
use domain::messages::Template;

pub fn text(event: &Event) -> Option<OwnerText> {
    Some(match event {
        Event::Submitted { answer_expected_by } => {
            let until = Day::of_deadline(*answer_expected_by);
            (Template::FileSubmitted, Text::FileSubmitted { until })
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
