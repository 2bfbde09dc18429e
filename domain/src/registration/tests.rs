//! What an account goes through, one test per rule.

use super::{ClosureReason, Command, Event, Refusal, Status};
use crate::access::Refusal as Access;
use crate::api_keys::{self, Mode};
use crate::client_file;
use crate::given::*;
use crate::restriction::{InternalReason, PublicReason, Remedy, Restricted, Restriction};
use crate::review::{self, Proposal};
use crate::values::{FreeText, Language};

fn create(owner: Member) -> Command {
    Command::Create { owner: owner.id(), language: Language::French }
}

fn opened(basics: super::CompanyBasics) -> Event {
    let super::CompanyBasics { identity, legal_form, country, activity } = basics;
    Event::CompanyBasicsRecorded { identity, legal_form, country, activity }
}

fn first_key(number: u128) -> api_keys::Event {
    let (key, name) = (new_key(number), FreeText::recorded("Test").into());
    api_keys::Event::Issued { key, mode: Mode::Test, name, issued_at: Some(day(0)) }
}

fn under_control(since: chrono::DateTime<chrono::Utc>) -> Restriction {
    Restriction {
        what: Restricted::Account,
        why: PublicReason::AccountUnderControl,
        since,
        remedy: Remedy::ContactSupport,
        remedy_until: None,
    }
}

fn status(events: &[crate::merchant::Event]) -> Option<Status> {
    folded(events).account.status
}

#[test]
fn every_refusal_has_a_code_and_words_in_both_languages() {
    every_refusal_has_its_code_and_words::<Refusal>();
    every_refusal_has_its_code_and_words::<Access>();
}

#[test]
fn an_account_is_created_with_thirty_days_to_activate_it() {
    given(nothing()).when(visitor(day(0)), create(OWNER)).then(events![Event::AccountCreated {
        owner: OWNER.id(),
        language: Language::French,
        lapses_at: day(30),
    }]);
}

#[test]
fn creating_an_account_again_for_its_owner_changes_nothing() {
    given(created()).when(visitor(day(1)), create(OWNER)).then_nothing();
}

#[test]
fn an_account_has_one_owner() {
    given(created()).when(visitor(day(1)), create(STRANGER)).then_refused(Refusal::AlreadyExists);
}

#[test]
fn following_the_link_activates_the_account_once() {
    given(created())
        .when(visitor(day(1)), Command::Activate)
        .then(events![Event::AccountActivated]);
    for events in [activated(), in_test(), live(), deactivated(), suspended(in_test())] {
        given(events).when(visitor(day(60)), Command::Activate).then_nothing();
    }
}

#[test]
fn an_account_that_does_not_wait_cannot_be_activated() {
    let lapsed = after(created(), timer(day(30)), Command::Lapse);
    for events in [nothing(), lapsed, rejected()] {
        given(events)
            .when(visitor(day(31)), Command::Activate)
            .then_refused(Refusal::LinkNotForThis);
    }
}

#[test]
fn an_account_lapses_thirty_days_after_its_creation_and_not_a_second_before() {
    given(created()).when(timer(day(30) - second()), Command::Lapse).then_refused(Refusal::NotDue);
    given(created()).when(timer(day(30)), Command::Lapse).then(events![Event::AccountLapsed]);
    let lapsed = after(created(), timer(day(30)), Command::Lapse);
    given(lapsed).when(timer(day(31)), Command::Lapse).then_nothing();
}

#[test]
fn an_activated_account_never_lapses() {
    for events in [nothing(), activated(), live()] {
        given(events).when(timer(day(90)), Command::Lapse).then_refused(Refusal::NotDue);
    }
}

#[test]
fn only_a_timer_lets_an_account_lapse_or_closes_a_deactivated_one() {
    for occasion in [OWNER.at(day(400)), CLARA.at(day(400)), visitor(day(400))] {
        given(created()).when(occasion, Command::Lapse).then_refused(Access::SystemOnly);
        given(deactivated())
            .when(occasion, Command::CloseAfterDeactivation)
            .then_refused(Access::SystemOnly);
    }
}

#[test]
fn company_basics_open_the_test_mode_with_a_first_key() {
    given(activated()).when(OWNER.at(day(0)), record_basics(basics())).then(events![
        opened(basics()),
        Event::TestModeOpened,
        first_key(51),
    ]);
}

#[test]
fn a_company_that_is_being_registered_may_try_the_test_mode() {
    given(activated())
        .when(OWNER.at(day(0)), record_basics(basics_without_number()))
        .then(events![opened(basics_without_number()), Event::TestModeOpened, first_key(51),]);
}

#[test]
fn recording_other_basics_in_test_mode_issues_no_further_key() {
    given(in_test())
        .when(OWNER.at(day(1)), record_basics(basics_without_number()))
        .then(events![opened(basics_without_number())]);
}

#[test]
fn recording_the_same_basics_changes_nothing() {
    given(in_test()).when(OWNER.at(day(1)), record_basics(basics())).then_nothing();
}

#[test]
fn company_basics_wait_for_a_verified_mobile() {
    let command = Command::RecordCompanyBasics {
        basics: basics(),
        is_mobile_verified: false,
        test_key: new_key(51),
    };
    given(activated()).when(OWNER.at(day(0)), command).then_refused(Refusal::MobileNotVerified);
}

#[test]
fn company_basics_need_an_account_that_may_fill_in_the_form() {
    for events in [created(), live(), deactivated(), suspended(in_test()), rejected()] {
        given(events)
            .when(OWNER.at(day(40)), record_basics(basics()))
            .then_refused(Access::StatusForbids);
    }
}

#[test]
fn a_stranger_learns_nothing_about_an_account() {
    for occasion in outsiders(day(1)).into_iter().chain([CLARA.at(day(1)), timer(day(1))]) {
        given(activated())
            .when(occasion, record_basics(basics()))
            .then_refused(Access::UnknownMerchant);
    }
    given(nothing())
        .when(OWNER.at(day(1)), record_basics(basics()))
        .then_refused(Access::UnknownMerchant);
}

#[test]
fn company_basics_are_fixed_from_the_first_signature_on() {
    let mut two = after(complete(), OWNER.at(day(1)), record_person(associate(), "Lou"));
    let mut identity = document(35, client_file::DocumentKind::IdentityDocument);
    identity.submitted.person = Some(associate());
    two = after(two, OWNER.at(day(1)), submit(identity));
    let present = present(&two);
    two = after(two, OWNER.at(day(2)), present);
    two = after(two, OWNER.at(day(2)), send_code(zoe(), 61));
    two = after(two, OWNER.at(day(2)), sign(zoe(), 61, true));
    for events in [two, submitted(), in_review()] {
        given(events)
            .when(OWNER.at(day(3)), record_basics(basics_without_number()))
            .then_refused(Refusal::BasicsLocked);
    }
}

#[test]
fn an_officer_suspends_alone_whatever_the_account_was_doing() {
    let reason = InternalReason::new(text("to be looked at"));
    for events in [activated(), in_test(), live(), deactivated()] {
        given(events).when(HUGO.at(day(40)), suspend()).then(events![Event::AccountSuspended {
            restriction: under_control(day(40)),
            reason: reason.clone().into(),
            by: HUGO.id(),
        }]);
    }
}

#[test]
fn suspending_is_refused_to_everybody_but_officers() {
    for occasion in outsiders(day(6)).into_iter().chain([OWNER.at(day(6)), timer(day(6))]) {
        given(in_test()).when(occasion, suspend()).then_refused(Access::StaffOnly);
    }
    for colleague in [NADIA, SAMIR, ADELE] {
        given(in_test())
            .when(colleague.at(day(6)), suspend())
            .then_refused(Access::StaffRoleForbids);
    }
}

#[test]
fn what_does_not_exist_or_has_ended_cannot_be_suspended() {
    given(nothing()).when(HUGO.at(day(6)), suspend()).then_refused(Access::UnknownMerchant);
    let lapsed = after(created(), timer(day(30)), Command::Lapse);
    for events in [created(), lapsed, rejected()] {
        given(events).when(HUGO.at(day(40)), suspend()).then_refused(Access::StatusForbids);
    }
}

#[test]
fn a_suspended_account_is_not_suspended_twice() {
    given(suspended(in_test()))
        .when(CLARA.at(day(7)), suspend())
        .then_refused(Refusal::AlreadySuspended);
}

#[test]
fn lifting_a_suspension_puts_the_account_back_where_it_was() {
    for events in [activated(), in_test(), in_review(), live()] {
        let before = folded(&events).account;
        let back = folded(&lifted(suspended(events))).account;
        assert_eq!(back, before);
    }
}

#[test]
fn a_deactivated_account_that_was_suspended_is_deactivated_again_with_its_own_remedy() {
    let before = folded(&deactivated()).account;
    let under = suspended(deactivated());
    assert_eq!(status(&under), Some(Status::Suspended));
    assert_eq!(folded(&under).account.restriction, Some(under_control(day(6))));
    let back = folded(&lifted(under)).account;
    assert_eq!(back, before);
    assert_eq!(back.deactivated_from, Some(Status::Test));
}

#[test]
fn a_deactivated_account_closes_after_twelve_months_and_not_a_second_before() {
    // Deactivated on 8 December at midnight; the months are counted from that day in Paris.
    let closes_at = at("2027-12-08T23:00:00Z");
    given(deactivated())
        .when(timer(closes_at - second()), Command::CloseAfterDeactivation)
        .then_refused(Refusal::NotDue);
    given(deactivated())
        .when(timer(closes_at), Command::CloseAfterDeactivation)
        .then(events![Event::AccountClosed { reason: ClosureReason::DeactivatedTooLong }]);
    let closed = after(deactivated(), timer(closes_at), Command::CloseAfterDeactivation);
    assert_eq!(status(&closed), Some(Status::Closed));
    given(closed).when(timer(closes_at), Command::CloseAfterDeactivation).then_nothing();
}

#[test]
fn only_a_deactivated_account_closes_by_waiting() {
    for events in [nothing(), in_test(), live(), suspended(deactivated())] {
        given(events)
            .when(timer(day(900)), Command::CloseAfterDeactivation)
            .then_refused(Refusal::NotDue);
    }
}

#[test]
fn a_reactivated_account_does_not_close_by_waiting() {
    let answer = answer(81, client_file::DocumentKind::ProofOfAddress, ITEM);
    let events = after(deactivated(), OWNER.at(day(50)), answer);
    let events = proposed(all_accepted(events, CLARA.at(day(51))), Proposal::Reactivate);
    let confirm = confirm(&events);
    let events = after(events, HUGO.at(day(52)), confirm);
    assert_eq!(status(&events), Some(Status::Test));
    assert_eq!(folded(&events).account.restriction, None);
    assert_eq!(folded(&events).review.stage, review::Stage::InReview);
    given(events)
        .when(timer(day(900)), Command::CloseAfterDeactivation)
        .then_refused(Refusal::NotDue);
}
