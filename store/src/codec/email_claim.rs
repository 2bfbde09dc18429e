//! The shapes of the e-mail claims' events.

use super::room;
use super::wire::Id;
use domain::email_claim::Event;

room! { Event {
    "email_claim.claimed" 1 Claimed { by: Id }
    "email_claim.released" 1 Released { by: Id }
} }
