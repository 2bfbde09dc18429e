//! What a member of staff goes through, one test per rule.

use super::{Command, Event, Profile, Refusal, Role, Roles, SignInFailure, State, decide, evolve};
use crate::given::{
    ADELE, ALBAN, CLARA, OWNER, day, every_refusal_has_its_code_and_words, id, roles, second,
    timer, visitor,
};
use crate::sign_in::{Attempt, Failures};
use crate::values::{Email, Language, PersonName};
use crate::{Actor, Channel, Coded, Occasion, StaffId};
use chrono::{DateTime, TimeDelta, Utc};

use SignInFailure::{Disabled, Locked, WrongPassword, WrongSecondFactor};

struct Given(Vec<Event>);
struct When(Result<Vec<Event>, Refusal>);

fn given(events: Vec<Event>) -> Given {
    Given(events)
}

fn folded(events: &[Event]) -> State {
    events.iter().fold(State::default(), evolve)
}

/// Everything here happens to one new colleague.
fn nour() -> StaffId {
    id(9)
}

impl Given {
    fn when(self, occasion: Occasion, command: Command) -> When {
        When(decide(nour(), command, &folded(&self.0), &occasion))
    }
}

impl When {
    #[track_caller]
    fn then(self, expected: impl IntoIterator<Item = Event>) {
        assert_eq!(self.0, Ok(expected.into_iter().collect()));
    }

    #[track_caller]
    fn then_refused(self, refusal: Refusal) {
        assert_eq!(self.0, Err(refusal));
    }
}

#[track_caller]
fn after(mut events: Vec<Event>, occasion: Occasion, command: Command) -> Vec<Event> {
    let new = decide(nour(), command, &folded(&events), &occasion).unwrap();
    assert!(!new.is_empty(), "nothing happened");
    events.extend(new);
    events
}

fn profile() -> Profile {
    Profile {
        email: Email::parse("nour@example.com").unwrap(),
        first_name: PersonName::parse("Nour").unwrap(),
        last_name: PersonName::parse("Exemple").unwrap(),
    }
}

fn invite(roles: Roles) -> Command {
    Command::Invite { profile: profile(), language: Language::French, roles, link: id(41) }
}

fn invited_event(by: Option<StaffId>) -> Event {
    Event::Invited {
        profile: profile().into(),
        language: Language::French,
        roles: analyst(),
        link: id(41),
        expires_at: day(3),
        by,
    }
}

fn analyst() -> Roles {
    roles(&[Role::Analyst])
}

fn officer() -> Roles {
    roles(&[Role::Officer])
}

fn join(link: u128) -> Command {
    Command::Join { link: id(link), is_second_factor_right: true }
}

fn change_roles(roles: Roles) -> Command {
    Command::ChangeRoles { roles }
}

fn sign_in(is_password_right: bool, is_second_factor_right: bool) -> Command {
    sign_in_after(Failures::default(), is_password_right, is_second_factor_right)
}

/// The same by a stranger, after wrong attempts.
fn sign_in_after(
    failures: Failures,
    is_password_right: bool,
    is_second_factor_right: bool,
) -> Command {
    let attempt = Attempt { is_known_device: false, failures };
    Command::SignIn { is_password_right, is_second_factor_right, attempt }
}

fn invited() -> Vec<Event> {
    after(vec![], ADELE.at(day(0)), invite(analyst()))
}

fn joined() -> Vec<Event> {
    after(invited(), visitor(day(0)), join(41))
}

fn disabled() -> Vec<Event> {
    after(joined(), ADELE.at(day(1)), Command::Disable)
}

/// As the new colleague, who is an administrator too.
fn herself(at: DateTime<Utc>) -> Occasion {
    Occasion::by_staff(nour(), roles(&[Role::Administrator]), at)
}

fn refused(failure: SignInFailure) -> Event {
    Event::SignInRefused { failure }
}

#[test]
fn every_refusal_has_a_code_and_words_in_both_languages() {
    every_refusal_has_its_code_and_words::<Refusal>();
}

#[test]
fn an_administrator_invites_for_72_hours() {
    given(vec![]).when(ADELE.at(day(0)), invite(analyst())).then([invited_event(Some(ADELE.id()))]);
}

#[test]
fn the_program_invites_the_first_administrator_from_its_terminal_only() {
    let terminal = Occasion::new(Actor::System, Channel::Terminal, day(0));
    given(vec![]).when(terminal, invite(analyst())).then([invited_event(None)]);
    given(vec![]).when(timer(day(0)), invite(analyst())).then_refused(Refusal::AdministratorOnly);
    let visitor = Occasion::new(Actor::Visitor, Channel::Terminal, day(0));
    given(vec![]).when(visitor, invite(analyst())).then_refused(Refusal::AdministratorOnly);
}

#[test]
fn nobody_else_manages_staff_accounts() {
    for occasion in [CLARA.at(day(1)), OWNER.at(day(1)), visitor(day(1)), timer(day(1))] {
        for command in [invite(analyst()), change_roles(officer()), Command::Disable] {
            given(joined()).when(occasion, command).then_refused(Refusal::AdministratorOnly);
        }
    }
}

#[test]
fn a_colleague_is_invited_once() {
    for events in [invited(), joined(), disabled()] {
        given(events)
            .when(ADELE.at(day(1)), invite(analyst()))
            .then_refused(Refusal::AlreadyInvited);
    }
}

#[test]
fn nobody_is_left_without_a_role() {
    given(vec![]).when(ADELE.at(day(0)), invite(roles(&[]))).then_refused(Refusal::NoRole);
    given(joined()).when(ADELE.at(day(0)), change_roles(roles(&[]))).then_refused(Refusal::NoRole);
}

#[test]
fn whoever_follows_the_invitation_with_a_right_second_factor_joins() {
    let last_moment = day(3) - second();
    given(invited())
        .when(visitor(last_moment), join(41))
        .then([Event::Joined { credential: id(41) }]);
}

#[test]
fn a_wrong_second_factor_does_not_join() {
    let wrong = Command::Join { link: id(41), is_second_factor_right: false };
    given(invited()).when(visitor(day(1)), wrong).then_refused(Refusal::WrongSecondFactor);
}

#[test]
fn an_invitation_is_used_once() {
    given(joined()).when(visitor(day(1)), join(41)).then_refused(Refusal::LinkUsed);
}

#[test]
fn an_invitation_that_is_over_or_another_link_does_not_join() {
    given(invited()).when(visitor(day(3)), join(41)).then_refused(Refusal::LinkExpired);
    given(invited()).when(visitor(day(1)), join(42)).then_refused(Refusal::LinkExpired);
}

#[test]
fn a_disabled_colleague_does_not_join() {
    let events = after(invited(), ADELE.at(day(1)), Command::Disable);
    given(events).when(visitor(day(1)), join(41)).then_refused(Refusal::Disabled);
}

#[test]
fn nothing_is_asked_of_a_colleague_who_does_not_exist() {
    for command in [change_roles(officer()), Command::Disable] {
        given(vec![]).when(ADELE.at(day(1)), command).then_refused(Refusal::UnknownStaff);
    }
    for command in [join(41), sign_in(true, true)] {
        given(vec![]).when(visitor(day(1)), command).then_refused(Refusal::UnknownStaff);
    }
    given(invited()).when(visitor(day(1)), sign_in(true, true)).then_refused(Refusal::UnknownStaff);
}

#[test]
fn new_roles_end_older_sessions() {
    given(joined())
        .when(ALBAN.at(day(1)), change_roles(officer()))
        .then([Event::RolesChanged { roles: officer(), by: ALBAN.id() }]);
    let state = folded(&after(joined(), ALBAN.at(day(1)), change_roles(officer())));
    assert_eq!((state.roles, state.session_generation), (officer(), 1));
}

#[test]
fn giving_the_same_roles_changes_nothing() {
    given(joined()).when(ALBAN.at(day(1)), change_roles(analyst())).then([]);
}

#[test]
fn nobody_changes_their_own_roles_or_disables_themselves() {
    for command in [change_roles(officer()), Command::Disable] {
        given(joined()).when(herself(day(1)), command).then_refused(Refusal::OwnAccount);
    }
}

#[test]
fn a_colleague_is_disabled_once_and_older_sessions_end() {
    given(joined())
        .when(ADELE.at(day(1)), Command::Disable)
        .then([Event::Disabled { by: ADELE.id() }]);
    assert_eq!(folded(&disabled()).session_generation, 1);
    given(disabled()).when(ALBAN.at(day(2)), Command::Disable).then([]);
}

#[test]
fn signing_in_takes_both_factors() {
    given(joined()).when(visitor(day(1)), sign_in(true, true)).then([Event::SignedIn]);
    for (password, second_factor, failure) in [
        (false, true, WrongPassword),
        (false, false, WrongPassword),
        (true, false, WrongSecondFactor),
    ] {
        given(joined())
            .when(visitor(day(1)), sign_in(password, second_factor))
            .then([refused(failure)]);
    }
}

#[test]
fn a_disabled_colleague_does_not_sign_in() {
    given(disabled()).when(visitor(day(2)), sign_in(true, true)).then([refused(Disabled)]);
}

#[test]
fn a_source_that_guesses_is_closed_and_strangers_together_lock() {
    let until = day(1) + TimeDelta::minutes(15);
    let fifth = Failures { of_source: 4, of_strangers: 4, is_recorded: true };
    for (password, second_factor) in [(false, true), (true, false)] {
        given(joined())
            .when(visitor(day(1)), sign_in_after(fifth, password, second_factor))
            .then([refused(Locked)]);
    }
    let closed = Failures { of_source: 5, ..fifth };
    given(joined()).when(visitor(day(1)), sign_in_after(closed, true, true)).then([]);
    let twentieth = Failures { of_source: 0, of_strangers: 19, is_recorded: false };
    let locks = sign_in_after(twentieth, true, false);
    given(joined())
        .when(visitor(day(1)), locks.clone())
        .then([refused(WrongSecondFactor), Event::Locked { until }]);
    let locked = after(joined(), visitor(day(1)), locks);
    given(locked.clone()).when(visitor(until - second()), sign_in(true, true)).then([]);
    let known = Command::SignIn {
        is_password_right: true,
        is_second_factor_right: true,
        attempt: Attempt { is_known_device: true, failures: twentieth },
    };
    given(locked.clone()).when(visitor(until - second()), known).then([Event::SignedIn]);
    given(locked).when(visitor(until), sign_in(true, true)).then([Event::SignedIn]);
}

#[test]
fn a_set_of_roles_holds_exactly_what_was_put_in() {
    for role in Role::ALL {
        assert_eq!(roles(&[*role]).iter().collect::<Vec<_>>(), [*role]);
    }
    assert_eq!(Role::ALL.iter().copied().collect::<Roles>().iter().count(), Role::ALL.len());
    assert!(Roles::default().is_empty());
}
