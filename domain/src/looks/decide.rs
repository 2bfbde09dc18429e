//! The rules of looking, one function per request.

use super::{Command, Event, LOOK_MINUTES, Look, Looker, Refusal, State, Statement, Thing};
use crate::StaffId;
use chrono::{DateTime, TimeDelta, Utc};

type Decision = Result<Vec<Event>, Refusal>;

pub fn decide(command: Command, state: &State, at: DateTime<Utc>) -> Decision {
    match command {
        Command::OpenMonth if state.is_opened => Ok(vec![]),
        Command::OpenMonth => Ok(vec![Event::MonthOpened]),
        Command::ForgetMonth if state.is_forgotten || !state.is_opened => Ok(vec![]),
        Command::ForgetMonth => Ok(vec![Event::MonthForgotten]),
        Command::StatePurpose(statement) => Ok(state_purpose(state, statement)),
        Command::Look { staff, thing } => look(state, staff, thing, at),
        Command::Reveal(look) => Ok(vec![Event::Looked { look: look.into() }]),
    }
}

fn state_purpose(state: &State, statement: Statement) -> Vec<Event> {
    if state.statement.as_ref() == Some(&statement) {
        return vec![];
    }
    vec![Event::PurposeStated { statement: statement.into() }]
}

fn look(state: &State, staff: StaffId, thing: Thing, at: DateTime<Utc>) -> Decision {
    let statement = state
        .statement
        .as_ref()
        .filter(|statement| statement.staff == staff)
        .ok_or(Refusal::PurposeNeeded)?;
    // Whoever goes on looking, within the hour and with a clock that runs forwards, was recorded.
    let lasts = TimeDelta::minutes(LOOK_MINUTES);
    let is_recorded = |since: &DateTime<Utc>| (*since..*since + lasts).contains(&at);
    if state.looks.get(&thing).is_some_and(is_recorded) {
        return Ok(vec![]);
    }
    let Statement { staff, merchant, purpose, reference } = statement.clone();
    let (looker, merchant) = (Looker::Staff(staff), Some(merchant));
    Ok(vec![Event::Looked {
        look: Look { at, looker, merchant, thing, purpose, reference }.into(),
    }])
}
