//! The claim that makes a login e-mail unique: one stream per address, named by a keyed hash.

use crate::user::{self, Contact};
use crate::values::Email;
use crate::{Personal, SubjectId};
use chrono::{DateTime, TimeDelta, Utc};

/// A registration is a matter of milliseconds: after this, one that did not come about never will.
pub const REGISTRATION_MINUTES: i64 = 10;

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

/// Whether a claim holds an address for nobody: its registration was cut off and never completed, its
/// holder has lapsed, or signs in with another address and is not about to take this one.
pub fn is_abandoned(
    claimed_at: DateTime<Utc>,
    address: &Email,
    holder: &user::State,
    at: DateTime<Utc>,
) -> bool {
    let is_recent = at - claimed_at < TimeDelta::minutes(REGISTRATION_MINUTES);
    !is_recent && (!holder.is_registered || holder.is_lapsed || !is_theirs(address, holder, at))
}

/// Whoever never asked for another address has not left one. What is forgotten may have been this one.
fn is_theirs(address: &Email, holder: &user::State, at: DateTime<Utc>) -> bool {
    let Some(change) = &holder.contact_change else { return true };
    let is_same = |email: &Personal<Email>| {
        email
            .known()
            .is_none_or(|email| email == address || email.on_the_wire() == address.on_the_wire())
    };
    let is_awaited = match &change.contact {
        Contact::Email(email) => !change.is_over && at < change.expires_at && is_same(email),
        Contact::Mobile(_) => false,
    };
    is_awaited || holder.email.as_ref().is_none_or(is_same)
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

    #[test]
    fn a_claim_without_a_user_is_abandoned_when_a_registration_had_its_time() {
        let claimed_at = DateTime::UNIX_EPOCH;
        let address = Email::parse("zoe@example.com").unwrap();
        let other = Email::parse("zoe@atelier.example").unwrap();
        let after = |holder: &user::State, minutes| {
            is_abandoned(claimed_at, &address, holder, claimed_at + TimeDelta::minutes(minutes))
        };
        let nobody = user::State::default();
        assert!(!after(&nobody, REGISTRATION_MINUTES - 1));
        assert!(after(&nobody, REGISTRATION_MINUTES));
        let registered = user::State {
            is_registered: true,
            email: Some(address.clone().into()),
            ..user::State::default()
        };
        assert!(!after(&registered, REGISTRATION_MINUTES));
        let lapsed = user::State { is_lapsed: true, ..registered.clone() };
        assert!(after(&lapsed, REGISTRATION_MINUTES));
        // Whoever signs in with another address by now has left this one.
        let change = |to: &Email, is_over, minutes| user::ContactChange {
            id: crate::ContactChangeId::from_u128(1),
            contact: Contact::Email(to.clone().into()),
            expires_at: claimed_at + TimeDelta::minutes(minutes),
            is_over,
            is_cancelled: false,
        };
        let moved = user::State {
            email: Some(other.clone().into()),
            contact_change: Some(change(&other, true, 60)),
            ..registered.clone()
        };
        assert!(after(&moved, REGISTRATION_MINUTES));
        assert!(!after(&moved, REGISTRATION_MINUTES - 1));
        // Unless they are about to take it.
        let moving = |change| user::State { contact_change: Some(change), ..moved.clone() };
        assert!(!after(&moving(change(&address, false, 60)), REGISTRATION_MINUTES));
        assert!(after(&moving(change(&address, false, 60)), 60), "it expired");
        assert!(after(&moving(change(&address, true, 60)), REGISTRATION_MINUTES), "it is over");
        let elsewhere = user::State { contact_change: None, ..moved.clone() };
        assert!(!after(&elsewhere, REGISTRATION_MINUTES), "they never asked for another");
        let forgotten = user::State { email: Some(Personal::Forgotten), ..registered };
        assert!(!after(&forgotten, REGISTRATION_MINUTES));
    }
}
