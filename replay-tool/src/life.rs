//! A merchant's life: after each event, the card as readers see it.

use crate::card::{card, forgotten_by};
use crate::exit::Failure;
use domain::{Event, MerchantId, merchant};
use projections::diff::leaves;
use std::collections::BTreeMap;
use store::Recorded;

/// What one event made of it.
pub struct Step<'a> {
    pub event: &'a Recorded,
    /// Every field after it, to be compared.
    pub after: BTreeMap<String, String>,
    /// Whether it is the last of its command. In between nobody ever saw it.
    pub ends_command: bool,
}

/// Step by step. A card is made for each event.
pub fn steps(
    id: MerchantId,
    events: &[Recorded],
) -> impl Iterator<Item = Result<Step<'_>, Failure>> {
    let forgotten = forgotten_by(events);
    let mut state = merchant::State::default();
    events.iter().enumerate().map(move |(number, event)| {
        if let Event::Merchant(event) = &event.event {
            state = merchant::evolve(std::mem::take(&mut state), event);
        }
        let after = leaves(&card(id, &state, event.metadata.recorded_at, forgotten)?);
        let command = event.metadata.command_id;
        let next = events.get(number + 1);
        let ends_command = next.is_none_or(|next| next.metadata.command_id != command);
        Ok(Step { event, after, ends_command })
    })
}
