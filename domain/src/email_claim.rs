//! The claim that makes a login e-mail unique: one stream per address, named by a keyed hash.

use crate::SubjectId;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Claimed { by: SubjectId },
    Released { by: SubjectId },
}

#[derive(Clone, Debug)]
pub enum Command {
    Claim { by: SubjectId },
    Release { by: SubjectId },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub holder: Option<SubjectId>,
}

refusals! {
    pub enum Refusal {
        Taken = "email_taken", "This address is in use already.", "Cette adresse est déjà utilisée.";
    }
}

pub fn decide(command: Command, state: &State) -> Result<Vec<Event>, Refusal> {
    match (command, state.holder) {
        (Command::Claim { by }, None) => Ok(vec![Event::Claimed { by }]),
        (Command::Claim { by }, Some(holder)) if by == holder => Ok(vec![]),
        (Command::Claim { .. }, Some(_)) => Err(Refusal::Taken),
        (Command::Release { by }, Some(holder)) if by == holder => Ok(vec![Event::Released { by }]),
        // What somebody else holds by now is not ours to release.
        (Command::Release { .. }, _) => Ok(vec![]),
    }
}

pub fn evolve(_: State, event: &Event) -> State {
    State {
        holder: match event {
            Event::Claimed { by } => Some(*by),
            Event::Released { .. } => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;
    use uuid::Uuid;

    fn subject(n: u128) -> SubjectId {
        SubjectId::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn an_address_belongs_to_whoever_claimed_it_first_until_it_is_released() {
        let (a, b) = (subject(1), subject(2));
        let held = evolve(State::default(), &Event::Claimed { by: a });
        assert_eq!(decide(Command::Claim { by: b }, &held), Err(Refusal::Taken));
        assert_eq!(decide(Command::Claim { by: a }, &held), Ok(vec![]));
        assert_eq!(decide(Command::Release { by: b }, &held), Ok(vec![]));
        assert_eq!(decide(Command::Release { by: a }, &held), Ok(vec![Event::Released { by: a }]));
        let free = evolve(held, &Event::Released { by: a });
        assert_eq!(decide(Command::Claim { by: b }, &free), Ok(vec![Event::Claimed { by: b }]));
    }
}
