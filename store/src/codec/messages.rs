//! The shapes of the messages' events.

use super::room;
use super::wire::{Code, Id};
use domain::messages::Event;

room! { Event {
    "messages.sent" 1 Sent { cause: Id, template: Code, medium: Code }
    "messages.delivered" 1 Delivered { cause: Id, template: Code, medium: Code }
    "messages.failed" 1 Failed { cause: Id, template: Code, medium: Code, failure: Code }
} }
