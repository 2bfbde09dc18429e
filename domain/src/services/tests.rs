//! What happens to services, one test per rule.

use super::{Command, Event, Refusal, Service, ServiceRefusal, Status};
use crate::access::Refusal as Access;
use crate::given::*;
use crate::merchant;

fn activate(service: Service) -> Command {
    Command::Activate { service }
}

fn refuse_service(service: Service) -> Command {
    Command::Refuse { service, reason: ServiceRefusal::NotAvailable }
}

fn requested(services: impl IntoIterator<Item = Service>) -> Event {
    Event::Requested { services: services.into_iter().collect() }
}

/// Live with payment links, and asking for the API too.
fn asking_for_more() -> Vec<merchant::Event> {
    after(live(), OWNER.at(day(6)), request_services([Service::Api]))
}

#[test]
fn every_refusal_has_a_code_and_words_in_both_languages() {
    every_refusal_has_its_code_and_words::<Refusal>();
}

#[test]
fn services_are_chosen_with_the_client_file() {
    given(in_test())
        .when(OWNER.at(day(1)), request_services([Service::Api, Service::Terminal]))
        .then(events![requested([Service::Api, Service::Terminal])]);
}

#[test]
fn choosing_the_same_services_again_changes_nothing() {
    given(complete())
        .when(OWNER.at(day(1)), request_services([Service::PaymentLink]))
        .then_nothing();
    given(asking_for_more())
        .when(OWNER.at(day(7)), request_services([Service::Api]))
        .then_nothing();
}

#[test]
fn until_the_file_is_sent_the_choice_replaces_the_former_one() {
    let events = after(complete(), OWNER.at(day(1)), request_services([Service::Api]));
    let services = folded(&events).services.services;
    assert_eq!(services.into_iter().collect::<Vec<_>>(), [(Service::Api, Status::Requested)]);
}

#[test]
fn a_choice_names_at_least_one_service() {
    for events in [in_test(), live()] {
        given(events)
            .when(OWNER.at(day(6)), request_services([]))
            .then_refused(Refusal::NoneRequested);
    }
}

#[test]
fn services_do_not_change_while_the_file_is_examined() {
    for events in [submitted(), in_review()] {
        given(events)
            .when(OWNER.at(day(4)), request_services([Service::Api]))
            .then_refused(Refusal::FileSubmitted);
    }
}

#[test]
fn services_are_asked_for_in_test_or_live_mode_only() {
    for events in [created(), activated(), deactivated(), suspended(live()), rejected()] {
        given(events)
            .when(OWNER.at(day(40)), request_services([Service::Api]))
            .then_refused(Access::StatusForbids);
    }
}

#[test]
fn services_are_asked_for_by_members() {
    let others = [CLARA.at(day(6)), timer(day(6))];
    for occasion in outsiders(day(6)).into_iter().chain(others) {
        given(live())
            .when(occasion, request_services([Service::Api]))
            .then_refused(Access::UnknownMerchant);
    }
}

#[test]
fn a_service_that_is_active_is_not_asked_for_again() {
    given(live()).when(OWNER.at(day(6)), request_services([Service::PaymentLink])).then_nothing();
    given(live())
        .when(OWNER.at(day(6)), request_services([Service::PaymentLink, Service::Api]))
        .then(events![requested([Service::Api])]);
}

#[test]
fn a_later_service_is_opened_by_an_analyst() {
    given(asking_for_more())
        .when(NADIA.at(day(7)), activate(Service::Api))
        .then(events![Event::Activated { service: Service::Api }]);
}

#[test]
fn a_later_choice_stands_beside_the_one_that_waits() {
    let events = after(asking_for_more(), OWNER.at(day(7)), request_services([Service::Terminal]));
    let pending: Vec<Service> = folded(&events).services.with_status(Status::Requested).collect();
    assert_eq!(pending, [Service::Api, Service::Terminal]);
}

#[test]
fn a_refused_service_may_be_asked_for_again() {
    given(asking_for_more()).when(NADIA.at(day(7)), refuse_service(Service::Api)).then(events![
        Event::Refused { service: Service::Api, reason: ServiceRefusal::NotAvailable }
    ]);
    let events = after(asking_for_more(), NADIA.at(day(7)), refuse_service(Service::Api));
    given(events)
        .when(OWNER.at(day(8)), request_services([Service::Api]))
        .then(events![requested([Service::Api])]);
}

#[test]
fn only_what_was_asked_for_is_decided() {
    for command in [activate(Service::Terminal), refuse_service(Service::PaymentLink)] {
        given(live()).when(NADIA.at(day(7)), command).then_refused(Refusal::NotRequested);
    }
    let refused = after(asking_for_more(), NADIA.at(day(7)), refuse_service(Service::Api));
    given(refused)
        .when(NADIA.at(day(8)), activate(Service::Api))
        .then_refused(Refusal::NotRequested);
}

#[test]
fn services_of_a_file_under_examination_are_opened_by_its_approval_only() {
    for command in [activate(Service::PaymentLink), refuse_service(Service::PaymentLink)] {
        given(in_review()).when(NADIA.at(day(4)), command).then_refused(Access::StatusForbids);
    }
}

#[test]
fn services_are_decided_by_analysts_and_officers() {
    given(asking_for_more())
        .when(OWNER.at(day(7)), activate(Service::Api))
        .then_refused(Access::StaffOnly);
    for colleague in [SAMIR, ADELE] {
        given(asking_for_more())
            .when(colleague.at(day(7)), activate(Service::Api))
            .then_refused(Access::StaffRoleForbids);
    }
}
