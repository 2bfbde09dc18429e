//! The shapes of the services' events.

use super::room;
use super::wire::{Code, List};
use domain::services::Event;

room! { Event {
    "services.requested" 1 Requested { services: List<Code> }
    "services.activated" 1 Activated { service: Code }
    "services.refused" 1 Refused { service: Code, reason: Code }
} }
