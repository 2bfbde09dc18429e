//! The rules of an account, one function per request.

use super::{ClosureReason, Command, CompanyBasics, Event, LAPSE_DAYS, Refusal, Status};
use crate::access::{self, Access, Capability, MemberRole};
use crate::api_keys::{self, Mode, NewKey};
use crate::merchant::{Decision, State};
use crate::restriction::{InternalReason, PublicReason, Remedy, Restricted, Restriction};
use crate::staff::Role;
use crate::values::{FreeText, Language};
use crate::{Occasion, UserId};
use chrono::TimeDelta;

/// What the first key is called, in whatever language.
const FIRST_KEY: &str = "Test";

pub fn decide(command: Command, state: &State, occasion: &Occasion) -> Decision {
    match command {
        Command::Create { owner, language } => create(state, occasion, owner, language),
        Command::Activate => activate(state),
        Command::Lapse => lapse(state, occasion),
        Command::RecordCompanyBasics { basics, is_mobile_verified, test_key } => {
            record_company_basics(state, occasion, basics, is_mobile_verified, test_key)
        }
        Command::Suspend { reason } => suspend(state, occasion, reason),
        Command::CloseAfterDeactivation => close_after_deactivation(state, occasion),
    }
}

fn create(state: &State, occasion: &Occasion, owner: UserId, language: Language) -> Decision {
    match state.account.owner {
        None => Ok(vec![
            Event::AccountCreated {
                owner,
                language,
                lapses_at: occasion.at + TimeDelta::days(LAPSE_DAYS),
            }
            .into(),
        ]),
        Some(existing) if existing == owner => Ok(vec![]),
        Some(_) => Err(Refusal::AlreadyExists.into()),
    }
}

fn activate(state: &State) -> Decision {
    match state.account.status {
        Some(Status::Created) => Ok(vec![Event::AccountActivated.into()]),
        Some(
            Status::Activated
            | Status::Test
            | Status::Live
            | Status::Deactivated
            | Status::Suspended
            | Status::Terminating,
        ) => Ok(vec![]),
        None | Some(Status::Closed | Status::Lapsed) => Err(Refusal::LinkNotForThis.into()),
    }
}

fn lapse(state: &State, occasion: &Occasion) -> Decision {
    access::system(occasion)?;
    match (state.account.status, state.account.lapses_at) {
        (Some(Status::Created), Some(lapses_at)) if lapses_at <= occasion.at => {
            Ok(vec![Event::AccountLapsed.into()])
        }
        (Some(Status::Lapsed), _) => Ok(vec![]),
        _ => Err(Refusal::NotDue.into()),
    }
}

fn record_company_basics(
    state: &State,
    occasion: &Occasion,
    basics: CompanyBasics,
    is_mobile_verified: bool,
    test_key: NewKey,
) -> Decision {
    access::member(state, occasion, &[MemberRole::Owner])?;
    access::capability(state, Capability::CompanyForm, &[Access::Allowed])?;
    if !is_mobile_verified {
        return Err(Refusal::MobileNotVerified.into());
    }
    if !state.contract.signatures.is_empty() || state.review.is_submitted() {
        return Err(Refusal::BasicsLocked.into());
    }
    if state.account.basics.as_ref() == Some(&basics) {
        return Ok(vec![]);
    }
    let CompanyBasics { identity, legal_form, country, activity } = basics;
    let mut events =
        vec![Event::CompanyBasicsRecorded { identity, legal_form, country, activity }.into()];
    if state.account.status == Some(Status::Activated) {
        events.push(Event::TestModeOpened.into());
        let name = FreeText::recorded(FIRST_KEY).into();
        let (mode, issued_at) = (Mode::Test, Some(occasion.at));
        events.push(api_keys::Event::Issued { key: test_key, mode, name, issued_at }.into());
    }
    Ok(events)
}

fn suspend(state: &State, occasion: &Occasion, reason: InternalReason) -> Decision {
    let by = access::staff(occasion, &[Role::Officer])?;
    match state.account.status {
        None => Err(access::Refusal::UnknownMerchant.into()),
        Some(Status::Suspended) => Err(Refusal::AlreadySuspended.into()),
        // An account that was never activated can do nothing that would need stopping.
        Some(Status::Created | Status::Closed | Status::Lapsed) => {
            Err(access::Refusal::StatusForbids.into())
        }
        Some(
            Status::Activated
            | Status::Test
            | Status::Live
            | Status::Deactivated
            | Status::Terminating,
        ) => Ok(vec![
            Event::AccountSuspended {
                restriction: Restriction {
                    what: Restricted::Account,
                    why: PublicReason::AccountUnderControl,
                    since: occasion.at,
                    remedy: Remedy::ContactSupport,
                    remedy_until: None,
                },
                reason: reason.into(),
                by,
            }
            .into(),
        ]),
    }
}

fn close_after_deactivation(state: &State, occasion: &Occasion) -> Decision {
    access::system(occasion)?;
    let closes_at = state.account.restriction.and_then(|restriction| restriction.remedy_until);
    match (state.account.status, closes_at) {
        // Everything asked for has come: it is our turn, and no reason to close.
        (Some(Status::Deactivated), Some(_)) if state.review.open_items().next().is_none() => {
            Err(Refusal::NotDue.into())
        }
        (Some(Status::Deactivated), Some(closes_at)) if closes_at <= occasion.at => {
            Ok(vec![Event::AccountClosed { reason: ClosureReason::DeactivatedTooLong }.into()])
        }
        (Some(Status::Closed), _) => Ok(vec![]),
        _ => Err(Refusal::NotDue.into()),
    }
}
