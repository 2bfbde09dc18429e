//! The rules of a bank account, one function per request.

use super::{
    CHANGES_PER_DAY_MAX, CONFIRMATION_DAYS, COOLING_OFF_HOURS, Change, Command, Ending, Event,
    FREEZING_MINUTES, NewChange, Refusal, RefusalReason, Stage, VERIFICATION_TARGET_DAYS,
};
use crate::access::{self, Access, Capability, MemberRole};
use crate::calendar::end_of_day_after;
use crate::client_file::{DOCUMENT_BYTES_MAX, MediaType};
use crate::merchant::{self, Decision, State};
use crate::staff::Role;
use crate::strong_authentication::Action;
use crate::values::FreeText;
use crate::{Actor, BankAccountChangeId, Occasion, StaffId};
use chrono::{DateTime, TimeDelta, Utc};

const VERIFIERS: &[Role] = &[Role::Analyst, Role::Officer];

pub fn decide(command: Command, state: &State, occasion: &Occasion) -> Decision {
    match command {
        Command::Request { change, contacts_frozen_at } => {
            request(state, occasion, change, contacts_frozen_at)
        }
        Command::Confirm { change, is_what_was_shown } => {
            confirm(state, occasion, change, is_what_was_shown)
        }
        Command::Cancel { change } => {
            access::member(state, occasion, &[MemberRole::Owner])?;
            cancel(state, change)
        }
        Command::CancelByLink { change } => {
            by_link(state, occasion)?;
            cancel(state, change)
        }
        Command::Verify { change, rationale } => verify(state, occasion, change, rationale),
        Command::Activate { change } => activate(state, occasion, change),
        Command::Refuse { change, reason, public_text } => {
            refuse(state, occasion, change, reason, public_text)
        }
        Command::Expire => expire(state, occasion),
    }
}

fn request(
    state: &State,
    occasion: &Occasion,
    new: NewChange,
    contacts_frozen_at: Option<DateTime<Utc>>,
) -> Decision {
    access::member(state, occasion, &[MemberRole::Owner])?;
    may_change(state)?;
    access::strong_authentication(occasion, Action::RequestBankAccountChange)?;
    let current = state.bank_account.account().ok_or(Refusal::NoAccount)?;
    if new.rib.media_type != MediaType::Pdf {
        return Err(Refusal::RibNotPdf.into());
    }
    if new.rib.size > DOCUMENT_BYTES_MAX {
        return Err(Refusal::RibTooLarge.into());
    }
    if current.details.known().is_some_and(|known| known.iban == new.account.iban) {
        return Err(Refusal::SameAccount.into());
    }
    if let Some(open) = state.bank_account.open_change() {
        match open.stage {
            Stage::Confirmed | Stage::Verified => return Err(Refusal::InProgress.into()),
            Stage::Requested
            | Stage::Active
            | Stage::Refused
            | Stage::Cancelled
            | Stage::Expired => {}
        }
    }
    let a_day_ago = occasion.at - TimeDelta::hours(24);
    let asked = state.bank_account.asked.iter().filter(|asked_at| **asked_at > a_day_ago);
    if asked.count() >= CHANGES_PER_DAY_MAX {
        return Err(Refusal::TooManyChanges.into());
    }
    let freezing = TimeDelta::minutes(FREEZING_MINUTES);
    let is_frozen = contacts_frozen_at
        .is_some_and(|at| (TimeDelta::zero()..=freezing).contains(&(occasion.at - at)));
    if !is_frozen {
        return Err(Refusal::ContactsNotFrozen.into());
    }
    Ok(vec![
        Event::ChangeRequested {
            change: new.id,
            account: new.account.into(),
            rib: new.rib,
            reading: new.reading.into(),
            requested_at: occasion.at,
            expires_at: end_of_day_after(occasion.at, CONFIRMATION_DAYS),
        }
        .into(),
    ])
}

fn confirm(
    state: &State,
    occasion: &Occasion,
    change: BankAccountChangeId,
    is_what_was_shown: bool,
) -> Decision {
    access::member(state, occasion, &[MemberRole::Owner])?;
    may_change(state)?;
    let open = named(state, change)?;
    match open.stage {
        Stage::Requested if occasion.at >= open.expires_at => return Err(Refusal::Ended.into()),
        Stage::Refused | Stage::Cancelled | Stage::Expired => return Err(Refusal::Ended.into()),
        Stage::Requested | Stage::Confirmed | Stage::Verified | Stage::Active => {}
    }
    proved_for(occasion, change)?;
    if open.stage != Stage::Requested {
        return Ok(vec![]);
    }
    if !is_what_was_shown {
        return Err(Refusal::OtherRecap.into());
    }
    let target_at = end_of_day_after(occasion.at, VERIFICATION_TARGET_DAYS);
    Ok(vec![Event::ChangeConfirmed { change, target_at }.into()])
}

/// The code said which change it was for, so it counts for that one alone.
fn proved_for(occasion: &Occasion, change: BankAccountChangeId) -> Result<(), access::Refusal> {
    let is_for_it = |action: &Action| action.change().is_some_and(|(_, of)| of == change);
    let action = occasion.proof.map(|proof| proof.action).filter(is_for_it);
    let action = action.ok_or(access::Refusal::StrongAuthenticationNeeded)?;
    access::strong_authentication(occasion, action)
}

fn cancel(state: &State, change: BankAccountChangeId) -> Decision {
    let open = named(state, change)?;
    match (open.stage, open.stage.ending()) {
        (Stage::Cancelled, _) => Ok(vec![]),
        (_, Ending::Open) => Ok(vec![Event::ChangeCancelled { change }.into()]),
        (_, Ending::Done | Ending::Dropped) => Err(Refusal::Ended.into()),
    }
}

/// Whoever holds the link has not signed in.
fn by_link(state: &State, occasion: &Occasion) -> Result<(), access::Refusal> {
    match (occasion.actor, state.account.status) {
        (Actor::Visitor, Some(_)) => Ok(()),
        (
            Actor::Visitor
            | Actor::User(_)
            | Actor::Signer(_)
            | Actor::Staff(_)
            | Actor::ApiKey(_)
            | Actor::System
            | Actor::Provider
            | Actor::Undisclosed,
            _,
        ) => Err(access::Refusal::UnknownMerchant),
    }
}

fn verify(
    state: &State,
    occasion: &Occasion,
    change: BankAccountChangeId,
    rationale: FreeText,
) -> Decision {
    let by = access::staff(occasion, VERIFIERS)?;
    may_change(state)?;
    let open = named(state, change)?;
    match open.stage {
        Stage::Requested => Err(Refusal::NotConfirmed.into()),
        Stage::Confirmed => {
            Ok(vec![Event::ChangeVerified { change, rationale: rationale.into(), by }.into()])
        }
        Stage::Verified | Stage::Active => Ok(vec![]),
        Stage::Refused | Stage::Cancelled | Stage::Expired => Err(Refusal::Ended.into()),
    }
}

fn activate(state: &State, occasion: &Occasion, change: BankAccountChangeId) -> Decision {
    let by = access::staff(occasion, &[Role::Officer])?;
    may_change(state)?;
    let open = named(state, change)?;
    match (open.stage, open.verified_by) {
        (Stage::Requested, _) => Err(Refusal::NotConfirmed.into()),
        (Stage::Verified, Some(verified_by)) if verified_by == by => {
            Err(Refusal::SameOfficer.into())
        }
        (Stage::Verified, Some(verified_by)) => {
            Ok(vec![changed(change, occasion, verified_by, by)])
        }
        (Stage::Confirmed | Stage::Verified, _) => Err(Refusal::NotVerified.into()),
        (Stage::Active, _) => Ok(vec![]),
        (Stage::Refused | Stage::Cancelled | Stage::Expired, _) => Err(Refusal::Ended.into()),
    }
}

fn changed(
    change: BankAccountChangeId,
    occasion: &Occasion,
    verified_by: StaffId,
    activated_by: StaffId,
) -> merchant::Event {
    let payable_from = occasion.at + TimeDelta::hours(COOLING_OFF_HOURS);
    let changed_at = occasion.at;
    Event::Changed { change, changed_at, payable_from, verified_by, activated_by }.into()
}

/// Also of an account that is stopped: nobody should have to wait for that to say no.
fn refuse(
    state: &State,
    occasion: &Occasion,
    change: BankAccountChangeId,
    reason: RefusalReason,
    public_text: FreeText,
) -> Decision {
    let by = access::staff(occasion, VERIFIERS)?;
    let open = named(state, change)?;
    match open.stage {
        Stage::Requested => Err(Refusal::NotConfirmed.into()),
        Stage::Confirmed | Stage::Verified => {
            let public_text = public_text.into();
            Ok(vec![Event::ChangeRefused { change, reason, public_text, by }.into()])
        }
        Stage::Refused => Ok(vec![]),
        Stage::Active | Stage::Cancelled | Stage::Expired => Err(Refusal::Ended.into()),
    }
}

fn expire(state: &State, occasion: &Occasion) -> Decision {
    access::system(occasion)?;
    match state.bank_account.open_change() {
        Some(open) if open.stage == Stage::Requested && occasion.at < open.expires_at => {
            Err(Refusal::NotDue.into())
        }
        Some(open) if open.stage == Stage::Requested => {
            Ok(vec![Event::ChangeExpired { change: open.id }.into()])
        }
        Some(_) | None => Ok(vec![]),
    }
}

fn may_change(state: &State) -> Result<(), access::Refusal> {
    access::capability(state, Capability::CompanyForm, &[Access::ByChangeRequest])
}

/// The newest change, if it is the one that is meant.
fn named(state: &State, change: BankAccountChangeId) -> Result<&Change, Refusal> {
    match (state.bank_account.newest(change), &state.bank_account.change) {
        (Some(newest), _) => Ok(newest),
        (None, Some(_)) => Err(Refusal::NotNewest),
        (None, None) => Err(Refusal::UnknownChange),
    }
}
