//! What happens to a client file, one test per rule.

use super::{
    Command, DOCUMENT_BYTES_MAX, DOCUMENTS_MAX, DocumentKind, DocumentRefusal, DocumentStatus,
    Event, NewDocument, PEOPLE_MAX, PersonDetails, PersonRole, Refusal, RequirementKind,
    RequirementStatus, are_satisfied, requirements, valid_until,
};
use crate::access::Refusal as Access;
use crate::given::*;
use crate::registration::{self, ClosureReason};
use crate::review;
use crate::values::{LegalForm, Nationality};
use crate::{Personal, merchant};

use DocumentKind::{BankDetails, IdentityDocument, Other, ProofOfAddress, RegistrationExtract};

fn record_company() -> Command {
    Command::RecordCompany { details: company() }
}

fn declare(holdings: Vec<super::Ownership>) -> Command {
    Command::DeclareOwnership { holdings }
}

fn withdraw_document(number: u128) -> Command {
    Command::WithdrawDocument { document: id(number) }
}

fn replace(document: NewDocument, replaced: u128) -> Command {
    Command::SubmitDocument { document, replaces: Some(id(replaced)) }
}

fn submitted_event(document: NewDocument) -> Event {
    document.into()
}

/// Zoé stands in a file that is otherwise empty.
fn with_zoe() -> Vec<merchant::Event> {
    after(in_test(), OWNER.at(day(1)), record_person(zoe(), "Zoé"))
}

fn every_edit() -> Vec<Command> {
    vec![
        record_company(),
        record_person(zoe(), "Zoé"),
        Command::RemovePerson { person: zoe() },
        declare(vec![]),
        Command::RecordPayoutAccount { account: payout_account() },
        withdraw_document(BANK),
    ]
}

fn missing(events: &[merchant::Event]) -> Vec<String> {
    requirements(&folded(events), day(2))
        .iter()
        .filter(|requirement| !requirement.is_satisfied())
        .map(super::Requirement::id)
        .collect()
}

#[test]
fn every_refusal_has_a_code_and_words_in_both_languages() {
    every_refusal_has_its_code_and_words::<Refusal>();
}

// Who and when.

#[test]
fn the_file_is_edited_by_members() {
    let others = [CLARA.at(day(1)), timer(day(1))];
    for occasion in outsiders(day(1)).into_iter().chain(others) {
        for command in every_edit() {
            given(complete()).when(occasion, command).then_refused(Access::UnknownMerchant);
        }
    }
}

#[test]
fn the_file_opens_with_the_test_mode_and_closes_with_the_account() {
    for events in [created(), activated(), live(), deactivated(), suspended(complete())] {
        for command in every_edit() {
            given(events.clone())
                .when(OWNER.at(day(40)), command)
                .then_refused(Access::StatusForbids);
        }
    }
}

#[test]
fn nothing_in_the_file_is_edited_once_it_is_sent() {
    for events in [submitted(), in_review(), awaiting()] {
        for command in every_edit() {
            given(events.clone()).when(OWNER.at(day(6)), command).then_refused(Refusal::Locked);
        }
    }
}

// The company.

#[test]
fn the_company_is_recorded_once() {
    given(in_test())
        .when(OWNER.at(day(1)), record_company())
        .then(events![Event::CompanyRecorded { details: company().into() }]);
    given(complete()).when(OWNER.at(day(1)), record_company()).then_nothing();
}

#[test]
fn the_siret_belongs_to_the_company_that_was_named_at_the_start() {
    let siret = crate::values::Siret::parse("83431567300014").unwrap();
    let other = Command::RecordCompany { details: super::CompanyDetails { siret, ..company() } };
    given(in_test())
        .when(OWNER.at(day(1)), other.clone())
        .then_refused(Refusal::SiretOfAnotherCompany);
    let unnumbered = after(activated(), OWNER.at(day(0)), record_basics(basics_without_number()));
    assert!(folded(&after(unnumbered, OWNER.at(day(1)), other)).file.company.is_some());
}

#[test]
fn a_company_is_not_registered_in_the_future() {
    let on = |registered_on| Command::RecordCompany {
        details: super::CompanyDetails { registered_on: date(registered_on), ..company() },
    };
    given(in_test())
        .when(OWNER.at(day(1)), on("2026-11-04"))
        .then_refused(Refusal::RegisteredInFuture);
    after(in_test(), OWNER.at(day(1)), on("2026-11-03"));
    // Half past eleven in the evening in London is tomorrow in Paris.
    after(in_test(), OWNER.at(at("2026-11-03T23:30:00Z")), on("2026-11-04"));
}

// The people.

#[test]
fn a_person_is_recorded_with_their_roles() {
    given(in_test()).when(OWNER.at(day(1)), record_person(zoe(), "Zoé")).then(events![
        Event::PersonRecorded { person: zoe(), details: details("Zoé").into() },
        Event::PersonRoleSet { person: zoe(), roles: represents() },
    ]);
}

#[test]
fn only_what_is_new_about_a_person_is_recorded() {
    given(with_zoe()).when(OWNER.at(day(1)), record_person(zoe(), "Zoé")).then_nothing();
    given(with_zoe())
        .when(OWNER.at(day(1)), record_person(zoe(), "Zoe"))
        .then(events![Event::PersonRecorded { person: zoe(), details: details("Zoe").into() }]);
    let roles: std::collections::BTreeSet<_> = [PersonRole::Delegate].into();
    let command =
        Command::RecordPerson { person: zoe(), details: details("Zoé"), roles: roles.clone() };
    given(with_zoe())
        .when(OWNER.at(day(1)), command)
        .then(events![Event::PersonRoleSet { person: zoe(), roles }]);
}

#[test]
fn a_person_is_born_already_and_at_most_120_years_old() {
    let born = |birth_date| Command::RecordPerson {
        person: zoe(),
        details: super::PersonDetails { birth_date: date(birth_date), ..details("Zoé") },
        roles: represents(),
    };
    for birth_date in ["2026-11-04", "1905-11-03"] {
        given(in_test())
            .when(OWNER.at(day(1)), born(birth_date))
            .then_refused(Refusal::BirthDateOutOfRange);
    }
    for birth_date in ["2026-11-03", "1905-11-04"] {
        after(in_test(), OWNER.at(day(1)), born(birth_date));
    }
}

#[test]
fn a_person_has_at_least_one_role() {
    let command = Command::RecordPerson {
        person: zoe(),
        details: details("Zoé"),
        roles: std::collections::BTreeSet::new(),
    };
    given(in_test()).when(OWNER.at(day(1)), command).then_refused(Refusal::RoleMissing);
}

#[test]
fn a_file_holds_fifty_people() {
    let mut events = in_test();
    for number in 0..PEOPLE_MAX as u128 {
        events = after(events, OWNER.at(day(1)), record_person(id(500 + number), "Lou"));
    }
    given(events.clone())
        .when(OWNER.at(day(1)), record_person(id(600), "Lou"))
        .then_refused(Refusal::TooManyPeople);
    // Correcting somebody who stands there already is no new person.
    after(events, OWNER.at(day(1)), record_person(id(500), "Luc"));
}

#[test]
fn removing_a_person_takes_their_documents_and_shares_out_of_the_file() {
    given(complete()).when(OWNER.at(day(1)), Command::RemovePerson { person: zoe() }).then(
        events![
            Event::DocumentWithdrawn { document: id(IDENTITY) },
            Event::PersonRemoved { person: zoe() },
        ],
    );
    let events = after(complete(), OWNER.at(day(1)), Command::RemovePerson { person: zoe() });
    assert_eq!(folded(&events).file.ownership, Some(vec![].into()));
}

#[test]
fn somebody_who_is_not_in_the_file_cannot_be_removed_or_hold_shares() {
    for command in [Command::RemovePerson { person: id(99) }, declare(vec![whole_of(id(99))])] {
        given(with_zoe()).when(OWNER.at(day(1)), command).then_refused(Refusal::UnknownPerson);
    }
}

// The ownership and the bank account.

#[test]
fn ownership_is_declared_once() {
    given(with_zoe())
        .when(OWNER.at(day(1)), declare(vec![whole_of(zoe())]))
        .then(events![Event::OwnershipDeclared { holdings: vec![whole_of(zoe())].into() }]);
    given(complete()).when(OWNER.at(day(1)), declare(vec![whole_of(zoe())])).then_nothing();
}

#[test]
fn a_person_stands_once_in_the_ownership() {
    given(with_zoe())
        .when(OWNER.at(day(1)), declare(vec![share_of(zoe(), "50"), share_of(zoe(), "50")]))
        .then_refused(Refusal::PersonListedTwice);
}

#[test]
fn shares_of_capital_and_of_votes_each_add_up_to_the_whole_at_most() {
    let two = after(with_zoe(), OWNER.at(day(1)), record_person(associate(), "Lou"));
    let of =
        |zoe_holds, lou_holds| vec![share_of(zoe(), zoe_holds), share_of(associate(), lou_holds)];
    after(two.clone(), OWNER.at(day(1)), declare(of("66.6667", "33.3333")));
    let too_much = of("66.6667", "33.3334");
    let mut too_much_capital = too_much.clone();
    too_much_capital[0].votes = share_of(zoe(), "0").votes;
    let mut too_many_votes = too_much.clone();
    too_many_votes[0].capital = share_of(zoe(), "0").capital;
    for holdings in [too_much, too_much_capital, too_many_votes] {
        given(two.clone())
            .when(OWNER.at(day(1)), declare(holdings))
            .then_refused(Refusal::OwnershipOverWhole);
    }
}

#[test]
fn the_payout_account_is_recorded_once() {
    let record = Command::RecordPayoutAccount { account: payout_account() };
    given(in_test())
        .when(OWNER.at(day(1)), record.clone())
        .then(events![Event::PayoutAccountRecorded { account: payout_account().into() }]);
    given(complete()).when(OWNER.at(day(1)), record).then_nothing();
}

// Documents.

#[test]
fn a_document_is_submitted_by_a_member_or_by_staff_on_their_behalf() {
    let bank = document(91, BankDetails);
    for occasion in [OWNER, STRANGER].map(|member| member.at(day(1))) {
        let outcome = given(in_test()).when(occasion, submit(bank.clone()));
        if occasion == OWNER.at(day(1)) {
            outcome.then(events![submitted_event(bank.clone())]);
        } else {
            outcome.then_refused(Access::UnknownMerchant);
        }
    }
    for colleague in [SAMIR, NADIA, CLARA] {
        given(in_test())
            .when(colleague.at(day(1)), submit(bank.clone()))
            .then(events![submitted_event(bank.clone())]);
    }
    given(in_test())
        .when(ADELE.at(day(1)), submit(bank.clone()))
        .then_refused(Access::StaffRoleForbids);
    given(in_test()).when(timer(day(1)), submit(bank)).then_refused(Access::UnknownMerchant);
}

#[test]
fn documents_wait_for_the_test_mode_and_end_with_a_suspension() {
    for events in [created(), activated(), suspended(awaiting()), rejected()] {
        given(events)
            .when(OWNER.at(day(7)), submit(document(91, BankDetails)))
            .then_refused(Access::StatusForbids);
    }
}

#[test]
fn a_document_may_replace_another_while_the_file_is_a_draft() {
    let new = document(91, BankDetails);
    given(complete()).when(OWNER.at(day(1)), replace(new.clone(), BANK)).then(events![
        submitted_event(new),
        Event::DocumentSuperseded { document: id(BANK), by: id(91) },
    ]);
}

#[test]
fn a_document_that_no_longer_counts_cannot_be_replaced() {
    let withdrawn = after(complete(), OWNER.at(day(1)), withdraw_document(BANK));
    let superseded = after(complete(), OWNER.at(day(1)), replace(document(91, BankDetails), BANK));
    for events in [withdrawn, superseded, in_test()] {
        given(events)
            .when(OWNER.at(day(1)), replace(document(92, BankDetails), BANK))
            .then_refused(Refusal::UnknownDocument);
    }
}

#[test]
fn a_document_is_replaced_by_one_of_its_own_sort() {
    for other in [
        document(91, Other),
        document(91, IdentityDocument),
        with(document(91, BankDetails), |new| new.person = Some(zoe())),
    ] {
        given(complete())
            .when(OWNER.at(day(1)), replace(other, BANK))
            .then_refused(Refusal::KindNotAccepted);
    }
}

#[test]
fn what_replaces_a_refused_answer_answers_the_same_item() {
    let events = after(awaiting(), OWNER.at(day(6)), answer(81, ProofOfAddress, ITEM));
    let events = after(events, CLARA.at(day(7)), refuse(81));
    let answering = with(document(91, ProofOfAddress), |new| new.answers = Some(id(ITEM)));
    given(events).when(OWNER.at(day(8)), replace(document(91, ProofOfAddress), 81)).then(events![
        submitted_event(answering),
        Event::DocumentSuperseded { document: id(81), by: id(91) },
        review::Event::DocumentsReceived,
    ]);
}

#[test]
fn once_the_file_is_sent_only_what_was_asked_for_may_be_added() {
    for events in [submitted(), in_review(), awaiting(), deactivated()] {
        given(events)
            .when(OWNER.at(day(40)), submit(document(91, Other)))
            .then_refused(Refusal::Locked);
    }
    given(in_review())
        .when(OWNER.at(day(4)), replace(document(91, BankDetails), BANK))
        .then_refused(Refusal::Locked);
}

#[test]
fn a_refused_document_may_be_replaced_after_the_file_was_sent() {
    let refused = after(in_review(), CLARA.at(day(4)), refuse(BANK));
    let new = document(91, BankDetails);
    given(refused).when(OWNER.at(day(5)), replace(new.clone(), BANK)).then(events![
        submitted_event(new),
        Event::DocumentSuperseded { document: id(BANK), by: id(91) },
    ]);
}

#[test]
fn a_decided_file_takes_no_more_documents() {
    given(live()).when(OWNER.at(day(6)), submit(document(91, Other))).then_refused(Refusal::Locked);
}

#[test]
fn the_answer_to_the_last_open_item_stops_the_clock() {
    let new = with(document(91, ProofOfAddress), |new| new.answers = Some(id(ITEM)));
    for (events, when) in [(awaiting(), day(6)), (deactivated(), day(50))] {
        given(events)
            .when(OWNER.at(when), submit(new.clone()))
            .then(events![submitted_event(new.clone()), review::Event::DocumentsReceived]);
    }
}

#[test]
fn a_partial_answer_does_not_stop_the_clock() {
    let items = vec![asked_for(ITEM, ProofOfAddress), asked_for(72, Other)];
    let events = after(in_review(), CLARA.at(day(5)), request(items));
    let first = with(document(91, Other), |new| new.answers = Some(id(72)));
    given(events.clone())
        .when(OWNER.at(day(6)), submit(first.clone()))
        .then(events![submitted_event(first.clone())]);
    let events = after(events, OWNER.at(day(6)), submit(first));
    // A second document for the same item answers nothing new.
    let again = with(document(92, Other), |new| new.answers = Some(id(72)));
    given(events)
        .when(OWNER.at(day(6)), submit(again.clone()))
        .then(events![submitted_event(again)]);
}

#[test]
fn an_answer_names_an_item_that_was_asked_for() {
    for events in [complete(), awaiting()] {
        given(events)
            .when(OWNER.at(day(6)), answer(91, ProofOfAddress, 99))
            .then_refused(Refusal::UnknownItem);
    }
}

#[test]
fn an_answer_is_of_a_kind_that_the_item_accepts() {
    given(awaiting())
        .when(OWNER.at(day(6)), answer(91, Other, ITEM))
        .then_refused(Refusal::KindNotAccepted);
}

#[test]
fn a_document_about_a_person_says_whose_it_is() {
    let nobody = with(document(91, IdentityDocument), |new| new.person = None);
    given(with_zoe()).when(OWNER.at(day(1)), submit(nobody)).then_refused(Refusal::PersonNeeded);
    let unknown = with(document(91, Other), |new| new.person = Some(id(99)));
    given(with_zoe()).when(OWNER.at(day(1)), submit(unknown)).then_refused(Refusal::UnknownPerson);
}

#[test]
fn a_document_has_ten_megabytes_at_most() {
    let sized = |size| with(document(91, BankDetails), |new| new.size = size);
    given(in_test())
        .when(OWNER.at(day(1)), submit(sized(DOCUMENT_BYTES_MAX + 1)))
        .then_refused(Refusal::DocumentTooLarge);
    after(in_test(), OWNER.at(day(1)), submit(sized(DOCUMENT_BYTES_MAX)));
}

#[test]
fn a_file_holds_two_hundred_documents() {
    let mut events = in_test();
    let stored = (0..DOCUMENTS_MAX as u128).map(|number| document(1000 + number, Other));
    events.extend(stored.map(|document| submitted_event(document).into()));
    given(events)
        .when(OWNER.at(day(1)), submit(document(91, Other)))
        .then_refused(Refusal::TooManyDocuments);
}

#[test]
fn an_identity_document_needs_both_of_its_dates() {
    for (issued_on, expires_on) in [(None, Some("2031-10-01")), (Some("2026-10-01"), None)] {
        let undated = dated(document(91, IdentityDocument).submitted, issued_on, expires_on);
        given(with_zoe())
            .when(OWNER.at(day(1)), submit(undated))
            .then_refused(Refusal::IdentityDatesNeeded);
    }
}

#[test]
fn an_identity_document_is_in_date_until_the_end_of_its_last_day() {
    let until = |expires_on| {
        let card = document(91, IdentityDocument).submitted;
        submit(dated(card, Some("2026-10-01"), Some(expires_on)))
    };
    after(with_zoe(), OWNER.at(day(1)), until("2026-11-03"));
    given(with_zoe())
        .when(OWNER.at(day(1)), until("2026-11-02"))
        .then_refused(Refusal::IdentityExpired);
}

#[test]
fn an_identity_document_expires_within_twenty_years_of_its_issue() {
    let card = |issued_on, expires_on| {
        let card = document(91, IdentityDocument).submitted;
        submit(dated(card, Some(issued_on), Some(expires_on)))
    };
    after(with_zoe(), OWNER.at(day(1)), card("2020-03-01", "2040-03-01"));
    for (issued_on, expires_on) in
        [("2026-11-03", "2026-11-03"), ("2020-03-01", "2040-03-02"), ("2020-03-01", "9999-01-01")]
    {
        given(with_zoe())
            .when(OWNER.at(day(1)), card(issued_on, expires_on))
            .then_refused(Refusal::IdentityDatesImplausible);
    }
}

/// Zoé was born on 1985-05-05, and it is November 2026.
#[test]
fn a_french_card_issued_to_an_adult_from_2004_to_2013_is_valid_five_years_longer() {
    let card = |issued_on, expires_on| {
        dated(document(91, IdentityDocument).submitted, Some(issued_on), Some(expires_on))
    };
    for (issued_on, expires_on) in [("2012-06-01", "2022-05-31"), ("2013-12-31", "2023-12-31")] {
        after(with_zoe(), OWNER.at(day(1)), submit(card(issued_on, expires_on)));
    }
    for (issued_on, expires_on) in [
        // The five years have passed too.
        ("2010-06-01", "2020-06-01"),
        // Cards of 2014 say fifteen years themselves.
        ("2014-01-01", "2024-01-01"),
        // No card, which is valid for ten years.
        ("2013-06-01", "2023-05-30"),
        ("2013-06-01", "2018-06-01"),
    ] {
        given(with_zoe())
            .when(OWNER.at(day(1)), submit(card(issued_on, expires_on)))
            .then_refused(Refusal::IdentityExpired);
    }
    let holder = |birth_date: &str, nationality: &str| PersonDetails {
        birth_date: date(birth_date),
        nationality: Nationality::parse(nationality).unwrap(),
        ..details("Zoé")
    };
    let dates = card("2012-06-01", "2022-05-31").dates;
    let until =
        |holder: &PersonDetails| valid_until(IdentityDocument, &dates, Some(holder)).unwrap();
    assert_eq!(until(&holder("1994-06-01", "FR")), date("2027-05-31"));
    assert_eq!(until(&holder("1994-06-02", "FR")), date("2022-05-31"));
    assert_eq!(until(&holder("1985-05-05", "BE")), date("2022-05-31"));
    assert_eq!(valid_until(IdentityDocument, &dates, None), Some(date("2022-05-31")));
}

#[test]
fn no_document_was_issued_tomorrow() {
    for kind in [IdentityDocument, RegistrationExtract, BankDetails] {
        let tomorrow = dated(document(91, kind).submitted, Some("2026-11-04"), Some("2031-10-01"));
        given(with_zoe())
            .when(OWNER.at(day(1)), submit(tomorrow))
            .then_refused(Refusal::IssuedInFuture);
    }
}

#[test]
fn a_registration_extract_is_dated_and_at_most_three_months_old() {
    let issued = |issued_on: Option<&str>| {
        submit(dated(document(91, RegistrationExtract).submitted, issued_on, None))
    };
    given(in_test()).when(OWNER.at(day(1)), issued(None)).then_refused(Refusal::ExtractDateNeeded);
    given(in_test())
        .when(OWNER.at(day(1)), issued(Some("2026-08-02")))
        .then_refused(Refusal::ExtractTooOld);
    after(in_test(), OWNER.at(day(1)), issued(Some("2026-08-03")));
}

#[test]
fn other_documents_need_no_dates() {
    for kind in [BankDetails, ProofOfAddress, Other] {
        let undated = dated(document(91, kind).submitted, None, None);
        after(with_zoe(), OWNER.at(day(1)), submit(undated));
    }
}

#[test]
fn a_document_is_withdrawn_once() {
    given(complete())
        .when(OWNER.at(day(1)), withdraw_document(BANK))
        .then(events![Event::DocumentWithdrawn { document: id(BANK) }]);
    let withdrawn = after(complete(), OWNER.at(day(1)), withdraw_document(BANK));
    given(withdrawn).when(OWNER.at(day(1)), withdraw_document(BANK)).then_nothing();
}

#[test]
fn an_unknown_document_cannot_be_withdrawn() {
    given(complete())
        .when(OWNER.at(day(1)), withdraw_document(99))
        .then_refused(Refusal::UnknownDocument);
}

#[test]
fn a_document_that_was_replaced_or_judged_cannot_be_withdrawn() {
    let superseded = after(complete(), OWNER.at(day(1)), replace(document(91, BankDetails), BANK));
    let mut accepted = complete();
    accepted.push(review::Event::DocumentAccepted { document: id(BANK), by: CLARA.id() }.into());
    for events in [superseded, accepted] {
        given(events)
            .when(OWNER.at(day(1)), withdraw_document(BANK))
            .then_refused(Refusal::DocumentDecided);
    }
}

// Leaving.

#[test]
fn the_owner_withdraws_an_application_that_is_not_decided_and_the_account_closes() {
    let closed = registration::Event::AccountClosed { reason: ClosureReason::Withdrawn };
    for events in [activated(), in_test(), complete(), submitted(), in_review(), awaiting()] {
        given(events)
            .when(OWNER.at(day(6)), Command::Withdraw)
            .then(events![Event::Withdrawn, closed.clone()]);
    }
}

#[test]
fn withdrawing_again_changes_nothing() {
    let withdrawn = after(submitted(), OWNER.at(day(3)), Command::Withdraw);
    given(withdrawn).when(OWNER.at(day(4)), Command::Withdraw).then_nothing();
}

#[test]
fn a_merchant_that_is_live_or_stopped_does_not_withdraw_an_application() {
    for events in [created(), live(), suspended(in_review()), rejected()] {
        given(events).when(OWNER.at(day(7)), Command::Withdraw).then_refused(Access::StatusForbids);
    }
}

#[test]
fn nobody_else_withdraws_an_application() {
    for occasion in outsiders(day(6)).into_iter().chain([CLARA.at(day(6)), timer(day(6))]) {
        given(submitted()).when(occasion, Command::Withdraw).then_refused(Access::UnknownMerchant);
    }
}

// The version.

#[test]
fn every_change_an_officer_judges_makes_a_new_version() {
    let version = |events: &[merchant::Event]| folded(events).file.version;
    let before = version(&complete());
    for (command, steps) in [
        (record_person(zoe(), "Zoe"), 1),
        (Command::RemovePerson { person: zoe() }, 2),
        (declare(vec![share_of(zoe(), "90")]), 1),
        (submit(document(91, Other)), 1),
        (replace(document(91, BankDetails), BANK), 2),
        (withdraw_document(BANK), 1),
    ] {
        let events = after(complete(), OWNER.at(day(1)), command);
        assert_eq!(version(&events), before + steps);
    }
}

#[test]
fn judging_and_sending_make_no_new_version() {
    let version = |events: &[merchant::Event]| folded(events).file.version;
    assert_eq!(version(&decidable()), version(&complete()));
}

// Requirements.

#[test]
fn before_the_basics_there_is_nothing_to_require() {
    assert_eq!(requirements(&folded(&activated()), day(1)), []);
}

#[test]
fn an_empty_file_misses_everything_a_company_owes() {
    assert_eq!(
        missing(&in_test()),
        [
            "company_details",
            "representative",
            "ownership",
            "payout_account",
            "services",
            "registration_extract",
            "bank_details",
            "articles_of_association",
        ]
    );
}

#[test]
fn a_complete_file_misses_nothing() {
    assert_eq!(missing(&complete()), Vec::<String>::new());
    assert!(are_satisfied(&folded(&complete()), day(2)));
}

#[test]
fn a_file_is_not_complete_without_the_number_of_the_company() {
    let unnumbered = after(complete(), OWNER.at(day(1)), record_basics(basics_without_number()));
    assert_eq!(missing(&unnumbered), ["company_number"]);
}

#[test]
fn a_sole_trader_owes_neither_articles_nor_ownership_and_an_association_no_ownership() {
    let form = |legal_form| registration::CompanyBasics { legal_form, ..basics() };
    let of = |legal_form| {
        missing(&after(activated(), OWNER.at(day(0)), record_basics(form(legal_form))))
    };
    let sole_trader = of(LegalForm::SoleTrader);
    assert!(!sole_trader.contains(&"ownership".to_owned()));
    assert!(!sole_trader.contains(&"articles_of_association".to_owned()));
    let association = of(LegalForm::Association);
    assert!(!association.contains(&"ownership".to_owned()));
    assert!(association.contains(&"articles_of_association".to_owned()));
}

#[test]
fn every_person_shows_an_identity_document_and_a_delegate_a_power_of_attorney() {
    let command = Command::RecordPerson {
        person: associate(),
        details: details("Lou"),
        roles: [PersonRole::Delegate].into(),
    };
    let events = after(complete(), OWNER.at(day(1)), command);
    assert_eq!(
        missing(&events),
        [
            format!("identity_document.{}", associate()),
            format!("power_of_attorney.{}", associate()),
        ]
    );
}

#[test]
fn somebody_has_to_be_able_to_sign() {
    let command = Command::RecordPerson {
        person: zoe(),
        details: details("Zoé"),
        roles: [PersonRole::BeneficialOwner].into(),
    };
    assert_eq!(missing(&after(complete(), OWNER.at(day(1)), command)), ["representative"]);
}

#[test]
fn a_signer_is_of_age_on_the_day() {
    let born = |birth_date| {
        let command = Command::RecordPerson {
            person: zoe(),
            details: super::PersonDetails { birth_date: date(birth_date), ..details("Zoé") },
            roles: represents(),
        };
        missing(&after(complete(), OWNER.at(day(1)), command))
    };
    assert_eq!(born("2008-11-05"), [format!("representative_of_age.{}", zoe())]);
    assert_eq!(born("2008-11-04"), Vec::<String>::new());
}

#[test]
fn whoever_holds_more_than_a_quarter_or_controls_is_recorded_as_beneficial_owner() {
    let represent_only = Command::RecordPerson {
        person: zoe(),
        details: details("Zoé"),
        roles: [PersonRole::Representative].into(),
    };
    let events = after(complete(), OWNER.at(day(1)), represent_only);
    let misses = |holding| {
        let events = after(events.clone(), OWNER.at(day(1)), declare(vec![holding]));
        missing(&events)
    };
    let named = [format!("beneficial_owner.{}", zoe())];
    assert_eq!(misses(share_of(zoe(), "25.0001")), named);
    assert_eq!(misses(share_of(zoe(), "25")), Vec::<String>::new());
    let controls = super::Ownership { has_control: true, ..share_of(zoe(), "1") };
    assert_eq!(misses(controls), named);
    let votes = super::Ownership { votes: whole_of(zoe()).votes, ..share_of(zoe(), "1") };
    assert_eq!(misses(votes), named);
}

#[test]
fn the_best_document_of_a_kind_decides_and_a_refused_one_says_why() {
    let status = |events: &[merchant::Event]| {
        let list = requirements(&folded(events), day(4));
        let bank = list.into_iter().find(|one| one.kind == RequirementKind::BankDetails).unwrap();
        (bank.status, bank.refusal)
    };
    assert_eq!(status(&in_test()), (RequirementStatus::Missing, None));
    assert_eq!(status(&complete()), (RequirementStatus::Provided, None));
    let refused = after(in_review(), CLARA.at(day(4)), refuse(BANK));
    assert_eq!(status(&refused), (RequirementStatus::Refused, Some(DocumentRefusal::Unreadable)));
    let again = after(refused, OWNER.at(day(4)), replace(document(91, BankDetails), BANK));
    assert_eq!(status(&again), (RequirementStatus::Provided, None));
    let accepted = all_accepted(again, CLARA.at(day(4)));
    assert_eq!(status(&accepted), (RequirementStatus::Accepted, None));
    let known = &folded(&accepted).file.documents[&id(BANK)];
    assert_eq!(known.status, DocumentStatus::Superseded);
}

#[test]
fn what_was_once_asked_for_opens_no_door_into_a_decided_file() {
    let events = after(awaiting(), OWNER.at(day(6)), answer(81, ProofOfAddress, ITEM));
    let events = proposed(all_accepted(events, CLARA.at(day(7))), review::Proposal::Approve);
    let confirm = confirm(&events);
    let events = after(events, HUGO.at(day(8)), confirm);
    given(events)
        .when(OWNER.at(day(9)), answer(82, ProofOfAddress, ITEM))
        .then_refused(Refusal::Locked);
}

// What was forgotten.

/// Everything that a merchant's key sealed is forgotten.
fn forgotten(events: Vec<merchant::Event>) -> Vec<merchant::Event> {
    let forget = |mut event| {
        if let merchant::Event::ClientFile(event) = &mut event {
            if let Event::OwnershipDeclared { holdings } = event {
                *holdings = Personal::Forgotten;
            }
            if let Event::DocumentSubmitted { dates, .. } = event {
                *dates = Personal::Forgotten;
            }
        }
        event
    };
    events.into_iter().map(forget).collect()
}

#[test]
fn an_ownership_that_is_forgotten_was_declared_and_names_no_owner() {
    let state = folded(&forgotten(complete()));
    assert_eq!(state.file.ownership, Some(Personal::Forgotten));
    let list = requirements(&state, day(1));
    let kinds: Vec<_> = list.iter().map(|entry| (entry.kind, entry.status)).collect();
    assert!(kinds.contains(&(RequirementKind::Ownership, RequirementStatus::Accepted)));
    assert!(kinds.iter().all(|(kind, _)| *kind != RequirementKind::BeneficialOwner));
    // Declared anew, it is known again.
    let declare = declare(vec![whole_of(zoe())]);
    let declared = after(forgotten(complete()), OWNER.at(day(1)), declare);
    assert_eq!(folded(&declared).file.ownership, Some(vec![whole_of(zoe())].into()));
    // Whoever leaves the file leaves nothing to be taken out of it.
    let removed =
        after(forgotten(complete()), OWNER.at(day(1)), Command::RemovePerson { person: zoe() });
    assert_eq!(folded(&removed).file.ownership, Some(Personal::Forgotten));
}

#[test]
fn a_document_whose_dates_are_forgotten_has_no_last_day_and_still_counts() {
    let later = day(1) + chrono::TimeDelta::days(20 * 366);
    let identity = |state: &merchant::State| {
        let list = requirements(state, later);
        let is_identity = |kind| kind == RequirementKind::IdentityDocument;
        list.into_iter().find(|entry| is_identity(entry.kind)).unwrap().status
    };
    let known = folded(&complete());
    assert_eq!(identity(&known), RequirementStatus::Missing, "it has expired");
    let state = folded(&forgotten(complete()));
    assert_eq!(identity(&state), RequirementStatus::Provided);
    let document = &state.file.documents[&id(IDENTITY)];
    assert_eq!(state.file.valid_until(document), None);
    assert!(!state.file.is_prolonged_card(document));
}
