//! The rules of staff accounts, one function per request.

use super::{
    Command, Event, INVITATION_HOURS, Profile, Refusal, Role, Roles, SignInFailure, State,
};
use crate::messages;
use crate::sign_in::Attempt;
use crate::values::Language;
use crate::{Actor, Channel, LinkId, Occasion, StaffId};
use chrono::{DateTime, TimeDelta, Utc};

type Decision = Result<Vec<Event>, Refusal>;

/// `id` is the member of staff the request is about.
pub fn decide(id: StaffId, command: Command, state: &State, occasion: &Occasion) -> Decision {
    match command {
        Command::Invite { profile, language, roles, link } => {
            invite(state, occasion, profile, language, roles, link)
        }
        Command::Join { link, is_second_factor_right } => {
            join(state, occasion.at, link, is_second_factor_right)
        }
        Command::ChangeRoles { roles } => change_roles(id, state, occasion, roles),
        Command::RecordMessage(command) => Ok(vec![messages::decide(command).into()]),
        Command::Disable => disable(id, state, occasion),
        Command::SignIn { is_password_right, is_second_factor_right, attempt } => {
            sign_in(state, occasion.at, is_password_right, is_second_factor_right, attempt)
        }
    }
}

fn invite(
    state: &State,
    occasion: &Occasion,
    profile: Profile,
    language: Language,
    roles: Roles,
    link: LinkId,
) -> Decision {
    let by = match (occasion.actor, occasion.channel) {
        // The program itself, on the terminal it was started from.
        (Actor::System, Channel::Terminal) => None,
        _ => Some(administrator(occasion)?),
    };
    if state.profile.is_some() {
        return Err(Refusal::AlreadyInvited);
    }
    if roles.is_empty() {
        return Err(Refusal::NoRole);
    }
    let expires_at = occasion.at + TimeDelta::hours(INVITATION_HOURS);
    Ok(vec![Event::Invited { profile: profile.into(), language, roles, link, expires_at, by }])
}

fn join(state: &State, at: DateTime<Utc>, link: LinkId, is_second_factor_right: bool) -> Decision {
    if state.invitation.is_none() {
        return Err(Refusal::UnknownStaff);
    }
    state.may_follow(link, at)?;
    if state.is_disabled {
        return Err(Refusal::Disabled);
    }
    if !is_second_factor_right {
        return Err(Refusal::WrongSecondFactor);
    }
    Ok(vec![Event::Joined { credential: link }])
}

fn change_roles(id: StaffId, state: &State, occasion: &Occasion, roles: Roles) -> Decision {
    let by = administrator(occasion)?;
    if state.profile.is_none() {
        return Err(Refusal::UnknownStaff);
    }
    if roles.is_empty() {
        return Err(Refusal::NoRole);
    }
    if by == id {
        return Err(Refusal::OwnAccount);
    }
    if state.roles == roles {
        return Ok(vec![]);
    }
    Ok(vec![Event::RolesChanged { roles, by }])
}

fn disable(id: StaffId, state: &State, occasion: &Occasion) -> Decision {
    let by = administrator(occasion)?;
    if state.profile.is_none() {
        return Err(Refusal::UnknownStaff);
    }
    if by == id {
        return Err(Refusal::OwnAccount);
    }
    if state.is_disabled { Ok(vec![]) } else { Ok(vec![Event::Disabled { by }]) }
}

/// Whoever is locked out leaves no trace here, and a source that goes on guessing hardly one.
fn sign_in(
    state: &State,
    at: DateTime<Utc>,
    is_password_right: bool,
    is_second_factor_right: bool,
    attempt: Attempt,
) -> Decision {
    if state.credential.is_none() {
        return Err(Refusal::UnknownStaff);
    }
    if !attempt.is_open(&state.lock, at) {
        return Ok(vec![]);
    }
    let failure = if state.is_disabled {
        SignInFailure::Disabled
    } else if !is_password_right {
        SignInFailure::WrongPassword
    } else if !is_second_factor_right {
        SignInFailure::WrongSecondFactor
    } else {
        return Ok(vec![Event::SignedIn]);
    };
    let follows = attempt.consequences(&state.lock, at);
    let failure = if follows.closes_source { SignInFailure::Locked } else { failure };
    let refused = follows.is_recorded.then_some(Event::SignInRefused { failure });
    let locked = follows.locks_until.map(|until| Event::Locked { until });
    Ok(refused.into_iter().chain(locked).collect())
}

fn administrator(occasion: &Occasion) -> Result<StaffId, Refusal> {
    occasion
        .staff()
        .filter(|_| occasion.staff_roles.contains(Role::Administrator))
        .ok_or(Refusal::AdministratorOnly)
}
