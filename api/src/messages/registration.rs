//! What an owner is told of their account.

use super::{OwnerText, Text};
use domain::messages::Template;
use domain::registration::{ClosureReason, Event};

pub fn text(event: &Event) -> Option<OwnerText> {
    Some(match event {
        Event::AccountDeactivated { restriction } => {
            (Template::AccountDeactivated, Text::AccountDeactivated { reason: restriction.why })
        }
        Event::AccountReactivated { .. } => {
            (Template::AccountReactivated, Text::AccountReactivated {})
        }
        Event::AccountSuspended { restriction, .. } => {
            (Template::AccountSuspended, Text::AccountSuspended { reason: restriction.why })
        }
        Event::SuspensionLifted { .. } => (Template::SuspensionLifted, Text::SuspensionLifted {}),
        Event::AccountClosed { reason: ClosureReason::FileRejected } => return None,
        Event::AccountClosed { .. } => (Template::AccountClosed, Text::AccountClosed {}),
        Event::AccountCreated { .. }
        | Event::AccountActivated
        | Event::AccountLapsed
        | Event::CompanyBasicsRecorded { .. }
        | Event::TestModeOpened
        | Event::LiveModeOpened
        | Event::PayoutsEnabled => return None,
    })
}
