//! What happens in a review, one test per rule.
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for one event")]

use super::{
    Command, Event, ITEMS_MAX, NewItem, Proposal, Refusal, RejectionReason, Stage,
    documents_deadline, reopened_deadline,
};
use crate::access::Refusal as Access;
use crate::client_file::{self, DocumentKind, DocumentRefusal, DocumentStatus};
use crate::given::*;
use crate::merchant;
use crate::messages::{self, Medium, Template};
use crate::registration::{self, ClosureReason, Status};
use crate::restriction::{PublicReason, Remedy, Restricted, Restriction};
use crate::services::{self, Service};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

use DocumentKind::{BankDetails, Other, ProofOfAddress};

const REJECT: Proposal = Proposal::Reject { reason: RejectionReason::RiskTooHigh };

fn accept(number: u128) -> Command {
    Command::AcceptDocument { document: id(number) }
}

fn give_back() -> Command {
    Command::Return { reason: text("the extract is of another company") }
}

fn review(events: &[merchant::Event]) -> super::State {
    folded(events).review
}

/// Everything one reviewer does alone on a case.
fn every_work() -> Vec<Command> {
    vec![
        Command::Take,
        Command::Assign { to: NADIA.id() },
        Command::Snooze { until: day(60) },
        Command::Escalate,
        accept(BANK),
        refuse(BANK),
        request(vec![asked_for(ITEM, ProofOfAddress)]),
    ]
}

fn requested(items: Vec<NewItem>, deadline: DateTime<Utc>) -> Event {
    let explanations = BTreeMap::new().into();
    Event::DocumentsRequested { items, explanations, deadline, by: CLARA.id() }
}

/// The request of day 5 was answered on day 6.
fn answered() -> Vec<merchant::Event> {
    after(awaiting_and_told(), OWNER.at(day(6)), answer(81, ProofOfAddress, ITEM))
}

/// Late documents came in and were accepted.
fn repaired() -> Vec<merchant::Event> {
    let events = after(deactivated(), OWNER.at(day(50)), answer(81, ProofOfAddress, ITEM));
    all_accepted(events, CLARA.at(day(51)))
}

fn remind(days_left: u8) -> Command {
    Command::Remind { days_left }
}

fn reminded(days_left: u8) -> Event {
    Event::DocumentsReminderSent { days_left }
}

fn days_before_deadline(days: i64) -> DateTime<Utc> {
    deadline() - TimeDelta::days(days)
}

#[test]
fn every_refusal_has_a_code_and_words_in_both_languages() {
    every_refusal_has_its_code_and_words::<Refusal>();
}

// Working on a case.

#[test]
fn a_case_is_worked_on_by_analysts_and_officers() {
    for command in every_work().into_iter().chain([Command::AddNote { note: text("called") }]) {
        for occasion in outsiders(day(3)).into_iter().chain([OWNER.at(day(3)), timer(day(3))]) {
            given(submitted()).when(occasion, command.clone()).then_refused(Access::StaffOnly);
        }
        for colleague in [SAMIR, ADELE] {
            given(submitted())
                .when(colleague.at(day(3)), command.clone())
                .then_refused(Access::StaffRoleForbids);
        }
        given(nothing()).when(NADIA.at(day(3)), command).then_refused(Access::UnknownMerchant);
    }
}

#[test]
fn there_is_no_case_before_the_file_was_sent() {
    for command in every_work() {
        given(complete()).when(NADIA.at(day(3)), command).then_refused(Refusal::NotSubmitted);
    }
}

#[test]
fn a_decided_case_is_closed() {
    for events in [live(), rejected()] {
        for command in every_work() {
            given(events.clone())
                .when(NADIA.at(day(40)), command)
                .then_refused(Refusal::FileDecided);
        }
    }
}

#[test]
fn a_note_may_be_written_at_any_time() {
    for events in [created(), complete(), submitted(), live(), rejected()] {
        given(events)
            .when(NADIA.at(day(40)), Command::AddNote { note: text("called") })
            .then(events![Event::NoteAdded { note: text("called").into(), by: NADIA.id() }]);
    }
}

#[test]
fn whoever_takes_a_case_holds_it() {
    given(submitted())
        .when(NADIA.at(day(3)), Command::Take)
        .then(events![Event::CaseTaken { by: NADIA.id() }]);
    let taken = review(&in_review());
    assert_eq!((taken.stage, taken.assigned_to), (Stage::InReview, Some(CLARA.id())));
    given(in_review()).when(CLARA.at(day(4)), Command::Take).then_nothing();
}

#[test]
fn nobody_takes_a_case_from_a_colleague() {
    given(in_review()).when(NADIA.at(day(4)), Command::Take).then_refused(Refusal::TakenByOther);
}

#[test]
fn a_case_is_assigned_once_to_anybody() {
    let assign = Command::Assign { to: NADIA.id() };
    let event = || Event::CaseAssigned { to: NADIA.id(), by: HUGO.id() };
    given(submitted())
        .when(HUGO.at(day(4)), assign.clone())
        .then(events![event(), Event::ReviewBegan]);
    given(in_review()).when(HUGO.at(day(4)), assign.clone()).then(events![event()]);
    let assigned = after(submitted(), HUGO.at(day(4)), assign.clone());
    assert_eq!(review(&assigned).stage, Stage::InReview);
    given(assigned).when(CLARA.at(day(4)), assign).then_nothing();
}

#[test]
fn a_case_is_put_aside_for_thirty_days_at_most() {
    let snooze = |until| Command::Snooze { until };
    given(in_review())
        .when(CLARA.at(day(4)), snooze(day(34)))
        .then(events![Event::CaseSnoozed { until: day(34), by: CLARA.id() }]);
    for until in [day(34) + second(), day(4), day(3)] {
        given(in_review())
            .when(CLARA.at(day(4)), snooze(until))
            .then_refused(Refusal::SnoozeOutOfRange);
    }
}

#[test]
fn a_case_is_escalated_once() {
    given(in_review())
        .when(NADIA.at(day(4)), Command::Escalate)
        .then(events![Event::CaseEscalated { by: NADIA.id() }]);
    let escalated = after(in_review(), NADIA.at(day(4)), Command::Escalate);
    given(escalated).when(CLARA.at(day(4)), Command::Escalate).then_nothing();
}

// Judging documents.

#[test]
fn a_document_is_accepted_once() {
    given(in_review())
        .when(NADIA.at(day(4)), accept(BANK))
        .then(events![Event::DocumentAccepted { document: id(BANK), by: NADIA.id() }]);
    given(decidable()).when(NADIA.at(day(4)), accept(BANK)).then_nothing();
}

#[test]
fn a_refused_document_carries_its_code_and_words_for_the_merchant() {
    given(in_review()).when(NADIA.at(day(4)), refuse(BANK)).then(events![Event::DocumentRefused {
        document: id(BANK),
        refusal: DocumentRefusal::Unreadable,
        public_text: text("The second page cannot be read.").into(),
        by: NADIA.id(),
    }]);
    let known = folded(&after(in_review(), NADIA.at(day(4)), refuse(BANK))).file;
    assert_eq!(known.documents[&id(BANK)].status, DocumentStatus::Refused);
    assert_eq!(known.documents[&id(BANK)].refusal, Some(DocumentRefusal::Unreadable));
}

#[test]
fn a_judgement_may_be_changed_until_the_decision() {
    let refused = after(decidable(), NADIA.at(day(4)), refuse(BANK));
    let accepted = after(refused, NADIA.at(day(4)), accept(BANK));
    let status = folded(&accepted).file.documents[&id(BANK)].status;
    assert_eq!(status, DocumentStatus::Accepted);
}

#[test]
fn an_unknown_document_is_not_judged() {
    for command in [accept(99), refuse(99)] {
        given(in_review()).when(NADIA.at(day(4)), command).then_refused(Refusal::UnknownDocument);
    }
}

#[test]
fn a_document_that_no_longer_counts_is_not_judged() {
    let refused = after(in_review(), CLARA.at(day(4)), refuse(BANK));
    let replace = client_file::Command::SubmitDocument {
        document: document(91, BankDetails),
        replaces: Some(id(BANK)),
    };
    let superseded = after(refused, OWNER.at(day(4)), replace);
    for command in [accept(BANK), refuse(BANK)] {
        given(superseded.clone())
            .when(NADIA.at(day(5)), command)
            .then_refused(Refusal::DocumentNotCurrent);
    }
}

// Asking for more.

#[test]
fn more_documents_are_asked_for_within_thirty_days_ending_at_midnight_in_paris() {
    let items = vec![asked_for(ITEM, ProofOfAddress)];
    for events in [submitted(), in_review()] {
        given(events)
            .when(CLARA.at(day(5)), request(items.clone()))
            .then(events![requested(items.clone(), deadline())]);
    }
    assert_eq!(review(&awaiting()).stage, Stage::AwaitingDocuments);
    // Summer time ends in between, and the day that counts is the one in Paris.
    assert_eq!(documents_deadline(at("2026-10-01T22:30:00Z")), at("2026-11-01T23:00:00Z"));
}

#[test]
fn a_request_names_at_least_one_document() {
    given(in_review())
        .when(CLARA.at(day(5)), request(vec![]))
        .then_refused(Refusal::NothingRequested);
}

#[test]
fn a_request_holds_twenty_items() {
    let items = |count: usize| (0..count as u128).map(|n| asked_for(700 + n, Other)).collect();
    given(in_review())
        .when(CLARA.at(day(5)), request(items(ITEMS_MAX + 1)))
        .then_refused(Refusal::TooManyItems);
    after(in_review(), CLARA.at(day(5)), request(items(ITEMS_MAX)));
}

#[test]
fn every_item_says_what_would_answer_it() {
    let vague = NewItem { kinds: [].into(), ..asked_for(72, Other) };
    given(in_review())
        .when(CLARA.at(day(5)), request(vec![asked_for(ITEM, Other), vague]))
        .then_refused(Refusal::ItemWithoutKind);
}

#[test]
fn an_item_is_about_somebody_in_the_file() {
    let stranger = NewItem { person: Some(id(99)), ..asked_for(ITEM, ProofOfAddress) };
    given(in_review())
        .when(CLARA.at(day(5)), request(vec![stranger]))
        .then_refused(Refusal::UnknownPerson);
}

#[test]
fn one_request_is_open_at_a_time() {
    for events in [awaiting(), deactivated()] {
        given(events)
            .when(CLARA.at(day(40)), request(vec![asked_for(72, Other)]))
            .then_refused(Refusal::AlreadyRequested);
    }
}

#[test]
fn more_may_be_asked_for_once_everything_was_received() {
    assert_eq!(review(&answered()).stage, Stage::InReview);
    let events = after(answered(), CLARA.at(day(7)), request(vec![asked_for(72, Other)]));
    assert_eq!(review(&events).request.unwrap().deadline, documents_deadline(day(7)));
    assert_eq!(review(&events).open_items().count(), 1);
}

#[test]
fn a_new_request_gives_up_the_proposal_that_stood() {
    let events = proposed(decidable(), REJECT);
    let events = after(events, HUGO.at(day(5)), request(vec![asked_for(ITEM, Other)]));
    given(events.clone())
        .when(HUGO.at(day(5)), confirm(&events))
        .then_refused(Refusal::NothingProposed);
}

#[test]
fn a_refused_answer_opens_its_item_again_with_the_time_that_was_left() {
    given(answered()).when(CLARA.at(day(7)), refuse(81)).then(events![
        Event::DocumentRefused {
            document: id(81),
            refusal: DocumentRefusal::Unreadable,
            public_text: text("The second page cannot be read.").into(),
            by: CLARA.id(),
        },
        Event::DocumentsRequestReopened { item: id(ITEM), deadline: deadline() },
    ]);
    let events = after(answered(), CLARA.at(day(7)), refuse(81));
    assert_eq!(review(&events).stage, Stage::AwaitingDocuments);
    assert_eq!(review(&events).open_items().count(), 1);
    assert!(review(&events).request.unwrap().was_delivered());
}

#[test]
fn a_reopened_item_leaves_seven_days_at_least() {
    // Refused on the last day, 7 December: until the end of the 14th.
    let events = after(answered(), CLARA.at(days_before_deadline(0) - second()), refuse(81));
    assert_eq!(review(&events).request.unwrap().deadline, at("2026-12-14T23:00:00Z"));
    assert_eq!(reopened_deadline(deadline(), day(5)), deadline());
    // From here on seven days are more than what was left.
    assert_eq!(reopened_deadline(deadline(), at("2026-11-30T12:00:00Z")), deadline());
    assert_eq!(
        reopened_deadline(deadline(), at("2026-11-30T23:00:00Z")),
        at("2026-12-08T23:00:00Z")
    );
}

#[test]
fn refusing_an_answer_twice_opens_its_item_once() {
    let events = after(answered(), CLARA.at(day(7)), refuse(81));
    given(events).when(CLARA.at(day(8)), refuse(81)).then(events![Event::DocumentRefused {
        document: id(81),
        refusal: DocumentRefusal::Unreadable,
        public_text: text("The second page cannot be read.").into(),
        by: CLARA.id(),
    }]);
}

#[test]
fn refusing_an_answer_that_was_followed_by_a_better_one_opens_nothing() {
    let events = after(answered(), OWNER.at(day(6)), answer(82, ProofOfAddress, ITEM));
    let events = after(events, CLARA.at(day(7)), refuse(81));
    assert_eq!(review(&events).stage, Stage::InReview);
    assert_eq!(review(&events).open_items().count(), 0);
}

#[test]
fn a_refused_answer_and_its_replacement_stop_the_clock_again() {
    let events = after(answered(), CLARA.at(day(7)), refuse(81));
    let again = client_file::Command::SubmitDocument {
        document: with(document(82, ProofOfAddress), |new| new.answers = Some(id(ITEM))),
        replaces: Some(id(81)),
    };
    let events = after(events, OWNER.at(day(8)), again);
    assert_eq!(review(&events).stage, Stage::InReview);
}

// Reminders and the deadline.

#[test]
fn a_reminder_goes_out_fifteen_seven_and_one_day_before_the_deadline() {
    let mut events = awaiting_and_told();
    for days in [15, 7, 1] {
        let due_at = days_before_deadline(i64::from(days));
        given(events.clone())
            .when(timer(due_at - second()), remind(days))
            .then_refused(Refusal::NotDue);
        given(events.clone()).when(timer(due_at), remind(days)).then(events![reminded(days)]);
        events = after(events, timer(due_at), remind(days));
        given(events.clone()).when(timer(due_at), remind(days)).then_nothing();
    }
}

#[test]
fn after_a_long_stop_only_the_reminder_that_is_still_true_goes_out() {
    let now = days_before_deadline(3);
    given(awaiting_and_told()).when(timer(now), remind(15)).then(events![reminded(7)]);
    let events = after(awaiting_and_told(), timer(now), remind(15));
    for days in [15, 7] {
        given(events.clone()).when(timer(now), remind(days)).then_nothing();
    }
}

#[test]
fn nobody_is_reminded_while_nothing_is_open() {
    for events in [in_review(), answered(), deactivated(), live()] {
        for command in [remind(15), remind(1), Command::PassDeadline] {
            given(events.clone()).when(timer(day(90)), command).then_nothing();
        }
    }
}

#[test]
fn nobody_is_reminded_of_a_deadline_that_has_passed() {
    for days in [15, 7, 1] {
        given(awaiting_and_told()).when(timer(deadline()), remind(days)).then_nothing();
    }
}

#[test]
fn the_deadline_of_a_suspended_account_waits_for_the_end_of_the_suspension() {
    given(suspended(awaiting_and_told()))
        .when(timer(deadline()), Command::PassDeadline)
        .then_refused(Refusal::NotDue);
}

#[test]
fn only_a_timer_reminds_or_passes_the_deadline() {
    for occasion in [OWNER.at(day(90)), CLARA.at(day(90)), visitor(day(90)), provider(day(90))] {
        for command in [remind(15), Command::PassDeadline] {
            given(awaiting_and_told()).when(occasion, command).then_refused(Access::SystemOnly);
        }
    }
}

#[test]
fn the_deadline_does_not_pass_a_second_early() {
    given(awaiting_and_told())
        .when(timer(deadline() - second()), Command::PassDeadline)
        .then_refused(Refusal::NotDue);
}

#[test]
fn documents_that_did_not_come_deactivate_the_account_with_a_year_to_repair_it() {
    given(awaiting_and_told()).when(timer(deadline()), Command::PassDeadline).then(events![
        Event::DocumentsDeadlinePassed,
        registration::Event::AccountDeactivated {
            restriction: Restriction {
                what: Restricted::Account,
                why: PublicReason::DocumentsNotReceived,
                since: deadline(),
                remedy: Remedy::SendDocuments,
                remedy_until: Some(at("2027-12-08T23:00:00Z")),
            }
        },
    ]);
    let state = folded(&deactivated());
    assert_eq!(state.account.status, Some(Status::Deactivated));
    assert_eq!(state.review.stage, Stage::Expired);
}

#[test]
fn a_reminder_that_arrived_is_a_notice_too() {
    let events = after(awaiting(), provider(day(30)), sent(Template::DocumentsReminder));
    let events = after(events, timer(deadline()), Command::PassDeadline);
    assert_eq!(folded(&events).account.status, Some(Status::Deactivated));
}

#[test]
fn nobody_is_deactivated_over_a_request_that_never_reached_them() {
    let failed = messages::Command::RecordFailed {
        cause: id(1),
        template: Template::DocumentsRequested,
        medium: Medium::Email,
        failure: messages::Failure::Refused,
        addressed: None,
    };
    let unheard = after(awaiting(), provider(day(5)), failed);
    let other = after(awaiting(), provider(day(5)), sent(Template::FileSubmitted));
    let bounced = messages::Command::RecordFailed {
        cause: id(1),
        template: Template::DocumentsRequested,
        medium: Medium::Email,
        failure: messages::Failure::Undelivered,
        addressed: None,
    };
    let taken = after(awaiting(), provider(day(5)), sent(Template::DocumentsRequested));
    let returned = after(taken, provider(day(6)), bounced);
    for events in [awaiting(), unheard, other, returned] {
        given(events.clone())
            .when(timer(deadline()), Command::PassDeadline)
            .then(events![Event::UndeliveredRequestFlagged]);
        let flagged = after(events, timer(deadline()), Command::PassDeadline);
        assert!(review(&flagged).is_escalated);
        assert_eq!(folded(&flagged).account.status, Some(Status::Test));
        given(flagged).when(timer(deadline()), Command::PassDeadline).then_nothing();
    }
}

#[test]
fn a_request_that_arrives_after_its_deadline_costs_nobody_the_account() {
    let flagged = after(awaiting(), timer(deadline()), Command::PassDeadline);
    let arrived = after(flagged, provider(day(40)), sent(Template::DocumentsRequested));
    given(arrived).when(timer(day(41)), Command::PassDeadline).then_nothing();
}

#[test]
fn a_request_that_never_arrived_is_made_again() {
    let flagged = after(awaiting(), timer(deadline()), Command::PassDeadline);
    let items = vec![asked_for(ITEM, ProofOfAddress)];
    given(flagged)
        .when(CLARA.at(day(40)), request(items.clone()))
        .then(events![requested(items, documents_deadline(day(40)))]);
}

#[test]
fn a_new_request_has_to_reach_the_merchant_anew() {
    let events = after(answered(), CLARA.at(day(7)), request(vec![asked_for(72, Other)]));
    given(events)
        .when(timer(documents_deadline(day(7))), Command::PassDeadline)
        .then(events![Event::UndeliveredRequestFlagged]);
}

#[test]
fn an_account_that_is_stopped_already_is_not_deactivated_too() {
    let reopened = after(deactivated(), OWNER.at(day(50)), answer(81, ProofOfAddress, ITEM));
    let reopened = after(reopened, CLARA.at(day(51)), refuse(81));
    let deadline = review(&reopened).request.unwrap().deadline;
    given(reopened)
        .when(timer(deadline), Command::PassDeadline)
        .then(events![Event::DocumentsDeadlinePassed]);
}

// Decisions in pairs.

#[test]
fn a_decision_is_proposed_over_the_file_that_was_read() {
    let file_version = folded(&decidable()).file.version;
    for (colleague, proposal) in [(NADIA, Proposal::Approve), (CLARA, REJECT)] {
        given(decidable()).when(colleague.at(day(4)), propose(&decidable(), proposal)).then(
            events![Event::DecisionProposed {
                proposal,
                file_version,
                rationale: text("consistent with the extract").into(),
                by: colleague.id(),
            }],
        );
    }
}

#[test]
fn nobody_proposes_over_a_file_that_has_changed() {
    for shift in [-1, 1] {
        let stale = Command::Propose {
            proposal: Proposal::Approve,
            file_version: folded(&decidable()).file.version.checked_add_signed(shift).unwrap(),
            rationale: text("consistent"),
        };
        given(decidable()).when(NADIA.at(day(4)), stale).then_refused(Refusal::FileChanged);
    }
}

#[test]
fn deciding_is_for_staff_in_a_role_that_may() {
    let events = proposed(decidable(), Proposal::Approve);
    let commands = [propose(&events, Proposal::Approve), confirm(&events), give_back()];
    for command in commands.clone() {
        for occasion in [OWNER.at(day(5)), timer(day(5)), visitor(day(5))] {
            given(events.clone()).when(occasion, command.clone()).then_refused(Access::StaffOnly);
        }
        for colleague in [SAMIR, ADELE] {
            given(events.clone())
                .when(colleague.at(day(5)), command.clone())
                .then_refused(Access::StaffRoleForbids);
        }
    }
    for command in [confirm(&events), give_back()] {
        given(events.clone())
            .when(NADIA.at(day(5)), command)
            .then_refused(Access::StaffRoleForbids);
    }
}

#[test]
fn a_proposal_to_lift_counts_for_one_suspension_only() {
    let first = lifted(suspended(in_test()));
    assert_eq!(review(&first).proposal, None);
    let again = suspended(first);
    given(again.clone())
        .when(HUGO.at(day(9)), confirm(&again))
        .then_refused(Refusal::NothingProposed);
}

#[test]
fn one_decision_is_proposed_at_a_time() {
    for proposal in [Proposal::Approve, REJECT] {
        let events = proposed(decidable(), proposal);
        given(events.clone())
            .when(NADIA.at(day(4)), propose(&events, Proposal::Approve))
            .then_refused(Refusal::AlreadyProposed);
    }
}

#[test]
fn a_proposal_that_cannot_be_confirmed_any_more_makes_room_for_another() {
    // The account was suspended while its approval was proposed.
    let events = suspended(proposed(decidable(), Proposal::Approve));
    given(events.clone())
        .when(HUGO.at(day(7)), confirm(&events))
        .then_refused(Refusal::NothingProposed);
    let events = after(events.clone(), CLARA.at(day(7)), propose(&events, REJECT));
    assert_eq!(review(&events).proposal.unwrap().proposal, REJECT);
}

#[test]
fn a_proposal_is_confirmed_once() {
    let lift = proposed(suspended(live()), Proposal::LiftSuspension);
    let reactivation = proposed(repaired(), Proposal::Reactivate);
    for events in [lift, reactivation] {
        let confirm = confirm(&events);
        let events = after(events, HUGO.at(day(52)), confirm.clone());
        for command in [confirm, give_back()] {
            given(events.clone())
                .when(HUGO.at(day(53)), command)
                .then_refused(Refusal::NothingProposed);
        }
    }
}

#[test]
fn another_officer_approves_and_everything_that_was_asked_for_opens() {
    let file_version = folded(&decidable()).file.version;
    let events = proposed(decidable(), Proposal::Approve);
    given(events.clone()).when(HUGO.at(day(5)), confirm(&events)).then(events![
        Event::ClientFileApproved {
            file_version,
            rule_set: "fr-2026-01".to_owned(),
            proposed_by: CLARA.id(),
            confirmed_by: HUGO.id(),
        },
        services::Event::Activated { service: Service::PaymentLink },
        registration::Event::LiveModeOpened,
        registration::Event::PayoutsEnabled,
    ]);
    let state = folded(&live());
    assert_eq!(state.account.status, Some(Status::Live));
    assert_eq!(state.review.stage, Stage::Approved);
    assert!(state.account.are_payouts_enabled);
}

#[test]
fn another_officer_rejects_and_the_account_closes() {
    let file_version = folded(&in_review()).file.version;
    let events = proposed(in_review(), REJECT);
    given(events.clone()).when(HUGO.at(day(5)), confirm(&events)).then(events![
        Event::ClientFileRejected {
            reason: RejectionReason::RiskTooHigh,
            file_version,
            rule_set: "fr-2026-01".to_owned(),
            proposed_by: CLARA.id(),
            confirmed_by: HUGO.id(),
        },
        registration::Event::AccountClosed { reason: ClosureReason::FileRejected },
    ]);
    let state = folded(&rejected());
    assert_eq!(state.account.status, Some(Status::Closed));
    assert_eq!(state.review.rejection, Some(RejectionReason::RiskTooHigh));
}

#[test]
fn a_file_is_rejected_whether_the_account_is_in_test_deactivated_or_suspended() {
    for events in [in_review(), deactivated(), suspended(in_review())] {
        let events = proposed(events, REJECT);
        given(events.clone())
            .when(CLARA.at(day(60)), confirm(&events))
            .then_refused(Refusal::SameOfficer);
        let confirm = confirm(&events);
        let events = after(events, HUGO.at(day(60)), confirm);
        assert_eq!(folded(&events).account.status, Some(Status::Closed));
    }
}

#[test]
fn a_decision_records_the_rules_of_its_own_day() {
    let events = proposed(decidable(), Proposal::Approve);
    let confirm = confirm(&events);
    let events = after(events, HUGO.at(at("2027-07-09T22:00:00Z")), confirm);
    let rule_set = events.iter().find_map(|event| match event {
        merchant::Event::Review(Event::ClientFileApproved { rule_set, .. }) => Some(rule_set),
        _ => None,
    });
    assert_eq!(rule_set.unwrap(), "eu-2027-07");
}

#[test]
fn nobody_confirms_their_own_proposal() {
    let approval = proposed(decidable(), Proposal::Approve);
    let rejection = proposed(decidable(), REJECT);
    let reactivation = proposed(repaired(), Proposal::Reactivate);
    let lift = proposed(suspended(live()), Proposal::LiftSuspension);
    for events in [approval, rejection, reactivation, lift] {
        given(events.clone())
            .when(CLARA.at(day(60)), confirm(&events))
            .then_refused(Refusal::SameOfficer);
    }
}

#[test]
fn a_file_that_changed_after_the_proposal_is_proposed_again() {
    let refused = after(decidable(), CLARA.at(day(3)), refuse(BANK));
    let events = proposed(refused, REJECT);
    let replace = client_file::Command::SubmitDocument {
        document: document(91, BankDetails),
        replaces: Some(id(BANK)),
    };
    let changed = after(events.clone(), OWNER.at(day(4)), replace);
    for seen in [&events, &changed] {
        given(changed.clone())
            .when(HUGO.at(day(5)), confirm(seen))
            .then_refused(Refusal::FileChanged);
    }
    let again = after(changed.clone(), NADIA.at(day(5)), propose(&changed, REJECT));
    after(again.clone(), HUGO.at(day(5)), confirm(&again));
}

#[test]
fn an_officer_who_read_another_version_does_not_confirm() {
    let events = proposed(decidable(), Proposal::Approve);
    given(events).when(HUGO.at(day(5)), confirm(&in_test())).then_refused(Refusal::FileChanged);
}

#[test]
fn nothing_is_confirmed_or_returned_that_was_not_proposed() {
    for events in [submitted(), decidable(), live()] {
        for command in [confirm(&events), give_back()] {
            given(events.clone())
                .when(HUGO.at(day(6)), command)
                .then_refused(Refusal::NothingProposed);
        }
    }
}

#[test]
fn a_returned_proposal_no_longer_stands() {
    let events = proposed(decidable(), Proposal::Approve);
    given(events.clone()).when(HUGO.at(day(5)), give_back()).then(events![
        Event::DecisionReturned {
            by: HUGO.id(),
            reason: text("the extract is of another company").into(),
        }
    ]);
    let returned = after(events, HUGO.at(day(5)), give_back());
    given(returned.clone())
        .when(HUGO.at(day(5)), confirm(&returned))
        .then_refused(Refusal::NothingProposed);
    proposed(returned, REJECT);
}

#[test]
fn a_file_that_nobody_took_is_not_decided() {
    for events in [complete(), submitted()] {
        for proposal in [Proposal::Approve, REJECT] {
            given(events.clone())
                .when(CLARA.at(day(4)), propose(&events, proposal))
                .then_refused(Refusal::NotSubmitted);
        }
    }
}

#[test]
fn a_file_is_not_decided_twice() {
    for events in [live(), rejected()] {
        for proposal in [Proposal::Approve, REJECT] {
            given(events.clone())
                .when(CLARA.at(day(6)), propose(&events, proposal))
                .then_refused(Refusal::FileDecided);
        }
    }
}

#[test]
fn a_file_is_not_decided_while_documents_are_awaited() {
    for proposal in [Proposal::Approve, REJECT] {
        given(awaiting())
            .when(CLARA.at(day(6)), propose(&awaiting(), proposal))
            .then_refused(Refusal::ItemsOpen);
    }
}

#[test]
fn a_file_is_approved_only_with_every_document_accepted() {
    let refused = after(decidable(), CLARA.at(day(4)), refuse(BANK));
    for events in [in_review(), refused] {
        given(events.clone())
            .when(CLARA.at(day(4)), propose(&events, Proposal::Approve))
            .then_refused(Refusal::DocumentsNotAccepted);
    }
}

#[test]
fn a_document_refused_after_the_proposal_stops_the_approval() {
    let events = proposed(decidable(), Proposal::Approve);
    let events = after(events, NADIA.at(day(4)), refuse(BANK));
    given(events.clone())
        .when(HUGO.at(day(5)), confirm(&events))
        .then_refused(Refusal::DocumentsNotAccepted);
}

#[test]
fn a_stopped_or_closed_account_is_not_approved() {
    let withdrawn = after(decidable(), OWNER.at(day(4)), client_file::Command::Withdraw);
    for events in [repaired(), suspended(decidable()), withdrawn.clone()] {
        given(events.clone())
            .when(CLARA.at(day(60)), propose(&events, Proposal::Approve))
            .then_refused(Access::StatusForbids);
    }
    given(withdrawn.clone())
        .when(CLARA.at(day(60)), propose(&withdrawn, REJECT))
        .then_refused(Access::StatusForbids);
}

#[test]
fn an_account_is_reactivated_in_a_pair_once_the_documents_are_accepted() {
    let events = proposed(repaired(), Proposal::Reactivate);
    given(events.clone()).when(HUGO.at(day(52)), confirm(&events)).then(events![
        registration::Event::AccountReactivated {
            proposed_by: CLARA.id(),
            confirmed_by: HUGO.id(),
        }
    ]);
}

#[test]
fn an_account_is_not_reactivated_while_an_item_is_open() {
    given(deactivated())
        .when(CLARA.at(day(40)), propose(&deactivated(), Proposal::Reactivate))
        .then_refused(Refusal::ItemsOpen);
}

#[test]
fn an_account_is_not_reactivated_before_its_documents_are_accepted() {
    let events = after(deactivated(), OWNER.at(day(50)), answer(81, ProofOfAddress, ITEM));
    given(events.clone())
        .when(CLARA.at(day(51)), propose(&events, Proposal::Reactivate))
        .then_refused(Refusal::DocumentsNotAccepted);
}

#[test]
fn only_a_deactivated_account_is_reactivated_and_only_a_suspended_one_lifted() {
    for events in [in_test(), decidable(), live(), suspended(repaired())] {
        given(events.clone())
            .when(CLARA.at(day(60)), propose(&events, Proposal::Reactivate))
            .then_refused(Refusal::NotDeactivated);
    }
    for events in [in_test(), live(), repaired(), rejected()] {
        given(events.clone())
            .when(CLARA.at(day(60)), propose(&events, Proposal::LiftSuspension))
            .then_refused(Refusal::NotSuspended);
    }
}

#[test]
fn a_suspension_is_lifted_in_a_pair() {
    let events = proposed(suspended(live()), Proposal::LiftSuspension);
    given(events.clone()).when(HUGO.at(day(8)), confirm(&events)).then(events![
        registration::Event::SuspensionLifted { proposed_by: CLARA.id(), confirmed_by: HUGO.id() }
    ]);
}

#[test]
fn whoever_takes_a_case_that_was_put_aside_takes_it_up_again() {
    let snooze = Command::Snooze { until: day(20) };
    let events = after(submitted(), CLARA.at(day(3)), snooze);
    assert_eq!(review(&events).snoozed_until, Some(day(20)));
    let taken = after(events, NADIA.at(day(4)), Command::Take);
    assert_eq!(review(&taken).snoozed_until, None);
}

#[test]
fn a_refusal_is_remembered_in_both_its_parts_until_it_is_taken_back() {
    let refused = after(in_review(), CLARA.at(day(4)), refuse(BANK));
    let known = folded(&refused).file.documents[&id(BANK)].clone();
    assert_eq!(known.refusal_text, Some(text("The second page cannot be read.")));
    let accepted = after(refused, CLARA.at(day(4)), accept(BANK));
    let known = folded(&accepted).file.documents[&id(BANK)].clone();
    assert_eq!((known.refusal, known.refusal_text), (None, None));
}

#[test]
fn nothing_is_awaited_of_an_application_that_is_withdrawn() {
    let withdrawn = after(awaiting_and_told(), OWNER.at(day(6)), client_file::Command::Withdraw);
    given(withdrawn.clone()).when(timer(day(29)), Command::Remind { days_left: 7 }).then_nothing();
    given(withdrawn).when(timer(deadline()), Command::PassDeadline).then_nothing();
}

#[test]
fn nobody_works_on_the_file_of_an_account_that_was_closed() {
    let withdrawn = after(in_review(), OWNER.at(day(4)), client_file::Command::Withdraw);
    let item = asked_for(ITEM, ProofOfAddress);
    for command in [request(vec![item]), refuse(BANK), accept(BANK), Command::Escalate] {
        given(withdrawn.clone())
            .when(CLARA.at(day(5)), command)
            .then_refused(Access::StatusForbids);
    }
    given(withdrawn.clone())
        .when(CLARA.at(day(5)), Command::AddNote { note: text("called them") })
        .then([Event::NoteAdded { note: text("called them").into(), by: CLARA.id() }.into()]);
}

#[test]
fn a_proposal_falls_with_an_application_that_is_withdrawn() {
    let events = proposed(decidable(), Proposal::Approve);
    let events = after(events, OWNER.at(day(4)), client_file::Command::Withdraw);
    given(events.clone())
        .when(HUGO.at(day(5)), confirm(&events))
        .then_refused(Refusal::NothingProposed);
}
