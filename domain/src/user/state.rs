//! What the rules remember about a user.

use super::{CODES_PER_DAY_MAX, CodePurpose, Event, Profile};
use crate::sign_in::Lock;
use crate::values::{Email, Language};
use crate::{ChallengeId, LinkId, Personal};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub is_registered: bool,
    pub is_email_verified: bool,
    pub is_lapsed: bool,
    pub email: Option<Personal<Email>>,
    pub language: Option<Language>,
    /// Which password in the vault counts.
    pub credential: Option<LinkId>,
    pub activation: Option<Link>,
    pub activations_sent: Vec<DateTime<Utc>>,
    /// When the first activation link was issued: unused accounts lapse from then on.
    pub first_link_at: Option<DateTime<Utc>>,
    pub reset: Option<Link>,
    pub repetitions: Vec<DateTime<Utc>>,
    /// Several have registered with this address, and it is not known yet whose it is: the activation
    /// makes nobody's password count.
    pub is_contested: bool,
    pub profile: Option<Personal<Profile>>,
    pub is_mobile_verified: bool,
    pub challenge: Option<Challenge>,
    pub codes_sent: Vec<DateTime<Utc>>,
    /// Of strangers: a known device still signs in.
    pub lock: Lock,
    /// Grows with every revocation: a session of an older generation no longer counts.
    pub session_generation: u32,
}

/// The newest link of its kind; older ones no longer count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    pub id: LinkId,
    pub expires_at: DateTime<Utc>,
    pub is_used: bool,
    /// How often it was sent.
    pub sent: u8,
}

impl Link {
    /// What becomes of a link when one is sent: the same again lives on.
    fn sent(before: Option<Self>, id: LinkId, expires_at: DateTime<Utc>) -> Self {
        let times = before.filter(|before| before.id == id).map_or(0, |before| before.sent);
        Self { id, expires_at, is_used: false, sent: times.saturating_add(1) }
    }
}

/// The newest one-time code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Challenge {
    pub id: ChallengeId,
    pub purpose: CodePurpose,
    pub expires_at: DateTime<Utc>,
    pub wrong_attempts: u8,
    pub is_used: bool,
}

/// How many past sendings are remembered: as many as the highest limit counts.
const SENDINGS_KEPT: usize = CODES_PER_DAY_MAX;

pub fn evolve(mut state: State, event: &Event) -> State {
    match event {
        Event::Registered { email, language, credential } => {
            state.is_registered = true;
            state.email = Some(email.clone());
            state.language = Some(*language);
            state.credential = Some(*credential);
        }
        Event::RegistrationRepeated { repeated_at } => {
            if let Some(at) = repeated_at {
                remember(&mut state.repetitions, *at);
                state.is_contested = !state.is_email_verified;
            }
        }
        Event::ActivationLinkIssued { link, issued_at, expires_at } => {
            state.activation = Some(Link::sent(state.activation, *link, *expires_at));
            state.first_link_at.get_or_insert(*issued_at);
            remember(&mut state.activations_sent, *issued_at);
        }
        Event::EmailVerified => {
            state.is_email_verified = true;
            if state.is_contested {
                state.is_contested = false;
                state.credential = None;
            }
            if let Some(link) = &mut state.activation {
                link.is_used = true;
            }
        }
        Event::ProfileRecorded { profile } => {
            let mobile =
                |profile: &Personal<Profile>| profile.known().map(|profile| profile.mobile.clone());
            let before = state.profile.as_ref().and_then(mobile);
            // A verified number stays verified when only the name changes.
            let is_same_mobile = before.is_some() && before == mobile(profile);
            state.is_mobile_verified &= is_same_mobile;
            if !is_same_mobile {
                // A code sent to one number must not prove another.
                state.challenge = None;
            }
            state.profile = Some(profile.clone());
        }
        Event::CodeSent { challenge, purpose, sent_at, expires_at } => {
            state.challenge = Some(Challenge {
                id: *challenge,
                purpose: *purpose,
                expires_at: *expires_at,
                wrong_attempts: 0,
                is_used: false,
            });
            remember(&mut state.codes_sent, *sent_at);
        }
        Event::CodeRefused { .. } => {
            if let Some(challenge) = &mut state.challenge {
                challenge.wrong_attempts = challenge.wrong_attempts.saturating_add(1);
            }
        }
        Event::MobileVerified { .. } => {
            state.is_mobile_verified = true;
            use_challenge(&mut state);
        }
        Event::StronglyAuthenticated { .. } => use_challenge(&mut state),
        Event::PasswordResetRequested { link, expires_at, .. } => {
            state.reset = Some(Link::sent(state.reset, *link, *expires_at));
        }
        Event::PasswordChanged { credential } => {
            state.credential = Some(*credential);
            state.lock = Lock::default();
            if let Some(link) = &mut state.reset {
                link.is_used = true;
            }
        }
        Event::SessionsRevoked => {
            state.session_generation = state.session_generation.saturating_add(1);
        }
        Event::SignedIn => state.lock.signed_in(),
        // How many there were is counted in the vault.
        Event::SignInRefused { .. }
        | Event::MessageSent { .. }
        | Event::MessageDelivered { .. }
        | Event::MessageFailed { .. } => {}
        Event::Locked { until } => state.lock.begin(*until),
        Event::Lapsed => state.is_lapsed = true,
    }
    state
}

fn use_challenge(state: &mut State) {
    if let Some(challenge) = &mut state.challenge {
        challenge.is_used = true;
    }
}

fn remember(sendings: &mut Vec<DateTime<Utc>>, at: DateTime<Utc>) {
    sendings.push(at);
    if sendings.len() > SENDINGS_KEPT {
        sendings.remove(0);
    }
}
