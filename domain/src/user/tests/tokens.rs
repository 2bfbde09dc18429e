//! Personal access tokens, one test per rule.

use super::*;
use crate::strong_authentication::Action;
use crate::user::{Scope, TOKEN_DAYS_MAX, TOKENS_MAX};
use crate::values::FreeText;
use crate::{Occasion, TokenId};

const TOKEN: u128 = 81;

fn asking(at: DateTime<Utc>) -> Occasion {
    OWNER.proved(Action::PersonalAccessTokens, at)
}

fn issue_until(token: u128, expires_at: DateTime<Utc>) -> Command {
    Command::IssueToken {
        token: id(token),
        hash: [7; 32],
        name: FreeText::recorded("Nightly export"),
        scopes: [Scope::Read].into(),
        expires_at,
    }
}

fn issue(token: u128) -> Command {
    issue_until(token, day(31))
}

fn issued(token: u128) -> Event {
    Event::TokenIssued {
        token: id(token),
        hash: [7; 32],
        name: FreeText::recorded("Nightly export").into(),
        scopes: [Scope::Read].into(),
        issued_at: day(1),
        expires_at: day(31),
    }
}

fn revoke() -> Command {
    Command::RevokeToken { token: id(TOKEN) }
}

#[track_caller]
fn told(events: &[Event], occasion: &Occasion, command: Command) -> Result<Vec<Event>, Refusal> {
    decide(command, &folded(events), occasion)
}

fn with_token() -> Vec<Event> {
    [with_mobile(), vec![issued(TOKEN)]].concat()
}

#[test]
fn a_token_is_made_after_a_strong_authentication_for_it() {
    assert_eq!(told(&with_mobile(), &asking(day(1)), issue(TOKEN)), Ok(vec![issued(TOKEN)]));
    for occasion in [OWNER.at(day(1)), OWNER.proved(Action::LiveKeys, day(1))] {
        let refused = Err(Refusal::StrongAuthenticationNeeded);
        assert_eq!(told(&with_mobile(), &occasion, issue(TOKEN)), refused);
    }
    let before = told(&invited(), &asking(day(1)), issue(TOKEN));
    assert_eq!(before, Err(Refusal::MobileNotVerified));
    // The same request again, also without another code.
    assert_eq!(told(&with_token(), &OWNER.at(day(1)), issue(TOKEN)), Ok(vec![]));
}

#[test]
fn a_token_says_what_for_and_until_when() {
    let Command::IssueToken { token, hash, name, expires_at, .. } = issue(TOKEN) else { return };
    let for_nothing = Command::IssueToken { token, hash, name, scopes: [].into(), expires_at };
    assert_eq!(told(&with_mobile(), &asking(day(1)), for_nothing), Err(Refusal::NoScope));
    let until = |end| told(&with_mobile(), &asking(day(1)), issue_until(TOKEN, end));
    let (first, last) = (day(2), day(1) + TimeDelta::days(TOKEN_DAYS_MAX));
    for end in [first, last] {
        assert!(until(end).is_ok());
    }
    for end in [day(1), first - second(), last + second()] {
        assert_eq!(until(end), Err(Refusal::TokenEndOutOfRange));
    }
}

#[test]
fn so_many_tokens_work_at_once_and_those_that_ended_do_not_count() {
    let many: Vec<Event> = (0..TOKENS_MAX as u128).map(|number| issued(100 + number)).collect();
    let events = [with_mobile(), many].concat();
    assert_eq!(told(&events, &asking(day(2)), issue(TOKEN)), Err(Refusal::TooManyTokens));
    let later = told(&events, &asking(day(31)), issue_until(TOKEN, day(40))).unwrap();
    let state = folded(&[events, later].concat());
    assert_eq!(state.tokens.keys().copied().collect::<Vec<TokenId>>(), [id(TOKEN)]);
}

#[test]
fn a_token_is_revoked_without_a_code_and_once() {
    given(with_token()).when(day(2), revoke()).then([Event::TokenRevoked { token: id(TOKEN) }]);
    let revoked = after(with_token(), day(2), revoke());
    given(revoked).when(day(2), revoke()).then_refused(Refusal::UnknownToken);
    given(with_token()).when(day(31), revoke()).then_refused(Refusal::UnknownToken);
    given(with_mobile()).when(day(2), revoke()).then_refused(Refusal::UnknownToken);
}

#[test]
fn what_ends_the_sessions_ends_the_tokens() {
    let events = after(with_token(), day(2), Command::RevokeSessions);
    assert!(folded(&events).tokens.is_empty());
}
