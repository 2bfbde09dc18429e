//! The contacts by which somebody is reached and known: their login e-mail and their mobile. Each
//! changes when whoever has the new one proves it, and the old one is told and can stop it. Around a
//! change of a bank account nothing of this moves (S65, choice A16).

use super::decide::{Decision, send_code};
use super::state::{Contact, ContactChange};
use super::{
    CONTACT_CHANGE_HOURS, CONTACT_CHANGES_PER_DAY_MAX, CodePurpose, Event, FORMER_CONTACTS_MAX,
    Refusal, State,
};
use crate::bank_account::COOLING_OFF_HOURS;
use crate::strong_authentication::Action;
use crate::validity::works;
use crate::values::{Email, Mobile};
use crate::{Actor, BankAccountChangeId, ChallengeId, ContactChangeId, MerchantId, Occasion};
use chrono::{DateTime, TimeDelta, Utc};

const CHANGE_LIFE: TimeDelta = TimeDelta::hours(CONTACT_CHANGE_HOURS);

pub(super) fn request_email_change(
    state: &State,
    occasion: &Occasion,
    change: ContactChangeId,
    email: Email,
) -> Decision {
    may_ask(state, occasion)?;
    if state.email.as_ref().and_then(|known| known.known()) == Some(&email) {
        return Err(Refusal::ContactUnchanged);
    }
    let at = occasion.at;
    let expires_at = at + CHANGE_LIFE;
    let email = email.into();
    Ok(vec![Event::EmailChangeRequested { change, email, requested_at: at, expires_at }])
}

/// The code to the new number goes out at once; another is asked for like any code.
pub(super) fn request_mobile_change(
    state: &State,
    occasion: &Occasion,
    change: ContactChangeId,
    mobile: Mobile,
    challenge: ChallengeId,
) -> Decision {
    may_ask(state, occasion)?;
    let known = state.profile.as_ref().and_then(|profile| profile.known());
    if known.is_some_and(|known| known.mobile == mobile) {
        return Err(Refusal::ContactUnchanged);
    }
    let at = occasion.at;
    let expires_at = at + CHANGE_LIFE;
    let requested = Event::MobileChangeRequested {
        change,
        mobile: mobile.into(),
        requested_at: at,
        expires_at,
    };
    let opened = super::evolve(state.clone(), &requested);
    let code = send_code(&opened, at, challenge, CodePurpose::NewMobile)?;
    Ok([requested].into_iter().chain(code).collect())
}

fn may_ask(state: &State, occasion: &Occasion) -> Result<(), Refusal> {
    if !state.is_mobile_verified {
        return Err(Refusal::MobileNotVerified);
    }
    if !occasion.is_proved_for(Action::ChangeContact) {
        return Err(Refusal::StrongAuthenticationNeeded);
    }
    if state.are_contacts_frozen() {
        return Err(Refusal::ContactsFrozen);
    }
    let asked =
        super::decide::sent_within(&state.contact_changes_asked, occasion.at, TimeDelta::hours(24));
    // Each former contact is told, so that there are never more than can be.
    let told = state.told_still(occasion.at).count();
    if asked >= CONTACT_CHANGES_PER_DAY_MAX || told >= FORMER_CONTACTS_MAX {
        return Err(Refusal::TooManyContactChanges);
    }
    Ok(())
}

/// The link that came to the new address was followed. Everybody signs in anew, with it.
pub(super) fn confirm_email_change(
    state: &State,
    at: DateTime<Utc>,
    change: ContactChangeId,
) -> Decision {
    let open = usable(state, at, change)?;
    match open.contact {
        Contact::Email(_) => {
            Ok(vec![Event::EmailChanged { change, changed_at: at }, Event::SessionsRevoked])
        }
        Contact::Mobile(_) => Err(Refusal::UnknownContactChange),
    }
}

/// The code that came to the new number was entered.
pub(super) fn mobile_changed(
    state: &State,
    at: DateTime<Utc>,
    challenge: ChallengeId,
) -> Result<Event, Refusal> {
    let change = new_mobile(state, at)?.id;
    Ok(Event::MobileChanged { change, challenge, changed_at: at })
}

/// Whether there is a new number to which a code can go.
pub(super) fn awaits_mobile(state: &State, at: DateTime<Utc>) -> Result<(), Refusal> {
    new_mobile(state, at).map(|_| ())
}

fn new_mobile(state: &State, at: DateTime<Utc>) -> Result<&ContactChange, Refusal> {
    let newest = state.contact_change.as_ref().ok_or(Refusal::UnknownContactChange)?;
    let open = usable(state, at, newest.id)?;
    match open.contact {
        Contact::Mobile(_) => Ok(open),
        Contact::Email(_) => Err(Refusal::UnknownContactChange),
    }
}

/// Whether a change can come about: the newest, in time, not over, and nothing frozen since.
fn usable(
    state: &State,
    at: DateTime<Utc>,
    change: ContactChangeId,
) -> Result<&ContactChange, Refusal> {
    let open = named(state, change)?;
    if open.is_over || !works(open.expires_at, CHANGE_LIFE, at) {
        return Err(Refusal::ContactChangeEnded);
    }
    if state.are_contacts_frozen() { Err(Refusal::ContactsFrozen) } else { Ok(open) }
}

fn named(state: &State, change: ContactChangeId) -> Result<&ContactChange, Refusal> {
    let newest = state.contact_change.as_ref().ok_or(Refusal::UnknownContactChange)?;
    if newest.id == change { Ok(newest) } else { Err(Refusal::UnknownContactChange) }
}

/// Whoever cancels by the link that came to an old contact has not asked for it: whoever has, is signed in
/// no longer.
pub(super) fn cancel(state: &State, occasion: &Occasion, change: ContactChangeId) -> Decision {
    let open = named(state, change)?;
    if open.is_cancelled {
        return Ok(vec![]);
    }
    if open.is_over || !works(open.expires_at, CHANGE_LIFE, occasion.at) {
        return Err(Refusal::ContactChangeEnded);
    }
    let is_by_link = occasion.actor == Actor::Visitor;
    let revoked = is_by_link.then_some(Event::SessionsRevoked);
    Ok([Event::ContactChangeCancelled { change }].into_iter().chain(revoked).collect())
}

/// A change of a bank account begins: from now on the contacts stay as they are.
pub(super) fn freeze(
    state: &State,
    at: DateTime<Utc>,
    merchant: MerchantId,
    change: BankAccountChangeId,
) -> Decision {
    if !state.is_email_verified {
        return Err(Refusal::NotActivated);
    }
    // A repeated request freezes anew, or it would go by a freeze of long ago.
    if state.freezes.iter().any(|freeze| freeze.change == change && freeze.frozen_at == at) {
        return Ok(vec![]);
    }
    let cooling_off = TimeDelta::hours(COOLING_OFF_HOURS);
    if state.contacts_changed_at.is_some_and(|changed_at| at - changed_at < cooling_off) {
        return Err(Refusal::ContactsChangedLately);
    }
    Ok(vec![Event::ContactsFrozen { merchant, change, frozen_at: at }])
}

/// That change is over, or has come to nothing.
pub(super) fn release(state: &State, change: BankAccountChangeId) -> Decision {
    if state.freezes.iter().any(|freeze| freeze.change == change) {
        Ok(vec![Event::ContactsReleased { change }])
    } else {
        Ok(vec![])
    }
}
