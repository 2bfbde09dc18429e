//! The rules of API keys, one function per request.

use super::{
    ACTIVE_KEYS_MAX, Command, Event, Key, Mode, NewKey, OVERLAP_DAYS_MAX, Refusal, RevocationReason,
};
use crate::access::{self, Access, Capability, MemberRole};
use crate::merchant::{self, Decision, State};
use crate::strong_authentication::Action;
use crate::values::FreeText;
use crate::{ApiKeyId, Occasion};
use chrono::TimeDelta;

const KEEPERS: &[MemberRole] = &[MemberRole::Owner, MemberRole::Developer];

pub fn decide(command: Command, state: &State, occasion: &Occasion) -> Decision {
    access::member(state, occasion, KEEPERS)?;
    match command {
        Command::Issue { key, mode, name } => issue(state, occasion, key, mode, name),
        Command::Rotate { from, to, overlap_days } => {
            rotate(state, occasion, from, to, overlap_days)
        }
        Command::Revoke { key, reason } => revoke(state, occasion, key, reason),
    }
}

fn issue(state: &State, occasion: &Occasion, key: NewKey, mode: Mode, name: FreeText) -> Decision {
    may_open_keys(state, mode)?;
    require_strength(occasion, mode)?;
    if state.keys.active(mode, occasion.at).count() >= ACTIVE_KEYS_MAX {
        return Err(Refusal::TooManyKeys.into());
    }
    let issued_at = Some(occasion.at);
    Ok(vec![Event::Issued { key, mode, name: name.into(), issued_at }.into()])
}

fn rotate(
    state: &State,
    occasion: &Occasion,
    from: ApiKeyId,
    to: NewKey,
    overlap_days: u8,
) -> Decision {
    let old = known(state, from)?;
    may_open_keys(state, old.mode)?;
    require_strength(occasion, old.mode)?;
    if overlap_days > OVERLAP_DAYS_MAX {
        return Err(Refusal::OverlapTooLong.into());
    }
    if !old.is_active(occasion.at) || old.replaced_by.is_some() {
        return Err(Refusal::KeyNotActive.into());
    }
    let overlap_until = occasion.at + TimeDelta::days(i64::from(overlap_days));
    let (mode, rotated_at) = (old.mode, Some(occasion.at));
    Ok(vec![Event::Rotated { from, to, mode, overlap_until, rotated_at }.into()])
}

/// Revoking needs no second factor: whoever sees a leak must be able to stop it at once.
fn revoke(state: &State, occasion: &Occasion, key: ApiKeyId, reason: RevocationReason) -> Decision {
    if !known(state, key)?.is_active(occasion.at) {
        return Ok(vec![]);
    }
    Ok(vec![Event::Revoked { key, reason }.into()])
}

fn known(state: &State, key: ApiKeyId) -> Result<&Key, merchant::Refusal> {
    state.keys.keys.get(&key).ok_or_else(|| Refusal::UnknownKey.into())
}

fn may_open_keys(state: &State, mode: Mode) -> Result<(), merchant::Refusal> {
    match mode {
        Mode::Test => {
            access::capability(state, Capability::TestKeys, &[Access::Allowed])?;
        }
        Mode::Live => {
            access::capability(state, Capability::LiveServices, &[Access::Allowed])
                .map_err(|_| Refusal::NotLive)?;
        }
    }
    Ok(())
}

fn require_strength(occasion: &Occasion, mode: Mode) -> Result<(), access::Refusal> {
    match mode {
        Mode::Test => Ok(()),
        Mode::Live => access::strong_authentication(occasion, Action::LiveKeys),
    }
}
