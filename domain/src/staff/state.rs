//! What the rules remember about a member of staff.

use super::{Event, Profile, Roles, SignInFailure};
use crate::values::Language;
use crate::{LinkId, Personal};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub profile: Option<Personal<Profile>>,
    pub language: Option<Language>,
    pub roles: Roles,
    pub invitation: Option<(LinkId, DateTime<Utc>)>,
    /// Set once they have joined: which password and second factor in the vault count.
    pub credential: Option<LinkId>,
    pub is_disabled: bool,
    pub sign_in_failures: u8,
    pub locked_until: Option<DateTime<Utc>>,
    /// Grows when roles change or the account is disabled: older sessions no longer count.
    pub session_generation: u32,
}

pub fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::Invited { profile, language, roles, link, expires_at, .. } => {
            state.profile = Some(profile.clone());
            state.language = Some(*language);
            state.roles = *roles;
            state.invitation = Some((*link, *expires_at));
        }
        Event::Joined { credential } => state.credential = Some(*credential),
        Event::RolesChanged { roles, .. } => {
            state.roles = *roles;
            state.session_generation = state.session_generation.saturating_add(1);
        }
        Event::Disabled { .. } => {
            state.is_disabled = true;
            state.session_generation = state.session_generation.saturating_add(1);
        }
        Event::SignedIn => {
            state.sign_in_failures = 0;
            state.locked_until = None;
        }
        Event::SignInRefused {
            failure: SignInFailure::WrongPassword | SignInFailure::WrongSecondFactor,
        } => state.sign_in_failures = state.sign_in_failures.saturating_add(1),
        Event::SignInRefused { failure: SignInFailure::Locked | SignInFailure::Disabled } => {}
        Event::Locked { until } => {
            state.locked_until = Some(*until);
            state.sign_in_failures = 0;
        }
    }
    state
}
