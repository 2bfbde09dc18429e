//! The shapes of the services' events.

use super::room;
use super::wire::{Code, List};
use domain::services::Event;

room! { Event {
    "services.requested" 1 Requested { services: List<Code> }
    "services.activated" 1 Activated { service: Code }
    "services.refused" 1 Refused { service: Code, reason: Code }
} }

#[cfg(test)]
pub mod samples {
    //! One of each, with values that are distinct and not defaults.
    use super::*;
    use domain::services::{Service, ServiceRefusal};

    pub fn all() -> Vec<Event> {
        vec![
            Event::Requested { services: [Service::Api, Service::Terminal].into() },
            Event::Activated { service: Service::PaymentLink },
            Event::Refused {
                service: Service::OnlineShop,
                reason: ServiceRefusal::ActivityNotCovered,
            },
        ]
    }

    /// What versions that are only read any more become.
    pub fn earlier() -> Vec<(&'static str, u16, Event)> {
        vec![]
    }
}
