//! What the rules remember about a user.

use super::{CODES_PER_DAY_MAX, CodePurpose, Event, FORMER_CONTACT_DAYS, Profile, Token};
use crate::sign_in::Lock;
use crate::values::{Email, Language, Mobile};
use crate::{
    BankAccountChangeId, ChallengeId, ContactChangeId, LinkId, MerchantId, Personal, TokenId,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

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
    /// The newest change of a contact, also when it is over.
    pub contact_change: Option<ContactChange>,
    pub contact_changes_asked: Vec<DateTime<Utc>>,
    pub contacts_changed_at: Option<DateTime<Utc>>,
    /// Those that were replaced, the newest last.
    pub former_contacts: Vec<FormerContact>,
    /// The changes of bank accounts during which the contacts stay as they are.
    pub freezes: Vec<Freeze>,
    /// Those that were not revoked; one that has ended goes when another is made.
    pub tokens: BTreeMap<TokenId, Token>,
}

/// A login e-mail or a mobile.
#[derive(Clone, Debug, PartialEq)]
pub enum Contact {
    Email(Personal<Email>),
    Mobile(Personal<Mobile>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct ContactChange {
    pub id: ContactChangeId,
    /// What is to replace the one there is.
    pub contact: Contact,
    pub expires_at: DateTime<Utc>,
    /// Done or cancelled.
    pub is_over: bool,
    pub is_cancelled: bool,
}

/// A contact that was replaced, and until when it is told of what matters most.
#[derive(Clone, Debug, PartialEq)]
pub struct FormerContact {
    pub contact: Contact,
    pub until: DateTime<Utc>,
}

/// For the sake of which change of a bank account the contacts stay as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Freeze {
    pub merchant: MerchantId,
    pub change: BankAccountChangeId,
    pub frozen_at: DateTime<Utc>,
}

impl State {
    pub fn are_contacts_frozen(&self) -> bool {
        !self.freezes.is_empty()
    }

    /// The former contacts that are still told at a moment.
    pub fn told_still(&self, at: DateTime<Utc>) -> impl Iterator<Item = &Contact> {
        let told = self.former_contacts.iter().filter(move |former| at < former.until);
        told.map(|former| &former.contact)
    }
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
        Event::EmailChangeRequested { change, email, requested_at, expires_at } => {
            let contact = Contact::Email(email.clone());
            open_change(&mut state, *change, contact, *requested_at, *expires_at);
        }
        Event::MobileChangeRequested { change, mobile, requested_at, expires_at } => {
            let contact = Contact::Mobile(mobile.clone());
            open_change(&mut state, *change, contact, *requested_at, *expires_at);
        }
        Event::ContactChangeCancelled { .. } => {
            end_change(&mut state, true);
        }
        Event::EmailChanged { changed_at, .. } => {
            // A link that went to the old address is no longer this user's.
            if let Some(link) = &mut state.reset {
                link.is_used = true;
            }
            if let Some(Contact::Email(email)) = end_change(&mut state, false) {
                let former = state.email.replace(email).map(Contact::Email);
                note_former(&mut state, former, *changed_at);
            }
        }
        Event::MobileChanged { changed_at, .. } => {
            use_challenge(&mut state);
            if let Some(Contact::Mobile(mobile)) = end_change(&mut state, false) {
                let former = replace_mobile(&mut state, mobile);
                note_former(&mut state, former, *changed_at);
            }
        }
        Event::ContactsFrozen { merchant, change, frozen_at } => {
            let (merchant, change, frozen_at) = (*merchant, *change, *frozen_at);
            state.freezes.retain(|freeze| freeze.change != change);
            state.freezes.push(Freeze { merchant, change, frozen_at });
        }
        Event::ContactsReleased { change } => {
            state.freezes.retain(|freeze| freeze.change != *change);
        }
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
            // Whoever took the login over may have made one.
            state.tokens.clear();
        }
        Event::TokenIssued { token, hash, name, scopes, issued_at, expires_at } => {
            state.tokens.retain(|_, known| known.works(*issued_at));
            let made = Token {
                hash: *hash,
                name: name.clone(),
                scopes: scopes.clone(),
                issued_at: *issued_at,
                expires_at: *expires_at,
            };
            state.tokens.insert(*token, made);
        }
        Event::TokenRevoked { token } => {
            state.tokens.remove(token);
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

/// A newer change stands in for one that is open.
fn open_change(
    state: &mut State,
    id: ContactChangeId,
    contact: Contact,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) {
    state.contact_change =
        Some(ContactChange { id, contact, expires_at, is_over: false, is_cancelled: false });
    remember(&mut state.contact_changes_asked, at);
}

/// What was to become the new contact.
fn end_change(state: &mut State, is_cancelled: bool) -> Option<Contact> {
    let change = state.contact_change.as_mut()?;
    change.is_over = true;
    change.is_cancelled = is_cancelled;
    Some(change.contact.clone())
}

/// The number that it replaces.
fn replace_mobile(state: &mut State, mobile: Personal<Mobile>) -> Option<Contact> {
    let before = state.profile.clone()?;
    let new = before.clone().zip(mobile).map(|(profile, mobile)| Profile { mobile, ..profile });
    state.profile = Some(new);
    Some(Contact::Mobile(before.map(|profile| profile.mobile)))
}

fn note_former(state: &mut State, former: Option<Contact>, at: DateTime<Utc>) {
    let until = at + TimeDelta::days(FORMER_CONTACT_DAYS);
    state.former_contacts.extend(former.map(|contact| FormerContact { contact, until }));
    // As many as are told still: changes are counted by the day.
    state.former_contacts.retain(|former| at < former.until);
    state.contacts_changed_at = Some(at);
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
