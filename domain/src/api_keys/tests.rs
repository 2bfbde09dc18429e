//! What happens to API keys, one test per rule.

use super::{ACTIVE_KEYS_MAX, Command, Event, Mode, Refusal, RevocationReason};
use crate::access::Refusal as Access;
use crate::given::*;
use crate::merchant;
use crate::strong_authentication::Action;
use crate::values::FreeText;
use chrono::{DateTime, TimeDelta, Utc};

fn issue(number: u128, mode: Mode) -> Command {
    Command::Issue { key: new_key(number), mode, name: FreeText::recorded("Web shop") }
}

fn issued(number: u128, mode: Mode) -> Event {
    issued_at(number, mode, day(6))
}

fn issued_at(number: u128, mode: Mode, at: DateTime<Utc>) -> Event {
    let name = FreeText::recorded("Web shop").into();
    Event::Issued { key: new_key(number), mode, name, issued_at: Some(at) }
}

fn rotate(from: u128, to: u128, overlap_days: u8) -> Command {
    Command::Rotate { from: id(from), to: new_key(to), overlap_days }
}

fn revoke(number: u128) -> Command {
    Command::Revoke { key: id(number), reason: RevocationReason::Leaked }
}

/// A live account with one live key.
fn live_with_key() -> Vec<merchant::Event> {
    after(live(), OWNER.proved(Action::LiveKeys, day(6)), issue(52, Mode::Live))
}

#[test]
fn every_refusal_has_a_code_and_words_in_both_languages() {
    every_refusal_has_its_code_and_words::<Refusal>();
}

#[test]
fn a_test_key_needs_no_second_factor() {
    for events in [in_test(), live()] {
        given(events)
            .when(OWNER.at(day(6)), issue(53, Mode::Test))
            .then(events![issued(53, Mode::Test)]);
    }
}

#[test]
fn a_live_key_needs_a_live_account_and_a_fresh_second_factor() {
    given(live())
        .when(OWNER.proved(Action::LiveKeys, day(6)), issue(52, Mode::Live))
        .then(events![issued(52, Mode::Live)]);
}

#[test]
fn there_are_no_live_keys_before_the_file_is_approved_nor_while_the_account_is_stopped() {
    for events in [in_test(), in_review(), deactivated(), suspended(live()), rejected()] {
        given(events)
            .when(OWNER.proved(Action::LiveKeys, day(40)), issue(52, Mode::Live))
            .then_refused(Refusal::NotLive);
    }
}

#[test]
fn a_live_key_is_refused_without_a_second_factor_or_with_one_that_is_too_old() {
    let mut stale = OWNER.proved(Action::LiveKeys, day(6));
    stale.at = stale.at + TimeDelta::minutes(5) + second();
    let mut early = OWNER.proved(Action::LiveKeys, day(6));
    early.at -= second();
    for occasion in [OWNER.at(day(6)), stale, early] {
        given(live())
            .when(occasion, issue(52, Mode::Live))
            .then_refused(Access::StrongAuthenticationNeeded);
        given(live_with_key())
            .when(occasion, rotate(52, 54, 0))
            .then_refused(Access::StrongAuthenticationNeeded);
    }
    let mut just_in_time = OWNER.proved(Action::LiveKeys, day(6));
    just_in_time.at += TimeDelta::minutes(5);
    given(live()).when(just_in_time, issue(52, Mode::Live)).then(events![issued_at(
        52,
        Mode::Live,
        just_in_time.at
    )]);
}

#[test]
fn test_keys_need_an_account_that_is_in_use() {
    for events in [created(), activated(), deactivated(), suspended(in_test()), rejected()] {
        given(events)
            .when(OWNER.at(day(40)), issue(53, Mode::Test))
            .then_refused(Access::StatusForbids);
    }
}

#[test]
fn keys_belong_to_members() {
    let others = [CLARA.at(day(6)), timer(day(6))];
    for occasion in outsiders(day(6)).into_iter().chain(others) {
        for command in [issue(53, Mode::Test), rotate(51, 53, 0), revoke(51)] {
            given(live()).when(occasion, command).then_refused(Access::UnknownMerchant);
        }
    }
}

#[test]
fn at_most_ten_keys_of_a_mode_work_at_a_time() {
    let mut events = in_test();
    for number in 1..ACTIVE_KEYS_MAX as u128 {
        events = after(events, OWNER.at(day(1)), issue(100 + number, Mode::Test));
    }
    given(events.clone())
        .when(OWNER.at(day(1)), issue(200, Mode::Test))
        .then_refused(Refusal::TooManyKeys);
    let events = after(events, OWNER.at(day(1)), revoke(51));
    given(events).when(OWNER.at(day(1)), issue(200, Mode::Test)).then(events![issued_at(
        200,
        Mode::Test,
        day(1)
    )]);
}

#[test]
fn test_keys_do_not_use_up_the_live_ones() {
    let mut events = live();
    for number in 1..ACTIVE_KEYS_MAX as u128 {
        events = after(events, OWNER.at(day(6)), issue(100 + number, Mode::Test));
    }
    given(events)
        .when(OWNER.proved(Action::LiveKeys, day(6)), issue(200, Mode::Live))
        .then(events![issued(200, Mode::Live)]);
}

#[test]
fn a_rotated_key_goes_on_working_until_the_overlap_ends() {
    given(in_test()).when(OWNER.at(day(1)), rotate(51, 53, 7)).then(events![Event::Rotated {
        from: id(51),
        to: new_key(53),
        mode: Mode::Test,
        overlap_until: day(8),
        rotated_at: Some(day(1)),
    }]);
    let keys = folded(&after(in_test(), OWNER.at(day(1)), rotate(51, 53, 7))).keys.keys;
    assert_eq!(keys[&id(53)].name, keys[&id(51)].name);
    assert!(keys[&id(51)].is_active(day(8) - second()));
    assert!(!keys[&id(51)].is_active(day(8)));
    assert!(keys[&id(53)].is_active(day(900)));
}

#[test]
fn without_overlap_the_old_key_stops_at_once() {
    let keys = folded(&after(in_test(), OWNER.at(day(1)), rotate(51, 53, 0))).keys.keys;
    assert!(!keys[&id(51)].is_active(day(1)));
}

#[test]
fn a_live_key_is_rotated_into_a_live_key() {
    given(live_with_key()).when(OWNER.proved(Action::LiveKeys, day(7)), rotate(52, 54, 1)).then(
        events![Event::Rotated {
            from: id(52),
            to: new_key(54),
            mode: Mode::Live,
            overlap_until: day(8),
            rotated_at: Some(day(7)),
        }],
    );
}

#[test]
fn a_live_key_is_not_rotated_while_the_account_is_stopped() {
    given(suspended(live_with_key()))
        .when(OWNER.proved(Action::LiveKeys, day(7)), rotate(52, 54, 1))
        .then_refused(Refusal::NotLive);
}

#[test]
fn an_overlap_lasts_seven_days_at_most() {
    given(in_test())
        .when(OWNER.at(day(1)), rotate(51, 53, 8))
        .then_refused(Refusal::OverlapTooLong);
}

#[test]
fn a_key_that_was_replaced_or_revoked_is_not_rotated() {
    let rotated = after(in_test(), OWNER.at(day(1)), rotate(51, 53, 7));
    let revoked = after(in_test(), OWNER.at(day(1)), revoke(51));
    for events in [rotated, revoked] {
        given(events).when(OWNER.at(day(2)), rotate(51, 54, 0)).then_refused(Refusal::KeyNotActive);
    }
}

#[test]
fn an_unknown_key_can_neither_be_rotated_nor_revoked() {
    for command in [rotate(99, 53, 0), revoke(99)] {
        given(in_test()).when(OWNER.at(day(1)), command).then_refused(Refusal::UnknownKey);
    }
}

#[test]
fn a_leaked_key_is_revoked_without_a_second_factor_even_on_a_stopped_account() {
    for events in [live_with_key(), suspended(live_with_key())] {
        given(events)
            .when(OWNER.at(day(7)), revoke(52))
            .then(events![Event::Revoked { key: id(52), reason: RevocationReason::Leaked }]);
    }
}

#[test]
fn revoking_a_key_that_no_longer_works_changes_nothing() {
    let revoked = after(in_test(), OWNER.at(day(1)), revoke(51));
    let rotated = after(in_test(), OWNER.at(day(1)), rotate(51, 53, 0));
    for events in [revoked, rotated] {
        given(events).when(OWNER.at(day(2)), revoke(51)).then_nothing();
    }
}

#[test]
fn a_key_can_still_be_revoked_during_its_overlap() {
    let rotated = after(in_test(), OWNER.at(day(1)), rotate(51, 53, 7));
    let events = after(rotated, OWNER.at(day(2)), revoke(51));
    assert!(!folded(&events).keys.keys[&id(51)].is_active(day(2)));
}
