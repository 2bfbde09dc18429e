//! How the contacts of a user change, one test per rule.

use super::*;
use crate::strong_authentication::Action;
use crate::user::{
    CONTACT_CHANGES_PER_DAY_MAX, CodePurpose::NewMobile, Contact, FORMER_CONTACT_DAYS,
    FORMER_CONTACTS_MAX,
};
use crate::{ContactChangeId, Occasion};

const CHANGE: u128 = 61;
const NEW_CODE: u128 = 62;
const FREEZING: u128 = 63;

fn asking(at: DateTime<Utc>) -> Occasion {
    OWNER.proved(Action::ChangeContact, at)
}

fn new_email() -> Email {
    Email::parse("zoe@atelier.example").unwrap()
}

fn ask_for_email(number: u128) -> Command {
    Command::RequestEmailChange { change: id(number), email: new_email() }
}

fn ask_for_mobile(number: u128) -> Command {
    let mobile = Mobile::parse(OTHER_MOBILE).unwrap();
    Command::RequestMobileChange { change: id(number), mobile, challenge: id(NEW_CODE) }
}

fn confirm_email() -> Command {
    Command::ConfirmEmailChange { change: id(CHANGE) }
}

fn cancel() -> Command {
    Command::CancelContactChange { change: id(CHANGE) }
}

fn freeze() -> Command {
    Command::FreezeContacts { merchant: id(71), change: id(FREEZING) }
}

fn release() -> Command {
    Command::ReleaseContacts { change: id(FREEZING) }
}

#[track_caller]
fn asked(mut events: Vec<Event>, occasion: Occasion, command: Command) -> Vec<Event> {
    events.extend(decide(command, &folded(&events), &occasion).unwrap());
    events
}

fn email_asked_for() -> Vec<Event> {
    asked(with_mobile(), asking(day(1)), ask_for_email(CHANGE))
}

fn mobile_asked_for() -> Vec<Event> {
    asked(with_mobile(), asking(day(1)), ask_for_mobile(CHANGE))
}

fn email_changed() -> Vec<Event> {
    after(email_asked_for(), day(1), confirm_email())
}

fn mobile_changed() -> Vec<Event> {
    after(mobile_asked_for(), day(1), enter(NEW_CODE, true))
}

fn frozen() -> Vec<Event> {
    after(with_mobile(), day(1), freeze())
}

#[test]
fn an_e_mail_changes_when_the_link_sent_to_it_is_followed_and_everybody_signs_in_anew() {
    let expires_at = day(1) + minutes(24 * 60);
    assert_eq!(
        decide(ask_for_email(CHANGE), &folded(&with_mobile()), &asking(day(1))),
        Ok(vec![Event::EmailChangeRequested {
            change: id(CHANGE),
            email: new_email().into(),
            requested_at: day(1),
            expires_at,
        }])
    );
    given(email_asked_for()).when(expires_at - second(), confirm_email()).then([
        Event::EmailChanged { change: id(CHANGE), changed_at: expires_at - second() },
        Event::SessionsRevoked,
    ]);
    given(email_asked_for())
        .when(expires_at, confirm_email())
        .then_refused(Refusal::ContactChangeEnded);
    let state = folded(&email_changed());
    assert_eq!(state.email, Some(new_email().into()));
    assert_eq!(folded(&email_asked_for()).email, folded(&with_mobile()).email);
    given(email_changed()).when(day(1), confirm_email()).then_refused(Refusal::ContactChangeEnded);
}

#[test]
fn a_reset_link_sent_to_the_old_address_is_dead_after_the_change() {
    let events = after(email_asked_for(), day(1), reset(15));
    let events = after(events, day(1), confirm_email());
    given(events).when(day(1), change_password(15)).then_refused(Refusal::LinkUsed);
}

#[test]
fn a_mobile_changes_by_the_code_sent_to_the_new_one() {
    let mobile = Mobile::parse(OTHER_MOBILE).unwrap();
    assert_eq!(
        decide(ask_for_mobile(CHANGE), &folded(&with_mobile()), &asking(day(1))),
        Ok(vec![
            Event::MobileChangeRequested {
                change: id(CHANGE),
                mobile: mobile.clone().into(),
                requested_at: day(1),
                expires_at: day(1) + minutes(24 * 60),
            },
            Event::CodeSent {
                challenge: id(NEW_CODE),
                purpose: NewMobile,
                sent_at: day(1),
                expires_at: day(1) + minutes(10),
            },
        ])
    );
    given(mobile_asked_for()).when(day(1), enter(NEW_CODE, true)).then([Event::MobileChanged {
        change: id(CHANGE),
        challenge: id(NEW_CODE),
        changed_at: day(1),
    }]);
    given(mobile_asked_for())
        .when(day(1), enter(NEW_CODE, false))
        .then([Event::CodeRefused { challenge: id(NEW_CODE) }]);
    let state = folded(&mobile_changed());
    assert_eq!(state.profile.unwrap().known().unwrap().mobile, mobile);
    assert!(state.is_mobile_verified);
    given(mobile_changed()).when(day(1), enter(NEW_CODE, true)).then_refused(Refusal::CodeExpired);
    // Another code to the new number, as long as that is awaited.
    after(mobile_asked_for(), day(1), send(90, NewMobile));
    for events in [with_mobile(), email_asked_for()] {
        given(events).when(day(1), send(90, NewMobile)).then_refused(Refusal::UnknownContactChange);
    }
    given(mobile_changed())
        .when(day(1), send(90, NewMobile))
        .then_refused(Refusal::ContactChangeEnded);
}

#[test]
fn a_contact_changes_with_a_code_to_the_mobile_there_is() {
    let others = [
        OWNER.at(day(1)),
        OWNER.proved(Action::LiveKeys, day(1)),
        OWNER.proved(Action::RequestBankAccountChange, day(1)),
    ];
    for command in [ask_for_email(CHANGE), ask_for_mobile(CHANGE)] {
        for occasion in others {
            assert_eq!(
                decide(command.clone(), &folded(&with_mobile()), &occasion),
                Err(Refusal::StrongAuthenticationNeeded)
            );
        }
        assert_eq!(
            decide(command, &folded(&with_profile()), &asking(day(1))),
            Err(Refusal::MobileNotVerified)
        );
    }
}

#[test]
fn what_is_there_already_is_no_change() {
    let email = Email::parse("zoe@example.com").unwrap();
    let mobile = Mobile::parse(MOBILE).unwrap();
    for command in [
        Command::RequestEmailChange { change: id(CHANGE), email },
        Command::RequestMobileChange { change: id(CHANGE), mobile, challenge: id(NEW_CODE) },
    ] {
        let outcome = decide(command, &folded(&with_mobile()), &asking(day(1)));
        assert_eq!(outcome, Err(Refusal::ContactUnchanged));
    }
}

#[test]
fn five_changes_are_asked_for_within_a_day() {
    let mut events = with_mobile();
    for number in 0..CONTACT_CHANGES_PER_DAY_MAX as u128 {
        events = asked(events, asking(day(1)), ask_for_email(100 + number));
    }
    let ask = |at| decide(ask_for_email(CHANGE), &folded(&events), &asking(at));
    assert_eq!(ask(day(2) - second()), Err(Refusal::TooManyContactChanges));
    assert!(ask(day(2)).is_ok());
}

/// Everybody who is told costs a message each time.
#[test]
fn no_sixth_change_comes_about_within_thirty_days() {
    let mut events = with_mobile();
    for number in 0..FORMER_CONTACTS_MAX as u128 {
        let at = day(1) + TimeDelta::days(number as i64);
        let email = Email::parse(&format!("zoe{number}@example.com")).unwrap();
        let change = id(100 + number);
        events = asked(events, asking(at), Command::RequestEmailChange { change, email });
        events = after(events, at, Command::ConfirmEmailChange { change });
    }
    let ask = |at| decide(ask_for_email(CHANGE), &folded(&events), &asking(at));
    let free = day(1) + TimeDelta::days(FORMER_CONTACT_DAYS);
    assert_eq!(ask(free - second()), Err(Refusal::TooManyContactChanges));
    assert!(ask(free).is_ok());
}

#[test]
fn the_old_contact_stops_a_change_and_with_it_whoever_is_signed_in() {
    for events in [email_asked_for(), mobile_asked_for()] {
        assert_eq!(
            decide(cancel(), &folded(&events), &OWNER.at(day(1))),
            Ok(vec![Event::ContactChangeCancelled { change: id(CHANGE) }]),
            "signed in, they stay so"
        );
        given(events.clone()).when(day(2), cancel()).then_refused(Refusal::ContactChangeEnded);
        given(events.clone())
            .when(day(1), cancel())
            .then([Event::ContactChangeCancelled { change: id(CHANGE) }, Event::SessionsRevoked]);
        let events = after(events, day(1), cancel());
        given(events.clone()).when(day(1), cancel()).then([]);
        given(events.clone())
            .when(day(1), confirm_email())
            .then_refused(Refusal::ContactChangeEnded);
        let state = folded(&events);
        assert_eq!(state.email, folded(&with_mobile()).email);
        assert_eq!(state.profile, folded(&with_mobile()).profile);
    }
    let cancelled = after(mobile_asked_for(), day(1), cancel());
    given(cancelled).when(day(1), enter(NEW_CODE, true)).then_refused(Refusal::ContactChangeEnded);
    for events in [email_changed(), mobile_changed()] {
        given(events).when(day(1), cancel()).then_refused(Refusal::ContactChangeEnded);
    }
    given(with_mobile()).when(day(1), cancel()).then_refused(Refusal::UnknownContactChange);
}

#[test]
fn only_the_newest_change_counts() {
    let events = asked(email_asked_for(), asking(day(1)), ask_for_mobile(64));
    for command in [confirm_email(), cancel()] {
        given(events.clone()).when(day(1), command).then_refused(Refusal::UnknownContactChange);
    }
    // The code of a number that is no longer awaited proves nothing.
    let events = asked(mobile_asked_for(), asking(day(1)), ask_for_email(64));
    given(events).when(day(1), enter(NEW_CODE, true)).then_refused(Refusal::UnknownContactChange);
}

#[test]
fn contacts_that_changed_are_told_for_thirty_days_more() {
    let until = day(1) + TimeDelta::days(FORMER_CONTACT_DAYS);
    let told = |events: &[Event], at| folded(events).told_still(at).cloned().collect::<Vec<_>>();
    let email = Contact::Email(Email::parse("zoe@example.com").unwrap().into());
    assert_eq!(told(&email_changed(), until - second()), [email]);
    let mobile = Contact::Mobile(Mobile::parse(MOBILE).unwrap().into());
    assert_eq!(told(&mobile_changed(), until - second()), [mobile]);
    assert_eq!(told(&mobile_changed(), until), []);
}

#[test]
fn frozen_contacts_neither_change_nor_are_asked_to() {
    for command in [ask_for_email(CHANGE), ask_for_mobile(CHANGE)] {
        assert_eq!(
            decide(command, &folded(&frozen()), &asking(day(1))),
            Err(Refusal::ContactsFrozen)
        );
    }
    let frozen_meanwhile = |events| after(events, day(1), freeze());
    given(frozen_meanwhile(email_asked_for()))
        .when(day(1), confirm_email())
        .then_refused(Refusal::ContactsFrozen);
    given(frozen_meanwhile(mobile_asked_for()))
        .when(day(1), enter(NEW_CODE, true))
        .then_refused(Refusal::ContactsFrozen);
    let released = after(frozen_meanwhile(email_asked_for()), day(1), release());
    after(released, day(1), confirm_email());
    given(frozen()).when(day(1), freeze()).then([]);
    // Asked again later: as of then.
    let again = after(frozen(), day(2), freeze());
    let freezes = folded(&again).freezes;
    assert_eq!(freezes.iter().map(|freeze| freeze.frozen_at).collect::<Vec<_>>(), [day(2)]);
    given(with_mobile()).when(day(1), release()).then([]);
}

#[test]
fn contacts_that_changed_within_72_hours_are_not_frozen_and_so_no_account_changes() {
    for events in [email_changed(), mobile_changed()] {
        given(events.clone())
            .when(day(4) - second(), freeze())
            .then_refused(Refusal::ContactsChangedLately);
        given(events).when(day(4), freeze()).then([Event::ContactsFrozen {
            merchant: id(71),
            change: id(FREEZING),
            frozen_at: day(4),
        }]);
    }
    given(invited()).when(day(1), freeze()).then_refused(Refusal::NotActivated);
}

#[test]
fn whatever_is_forgotten_of_a_change_stays_forgotten() {
    let mut forgotten = mobile_changed();
    for event in &mut forgotten {
        if let Event::MobileChangeRequested { mobile, .. } = event {
            *mobile = crate::Personal::Forgotten;
        }
    }
    let state = folded(&forgotten);
    assert_eq!(state.profile, Some(crate::Personal::Forgotten));
    let change: ContactChangeId = state.contact_change.unwrap().id;
    assert_eq!(change, id(CHANGE));
}
