//! Given, when, then.

use super::*;
use crate::values::FreeText;
use crate::{DocumentId, MerchantId, StaffId};
use chrono::{DateTime, TimeDelta, Utc};

const CLARA: StaffId = StaffId::from_u128(1);
const MERCHANT: MerchantId = MerchantId::from_u128(2);
const PASSPORT: Thing = Thing::Document(DocumentId::from_u128(3));

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

fn statement(purpose: Purpose, reference: &str) -> Statement {
    let reference = FreeText::recorded(reference);
    Statement { staff: CLARA, merchant: MERCHANT, purpose, reference }
}

fn stated(purpose: Purpose, reference: &str) -> Event {
    Event::PurposeStated { statement: statement(purpose, reference).into() }
}

fn looked(purpose: Purpose, reference: &str, thing: Thing, minutes: i64) -> Event {
    let reference = FreeText::recorded(reference);
    let (looker, merchant) = (Looker::Staff(CLARA), Some(MERCHANT));
    let look = Look { at: at(minutes), looker, merchant, thing, purpose, reference };
    Event::Looked { look: look.into() }
}

fn given(events: &[Event]) -> State {
    events.iter().fold(State::default(), evolve)
}

fn look(state: &State, thing: Thing, minutes: i64) -> Result<Vec<Event>, Refusal> {
    decide(Command::Look { staff: CLARA, thing }, state, at(minutes))
}

#[test]
fn without_a_purpose_nobody_looks() {
    assert_eq!(look(&given(&[]), Thing::Card, 0), Err(Refusal::PurposeNeeded));
    let state = given(&[stated(Purpose::Review, "case 7")]);
    let other = Command::Look { staff: StaffId::from_u128(9), thing: Thing::Card };
    assert_eq!(decide(other, &state, at(0)), Err(Refusal::PurposeNeeded), "somebody else's");
}

#[test]
fn a_look_says_who_at_what_for_what() {
    let state = given(&[stated(Purpose::Audit, "visit of May")]);
    let expected = looked(Purpose::Audit, "visit of May", PASSPORT, 5);
    assert_eq!(look(&state, PASSPORT, 5), Ok(vec![expected]));
}

#[test]
fn whoever_goes_on_looking_looks_once_an_hour_at_each_thing() {
    let state = given(&[stated(Purpose::Review, "7"), looked(Purpose::Review, "7", PASSPORT, 0)]);
    assert_eq!(look(&state, PASSPORT, 59), Ok(vec![]));
    assert_eq!(look(&state, PASSPORT, 60).unwrap().len(), 1);
    assert_eq!(look(&state, Thing::Card, 1).unwrap().len(), 1, "another thing");
    assert_eq!(look(&state, PASSPORT, -1).unwrap().len(), 1, "a clock that was turned back");
}

#[test]
fn another_purpose_is_another_look() {
    let state = given(&[
        stated(Purpose::Review, "7"),
        looked(Purpose::Review, "7", PASSPORT, 0),
        stated(Purpose::Complaint, "letter of 3 May"),
    ]);
    let expected = looked(Purpose::Complaint, "letter of 3 May", PASSPORT, 1);
    assert_eq!(look(&state, PASSPORT, 1), Ok(vec![expected]));
    let again = Command::StatePurpose(statement(Purpose::Complaint, "letter of 3 May"));
    assert_eq!(decide(again, &state, at(1)), Ok(vec![]), "stated already");
}

#[test]
fn a_purpose_that_was_forgotten_is_asked_for_again() {
    let state = given(&[Event::PurposeStated { statement: crate::Personal::Forgotten }]);
    assert_eq!(look(&state, Thing::Card, 0), Err(Refusal::PurposeNeeded));
}

#[test]
fn a_month_is_opened_once_and_forgotten_once() {
    let ask = |state: &State, command| decide(command, state, at(0)).unwrap();
    assert_eq!(ask(&given(&[]), Command::ForgetMonth), [], "nobody looked");
    assert_eq!(ask(&given(&[]), Command::OpenMonth), [Event::MonthOpened]);
    let open = given(&[Event::MonthOpened]);
    assert_eq!(ask(&open, Command::OpenMonth), []);
    assert_eq!(ask(&open, Command::ForgetMonth), [Event::MonthForgotten]);
    let forgotten = evolve(open, &Event::MonthForgotten);
    assert_eq!(ask(&forgotten, Command::ForgetMonth), []);
}

fn month_of(text: &str) -> Month {
    Month::parse(text).unwrap()
}

#[test]
fn months_are_those_of_paris_and_written_in_six_digits() {
    let month = Month::of("2026-11-30T23:30:00Z".parse().unwrap());
    assert_eq!(month.to_string(), "202612");
    assert_eq!(Month::parse("202612"), Some(month));
    for wrong in ["", "20261", "202613", "202600", "2026-1", "2026122"] {
        assert_eq!(Month::parse(wrong), None, "{wrong}");
    }
    assert_eq!((month.next(), month.next().next()), (month_of("202701"), month_of("202702")));
    let later = Month::parse("202801").unwrap();
    assert_eq!((month.months_until(later), later.months_until(month)), (13, 0));
}
