//! Personal access tokens: what a program may do in its owner's place. The value is shown once and known
//! here by its hash; the sessions' end is theirs, too.

use super::decide::Decision;
use super::{Event, Refusal, Scope, State, TOKEN_DAYS_MAX, TOKENS_MAX};
use crate::strong_authentication::Action;
use crate::values::FreeText;
use crate::{Occasion, Personal, TokenId};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// One that was issued and not revoked.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub hash: [u8; 32],
    pub name: Personal<FreeText>,
    pub scopes: BTreeSet<Scope>,
    pub issued_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

impl Token {
    pub fn works(&self, at: DateTime<Utc>) -> bool {
        at < self.expires_at
    }
}

/// What is asked of a token that is to be made.
pub(super) struct New {
    pub token: TokenId,
    pub hash: [u8; 32],
    pub name: FreeText,
    pub scopes: BTreeSet<Scope>,
    pub expires_at: DateTime<Utc>,
}

pub(super) fn issue(state: &State, occasion: &Occasion, new: New) -> Decision {
    let at = occasion.at;
    if state.tokens.contains_key(&new.token) {
        return Ok(vec![]);
    }
    if !state.is_mobile_verified {
        return Err(Refusal::MobileNotVerified);
    }
    if !occasion.is_proved_for(Action::PersonalAccessTokens) {
        return Err(Refusal::StrongAuthenticationNeeded);
    }
    if new.scopes.is_empty() {
        return Err(Refusal::NoScope);
    }
    let life = new.expires_at - at;
    if !(TimeDelta::days(1)..=TimeDelta::days(TOKEN_DAYS_MAX)).contains(&life) {
        return Err(Refusal::TokenEndOutOfRange);
    }
    if state.tokens.values().filter(|token| token.works(at)).count() >= TOKENS_MAX {
        return Err(Refusal::TooManyTokens);
    }
    let New { token, hash, name, scopes, expires_at } = new;
    let name = name.into();
    Ok(vec![Event::TokenIssued { token, hash, name, scopes, issued_at: at, expires_at }])
}

/// No second factor: whoever sees a leak must be able to stop it.
pub(super) fn revoke(state: &State, at: DateTime<Utc>, token: TokenId) -> Decision {
    match state.tokens.get(&token).filter(|known| known.works(at)) {
        Some(_) => Ok(vec![Event::TokenRevoked { token }]),
        None => Err(Refusal::UnknownToken),
    }
}
