//! What the rules remember about a member of staff.

use super::{Event, INVITATION_HOURS, Profile, Refusal, Roles};
use crate::sign_in::Lock;
use crate::validity::works;
use crate::values::Language;
use crate::{LinkId, Personal};
use chrono::{DateTime, TimeDelta, Utc};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub profile: Option<Personal<Profile>>,
    pub language: Option<Language>,
    pub roles: Roles,
    pub invitation: Option<(LinkId, DateTime<Utc>)>,
    /// Set once they have joined: which password and second factor in the vault count.
    pub credential: Option<LinkId>,
    pub is_disabled: bool,
    /// Of strangers: a known device still signs in.
    pub lock: Lock,
    /// Grows when roles change or the account is disabled: older sessions no longer count.
    pub session_generation: u32,
}

impl State {
    /// Whether an invitation still works.
    pub fn is_invited_by(&self, link: LinkId, at: DateTime<Utc>) -> bool {
        let life = TimeDelta::hours(INVITATION_HOURS);
        self.invitation.is_some_and(|(known, until)| known == link && works(until, life, at))
    }

    /// Whether their invitation may be followed: once somebody has joined, what it shows is theirs alone.
    pub fn may_follow(&self, link: LinkId, at: DateTime<Utc>) -> Result<(), Refusal> {
        if self.credential.is_some() {
            return Err(Refusal::LinkUsed);
        }
        if self.is_invited_by(link, at) { Ok(()) } else { Err(Refusal::LinkExpired) }
    }

    /// Whether they have joined, or may still join by their invitation: until then nobody else gets
    /// their address.
    pub fn is_still_coming(&self, at: DateTime<Utc>) -> bool {
        let is_invited = self.invitation.is_some_and(|(link, _)| self.is_invited_by(link, at));
        self.credential.is_some() || is_invited
    }
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
        Event::SignedIn => state.lock.signed_in(),
        // How many there were is counted in the vault.
        Event::SignInRefused { .. }
        | Event::MessageSent { .. }
        | Event::MessageDelivered { .. }
        | Event::MessageFailed { .. } => {}
        Event::Locked { until } => state.lock.begin(*until),
    }
    state
}
