//! What happens to a bank account, one test per rule.

use super::{
    CONFIRMATION_DAYS, Command, Event, Hold, NewChange, Payout, Refusal, RefusalReason, Stage,
    payout,
};
use crate::access::Refusal as Access;
use crate::calendar::end_of_day_after;
use crate::client_file::{DOCUMENT_BYTES_MAX, MediaType};
use crate::given::*;
use crate::merchant::{self, State};
use crate::registration::{self, Status};
use crate::restriction::PublicReason;
use crate::staff::Role;
use crate::strong_authentication::Action;
use crate::{Actor, Channel, Coded, Occasion};
use chrono::{DateTime, TimeDelta, Utc};

fn hours(count: i64) -> TimeDelta {
    TimeDelta::hours(count)
}

fn cancel(number: u128) -> Command {
    Command::Cancel { change: id(number) }
}

fn cancel_by_link(number: u128) -> Command {
    Command::CancelByLink { change: id(number) }
}

fn requested(new: NewChange, at: DateTime<Utc>) -> Event {
    Event::ChangeRequested {
        change: new.id,
        account: new.account.into(),
        rib: new.rib,
        reading: new.reading.into(),
        requested_at: at,
        expires_at: end_of_day_after(at, CONFIRMATION_DAYS),
    }
}

fn stage(events: &[merchant::Event]) -> Option<Stage> {
    folded(events).bank_account.change.map(|change| change.stage)
}

/// The end of the IBAN that is paid to, if any is.
fn paid(events: &[merchant::Event], at: DateTime<Utc>) -> Option<String> {
    match payout(&folded(events), at) {
        Payout::To { account } => {
            account.details.known().map(|known| known.iban.last_four().to_owned())
        }
        Payout::None | Payout::Held { .. } => None,
    }
}

fn hold(events: &[merchant::Event], at: DateTime<Utc>) -> Option<Hold> {
    payout(&folded(events), at).hold().copied()
}

const OLD: &str = "0189";
const NEW: &str = "2606";

#[test]
fn every_refusal_has_a_code_and_words_in_both_languages() {
    every_refusal_has_its_code_and_words::<Refusal>();
}

// The first account.

#[test]
fn the_account_of_the_file_becomes_the_one_that_is_paid_to_by_approval() {
    for before in [complete(), in_review(), decidable()] {
        assert_eq!(folded(&before).bank_account.accounts, []);
        assert_eq!(payout(&folded(&before), day(5)), Payout::None);
    }
    let state = folded(&live());
    let account = state.bank_account.account().unwrap();
    assert_eq!(account.details, payout_account().into());
    assert_eq!((account.verified_by, account.activated_by), (CLARA.id(), HUGO.id()));
    assert_eq!(paid(&live(), day(5)).as_deref(), Some(OLD));
}

#[test]
fn a_file_that_is_rejected_has_no_account() {
    assert_eq!(folded(&rejected()).bank_account.accounts, []);
    assert_eq!(payout(&folded(&rejected()), day(6)), Payout::None);
}

// Asking.

#[test]
fn the_owner_asks_with_a_code_for_it() {
    let new = new_change(CHANGE);
    given(live())
        .when(asking(day(10)), ask_to_change(CHANGE, day(10)))
        .then(events![requested(new, day(10))]);
    let for_something_else = [
        OWNER.at(day(10)),
        OWNER.proved(Action::LiveKeys, day(10)),
        OWNER.proved(Action::ChangeContact, day(10)),
        confirming(CHANGE, day(10)),
    ];
    for occasion in for_something_else {
        given(live())
            .when(occasion, ask_to_change(CHANGE, day(10)))
            .then_refused(Access::StrongAuthenticationNeeded);
    }
}

#[test]
fn nobody_else_asks_for_a_change() {
    let others = [CLARA.at(day(10)), NADIA.at(day(10)), SAMIR.at(day(10)), timer(day(10))];
    for occasion in outsiders(day(10)).into_iter().chain(others) {
        given(live())
            .when(occasion, ask_to_change(CHANGE, day(10)))
            .then_refused(Access::UnknownMerchant);
        given(change_requested())
            .when(occasion, confirm_change(CHANGE))
            .then_refused(Access::UnknownMerchant);
        given(change_requested())
            .when(occasion, cancel(CHANGE))
            .then_refused(Access::UnknownMerchant);
    }
}

/// Each cell of the table of access: where the company changes by request, the bank account does.
#[test]
fn a_change_is_made_where_the_company_changes_by_request() {
    let rationale = "to be looked at";
    for status in Status::ALL {
        let may = match status {
            Status::Live | Status::Terminating => true,
            Status::Created
            | Status::Activated
            | Status::Test
            | Status::Deactivated
            | Status::Suspended
            | Status::Closed
            | Status::Lapsed => false,
        };
        let of = |events: &[merchant::Event]| {
            let state = folded(events);
            State {
                account: registration::State { status: Some(*status), ..state.account },
                ..state
            }
        };
        for (events, occasion, command) in [
            (live(), asking(day(10)), ask_to_change(CHANGE, day(10))),
            (change_requested(), confirming(CHANGE, day(11)), confirm_change(CHANGE)),
            (change_confirmed(), NADIA.at(day(12)), verify_change(CHANGE)),
            (change_verified(), HUGO.at(day(13)), activate_change(CHANGE)),
        ] {
            let outcome = merchant::decide(command.into(), &of(&events), &occasion);
            match may {
                true => assert!(outcome.is_ok_and(|events| !events.is_empty()), "{status}"),
                false => assert_eq!(outcome, Err(Access::StatusForbids.into()), "{status}"),
            }
        }
        // What stops a change, stops it wherever the account stands.
        for (occasion, command) in [
            (OWNER.at(day(12)), cancel(CHANGE)),
            (visitor(day(12)), cancel_by_link(CHANGE)),
            (NADIA.at(day(12)), refuse_change(CHANGE)),
        ] {
            let outcome = merchant::decide(command.into(), &of(&change_confirmed()), &occasion);
            assert!(outcome.is_ok_and(|events| !events.is_empty()), "{status}, {rationale}");
        }
    }
}

#[test]
fn a_rib_is_a_pdf_of_at_most_ten_megabytes() {
    for media_type in [MediaType::Jpeg, MediaType::Png] {
        let mut change = new_change(CHANGE);
        change.rib.media_type = media_type;
        let command = Command::Request { change, contacts_frozen_at: Some(day(10)) };
        given(live()).when(asking(day(10)), command).then_refused(Refusal::RibNotPdf);
    }
    for (size, is_taken) in [(DOCUMENT_BYTES_MAX, true), (DOCUMENT_BYTES_MAX + 1, false)] {
        let mut change = new_change(CHANGE);
        change.rib.size = size;
        let command = Command::Request { change, contacts_frozen_at: Some(day(10)) };
        let outcome = merchant::decide(command.into(), &folded(&live()), &asking(day(10)));
        assert_eq!(outcome.is_ok(), is_taken, "{size}");
    }
}

#[test]
fn the_account_that_is_paid_to_already_is_no_change() {
    let mut change = new_change(CHANGE);
    change.account = payout_account();
    let command = Command::Request { change, contacts_frozen_at: Some(day(10)) };
    given(live()).when(asking(day(10)), command).then_refused(Refusal::SameAccount);
}

#[test]
fn nothing_is_asked_for_unless_the_contacts_were_frozen_for_it_just_before() {
    let late = day(10) - TimeDelta::minutes(5);
    for (frozen_at, is_taken) in [
        (None, false),
        (Some(day(10) + second()), false),
        (Some(day(10)), true),
        (Some(late), true),
        (Some(late - second()), false),
    ] {
        let command =
            Command::Request { change: new_change(CHANGE), contacts_frozen_at: frozen_at };
        let outcome = merchant::decide(command.into(), &folded(&live()), &asking(day(10)));
        match is_taken {
            true => assert!(outcome.is_ok(), "{frozen_at:?}"),
            false => assert_eq!(outcome, Err(Refusal::ContactsNotFrozen.into()), "{frozen_at:?}"),
        }
    }
}

#[test]
fn a_newer_request_stands_in_for_one_that_was_not_confirmed() {
    let events = after(change_requested(), asking(day(11)), ask_to_change(OTHER_CHANGE, day(11)));
    given(events.clone())
        .when(confirming(CHANGE, day(11)), confirm_change(CHANGE))
        .then_refused(Refusal::NotNewest);
    given(events.clone()).when(OWNER.at(day(11)), cancel(CHANGE)).then_refused(Refusal::NotNewest);
    after(events, confirming(OTHER_CHANGE, day(11)), confirm_change(OTHER_CHANGE));
}

#[test]
fn five_changes_are_asked_for_within_a_day() {
    let ask = |events, number: u128, at| {
        after(events, asking(at), ask_to_change(OTHER_CHANGE + number, at))
    };
    let events = (0..5).fold(live(), |events, number| ask(events, number, day(10)));
    let almost = day(11) - second();
    given(events.clone())
        .when(asking(almost), ask_to_change(CHANGE, almost))
        .then_refused(Refusal::TooManyChanges);
    ask(events, 6, day(11));
}

#[test]
fn no_other_change_is_asked_for_while_one_is_being_verified() {
    for events in [change_confirmed(), change_verified()] {
        given(events)
            .when(asking(day(13)), ask_to_change(OTHER_CHANGE, day(13)))
            .then_refused(Refusal::InProgress);
    }
    for events in [change_refused(), change_cancelled(), account_changed()] {
        let mut change = new_change(OTHER_CHANGE);
        change.account.iban = crate::values::Iban::parse("DE89370400440532013000").unwrap();
        let command = Command::Request { change, contacts_frozen_at: Some(day(14)) };
        after(events, asking(day(14)), command);
    }
}

// Confirming.

#[test]
fn what_was_shown_is_confirmed_with_a_code_for_that_very_change() {
    given(change_requested()).when(confirming(CHANGE, day(11)), confirm_change(CHANGE)).then(
        events![Event::ChangeConfirmed {
            change: id(CHANGE),
            target_at: at("2026-11-15T23:00:00Z"),
        }],
    );
    for occasion in [OWNER.at(day(11)), asking(day(11)), confirming(OTHER_CHANGE, day(11))] {
        given(change_requested())
            .when(occasion, confirm_change(CHANGE))
            .then_refused(Access::StrongAuthenticationNeeded);
    }
    given(change_requested())
        .when(
            confirming(CHANGE, day(11)),
            Command::Confirm { change: id(CHANGE), is_what_was_shown: false },
        )
        .then_refused(Refusal::OtherRecap);
}

#[test]
fn confirming_again_changes_nothing() {
    for events in [change_confirmed(), change_verified(), account_changed()] {
        given(events).when(confirming(CHANGE, day(14)), confirm_change(CHANGE)).then_nothing();
    }
    for events in [change_refused(), change_cancelled()] {
        given(events)
            .when(confirming(CHANGE, day(14)), confirm_change(CHANGE))
            .then_refused(Refusal::Ended);
    }
}

#[test]
fn a_request_waits_thirty_days_for_its_confirmation() {
    let deadline = at("2026-12-12T23:00:00Z");
    let almost = deadline - second();
    after(change_requested(), confirming(CHANGE, almost), confirm_change(CHANGE));
    given(change_requested())
        .when(confirming(CHANGE, deadline), confirm_change(CHANGE))
        .then_refused(Refusal::Ended);
    given(change_requested()).when(timer(almost), Command::Expire).then_refused(Refusal::NotDue);
    given(change_requested())
        .when(timer(deadline), Command::Expire)
        .then(events![Event::ChangeExpired { change: id(CHANGE) }]);
    for events in [live(), change_confirmed(), account_changed(), change_cancelled()] {
        given(events).when(timer(deadline), Command::Expire).then_nothing();
    }
    given(change_requested())
        .when(OWNER.at(deadline), Command::Expire)
        .then_refused(Access::SystemOnly);
}

// Cancelling.

#[test]
fn a_change_is_cancelled_at_any_moment_before_it_is_active_signed_in_or_by_the_link() {
    for events in [change_requested(), change_confirmed(), change_verified()] {
        for (occasion, command) in
            [(OWNER.at(day(13)), cancel(CHANGE)), (visitor(day(13)), cancel_by_link(CHANGE))]
        {
            given(events.clone())
                .when(occasion, command)
                .then(events![Event::ChangeCancelled { change: id(CHANGE) }]);
        }
    }
    given(change_cancelled()).when(visitor(day(13)), cancel_by_link(CHANGE)).then_nothing();
    for events in [account_changed(), change_refused()] {
        given(events).when(visitor(day(13)), cancel_by_link(CHANGE)).then_refused(Refusal::Ended);
    }
    assert_eq!(paid(&change_cancelled(), day(20)).as_deref(), Some(OLD));
}

#[test]
fn the_link_is_for_those_who_have_not_signed_in() {
    let key = Occasion::new(Actor::ApiKey(id(1)), Channel::Api, day(11));
    for occasion in [OWNER.at(day(11)), STRANGER.at(day(11)), NADIA.at(day(11)), key] {
        given(change_requested())
            .when(occasion, cancel_by_link(CHANGE))
            .then_refused(Access::UnknownMerchant);
    }
}

#[test]
fn a_change_that_nobody_asked_for_is_unknown() {
    for (occasion, command) in [
        (confirming(CHANGE, day(11)), confirm_change(CHANGE)),
        (OWNER.at(day(11)), cancel(CHANGE)),
        (visitor(day(11)), cancel_by_link(CHANGE)),
        (NADIA.at(day(11)), verify_change(CHANGE)),
        (HUGO.at(day(11)), activate_change(CHANGE)),
        (NADIA.at(day(11)), refuse_change(CHANGE)),
    ] {
        given(live()).when(occasion, command).then_refused(Refusal::UnknownChange);
    }
}

// Verifying and activating.

#[test]
fn one_verifies_and_another_activates() {
    given(change_confirmed()).when(NADIA.at(day(12)), verify_change(CHANGE)).then(events![
        Event::ChangeVerified {
            change: id(CHANGE),
            rationale: text("The bank confirms the holder.").into(),
            by: NADIA.id(),
        }
    ]);
    given(change_verified()).when(HUGO.at(day(13)), activate_change(CHANGE)).then(events![
        Event::Changed {
            change: id(CHANGE),
            changed_at: day(13),
            payable_from: day(16),
            verified_by: NADIA.id(),
            activated_by: HUGO.id(),
        }
    ]);
    let by_hugo = after(change_confirmed(), HUGO.at(day(12)), verify_change(CHANGE));
    given(by_hugo.clone())
        .when(HUGO.at(day(13)), activate_change(CHANGE))
        .then_refused(Refusal::SameOfficer);
    after(by_hugo, CLARA.at(day(13)), activate_change(CHANGE));
}

#[test]
fn staff_do_as_their_roles_allow() {
    for role in Role::ALL {
        let by = |at| Occasion::by_staff(id(90), roles(&[*role]), at);
        let (verifies, activates) = match role {
            Role::Officer => (true, true),
            Role::Analyst => (true, false),
            Role::Support | Role::Auditor | Role::Engineer | Role::Administrator => (false, false),
        };
        for (events, command, may) in [
            (change_confirmed(), verify_change(CHANGE), verifies),
            (change_confirmed(), refuse_change(CHANGE), verifies),
            (change_verified(), activate_change(CHANGE), activates),
        ] {
            let outcome = merchant::decide(command.into(), &folded(&events), &by(day(13)));
            match may {
                true => assert!(outcome.is_ok(), "{role}"),
                false => assert_eq!(outcome, Err(Access::StaffRoleForbids.into()), "{role}"),
            }
        }
    }
    for occasion in [OWNER.at(day(13)), visitor(day(13)), timer(day(13))] {
        for command in [verify_change(CHANGE), activate_change(CHANGE), refuse_change(CHANGE)] {
            given(change_verified()).when(occasion, command).then_refused(Access::StaffOnly);
        }
    }
}

#[test]
fn nothing_is_activated_that_was_not_confirmed_and_verified() {
    for command in [verify_change(CHANGE), activate_change(CHANGE), refuse_change(CHANGE)] {
        given(change_requested())
            .when(HUGO.at(day(12)), command)
            .then_refused(Refusal::NotConfirmed);
    }
    given(change_confirmed())
        .when(HUGO.at(day(12)), activate_change(CHANGE))
        .then_refused(Refusal::NotVerified);
    for events in [change_refused(), change_cancelled()] {
        for command in [verify_change(CHANGE), activate_change(CHANGE)] {
            given(events.clone()).when(HUGO.at(day(14)), command).then_refused(Refusal::Ended);
        }
    }
}

#[test]
fn verifying_and_activating_again_changes_nothing() {
    for events in [change_verified(), account_changed()] {
        given(events).when(CLARA.at(day(14)), verify_change(CHANGE)).then_nothing();
    }
    given(account_changed()).when(CLARA.at(day(14)), activate_change(CHANGE)).then_nothing();
    given(change_refused()).when(CLARA.at(day(14)), refuse_change(CHANGE)).then_nothing();
}

#[test]
fn a_change_is_refused_with_a_reason_for_the_merchant() {
    for events in [change_confirmed(), change_verified()] {
        given(events).when(CLARA.at(day(13)), refuse_change(CHANGE)).then(events![
            Event::ChangeRefused {
                change: id(CHANGE),
                reason: RefusalReason::HolderDiffers,
                public_text: text("The account is not held by your company.").into(),
                by: CLARA.id(),
            }
        ]);
    }
    assert_eq!(stage(&change_refused()), Some(Stage::Refused));
    assert_eq!(paid(&change_refused(), day(20)).as_deref(), Some(OLD));
    given(account_changed())
        .when(CLARA.at(day(14)), refuse_change(CHANGE))
        .then_refused(Refusal::Ended);
}

// Paying.

#[test]
fn the_old_account_is_paid_to_until_the_new_one_is_active_and_the_new_one_after_72_hours() {
    for events in [change_requested(), change_confirmed(), change_verified()] {
        assert_eq!(paid(&events, day(13)).as_deref(), Some(OLD));
    }
    let events = account_changed();
    let from = day(13) + hours(72);
    for at in [day(13), from - second()] {
        let hold = hold(&events, at).unwrap();
        assert_eq!(hold.restriction.why, PublicReason::NewBankAccount);
        assert_eq!((hold.restriction.since, hold.until), (day(13), Some(from)));
    }
    assert_eq!(paid(&events, from).as_deref(), Some(NEW));
}

#[test]
fn a_stopped_account_keeps_its_money_and_says_why() {
    let hold = hold(&suspended(account_changed()), day(30)).unwrap();
    assert_eq!(hold.restriction.why, PublicReason::AccountUnderControl);
    assert_eq!(hold.until, None);
    assert_eq!(paid(&suspended(live()), day(30)), None);
}

#[test]
fn contacts_are_frozen_from_the_request_until_72_hours_after_the_activation() {
    let frozen = |events: &[merchant::Event], at| {
        folded(events).bank_account.freezes_contacts(id(CHANGE), at)
    };
    assert!(!frozen(&live(), day(10)));
    let deadline = at("2026-12-12T23:00:00Z");
    assert!(frozen(&change_requested(), deadline - second()));
    assert!(!frozen(&change_requested(), deadline));
    for events in [change_confirmed(), change_verified()] {
        assert!(frozen(&events, day(300)));
    }
    assert!(frozen(&account_changed(), day(16) - second()));
    assert!(!frozen(&account_changed(), day(16)));
    for events in [change_refused(), change_cancelled()] {
        assert!(!frozen(&events, day(13)));
    }
    let newer = after(change_requested(), asking(day(11)), ask_to_change(OTHER_CHANGE, day(11)));
    assert!(!frozen(&newer, day(11)));
}

#[test]
fn contacts_that_were_frozen_for_nothing_are_free_after_ten_minutes() {
    let is_over = |events: &[merchant::Event], frozen_at, at| {
        folded(events).bank_account.is_freeze_over(id(CHANGE), frozen_at, at)
    };
    let late = day(10) + TimeDelta::minutes(10);
    assert!(!is_over(&live(), day(10), late - second()));
    assert!(is_over(&live(), day(10), late));
    assert!(!is_over(&change_requested(), day(10), day(12)));
    assert!(is_over(&change_cancelled(), day(10), day(10)));
    assert!(!is_over(&account_changed(), day(10), day(16) - second()));
    assert!(is_over(&account_changed(), day(10), day(16)));
    // Another was asked for since. This one may still be: it froze, and is about to be recorded.
    let other = after(live(), asking(day(10)), ask_to_change(OTHER_CHANGE, day(10)));
    let cancelled =
        after(other.clone(), OWNER.at(day(10)), Command::Cancel { change: id(OTHER_CHANGE) });
    for events in [other, cancelled] {
        assert!(!is_over(&events, day(10), late - second()));
        assert!(is_over(&events, day(10), late));
    }
}

#[test]
fn the_document_of_an_account_is_found_by_the_change_that_made_it() {
    let state = folded(&account_changed()).bank_account;
    let rib = new_change(CHANGE).rib;
    assert_eq!(state.rib_of(id(CHANGE)), Some(&rib));
    assert_eq!(state.rib_of(id(OTHER_CHANGE)), None);
    let mut other = new_change(OTHER_CHANGE);
    other.account.iban = crate::values::Iban::parse("DE89370400440532013000").unwrap();
    let command = Command::Request { change: other, contacts_frozen_at: Some(day(20)) };
    let state = folded(&after(account_changed(), asking(day(20)), command)).bank_account;
    assert_eq!(state.rib_of(id(CHANGE)), Some(&rib), "also when another is asked for");
}

#[test]
fn whoever_leaves_changes_nothing_any_more() {
    let closed = registration::Event::AccountClosed {
        reason: registration::ClosureReason::DeactivatedTooLong,
    };
    let mut events = change_verified();
    events.push(closed.clone().into());
    assert_eq!(stage(&events), Some(Stage::Cancelled));
    assert!(!folded(&events).bank_account.freezes_contacts(id(CHANGE), day(14)));
    // The final settlement waits as any payout to a new account.
    let mut events = account_changed();
    events.push(closed.into());
    assert!(hold(&events, day(14)).is_some());
    assert_eq!(paid(&events, day(16)).as_deref(), Some(NEW));
}
