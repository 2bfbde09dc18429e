//! What the rules remember of a month, or of a case in somebody's session.

use super::{Event, Statement, Thing};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub is_opened: bool,
    pub is_forgotten: bool,
    /// The purpose in force.
    pub statement: Option<Statement>,
    /// When each thing was last looked at for it.
    pub looks: BTreeMap<Thing, DateTime<Utc>>,
}

pub fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::MonthOpened => state.is_opened = true,
        Event::MonthForgotten => state.is_forgotten = true,
        // Whoever cannot be known any more has to state it again.
        Event::PurposeStated { statement } => {
            state.statement = statement.known().cloned();
            state.looks.clear();
        }
        Event::Looked { look } => {
            if let Some(look) = look.known() {
                state.looks.insert(look.thing, look.at);
            }
        }
    }
    state
}
