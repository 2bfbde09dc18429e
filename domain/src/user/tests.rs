//! What a user goes through, one test per rule.

use super::{
    CODE_ATTEMPTS_MAX, CODES_PER_DAY_MAX, CODES_PER_HOUR_MAX, CodePurpose, Command, Event, Profile,
    Refusal, SignInFailure, State, decide, evolve,
};
use crate::given::{OWNER, day, every_refusal_has_its_code_and_words, id, second, visitor};
use crate::sign_in::{Attempt, Failures};
use crate::strong_authentication::{Action, Method};
use crate::values::{Email, Language, Mobile, PersonName};
use chrono::{DateTime, TimeDelta, Utc};

use CodePurpose::MobileVerification;

mod contacts;
mod tokens;

const STRONG: CodePurpose = CodePurpose::StrongAuthentication { action: Some(Action::LiveKeys) };

struct Given(Vec<Event>);
struct When(Result<Vec<Event>, Refusal>);

fn given(events: Vec<Event>) -> Given {
    Given(events)
}

fn folded(events: &[Event]) -> State {
    events.iter().fold(State::default(), evolve)
}

impl Given {
    fn when(self, at: DateTime<Utc>, command: Command) -> When {
        When(decide(command, &folded(&self.0), &visitor(at)))
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
fn after(mut events: Vec<Event>, at: DateTime<Utc>, command: Command) -> Vec<Event> {
    let new = decide(command, &folded(&events), &visitor(at)).unwrap();
    assert!(!new.is_empty(), "nothing happened");
    events.extend(new);
    events
}

fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

fn register(credential: u128) -> Command {
    Command::Register {
        email: Email::parse("zoe@example.com").unwrap(),
        language: Language::French,
        credential: id(credential),
    }
}

fn profile(first_name: &str, mobile: &str) -> Profile {
    Profile {
        first_name: PersonName::parse(first_name).unwrap(),
        last_name: PersonName::parse("Exemple").unwrap(),
        mobile: Mobile::parse(mobile).unwrap(),
    }
}

fn record(first_name: &str, mobile: &str) -> Command {
    Command::RecordProfile { profile: profile(first_name, mobile) }
}

fn issue_link(number: u128) -> Command {
    Command::IssueActivationLink { link: id(number) }
}

fn repeat(number: u128) -> Command {
    Command::RepeatRegistration { link: id(number), is_password_same: true }
}

fn verify(number: u128) -> Command {
    Command::VerifyEmail { link: id(number) }
}

fn send(number: u128, purpose: CodePurpose) -> Command {
    Command::SendCode { challenge: id(number), purpose }
}

fn enter(number: u128, is_code_right: bool) -> Command {
    Command::EnterCode { challenge: id(number), is_code_right }
}

fn reset(number: u128) -> Command {
    Command::RequestPasswordReset { link: id(number) }
}

fn change_password(number: u128) -> Command {
    Command::ChangePassword { credential: id(number) }
}

fn sign_in(is_password_right: bool) -> Command {
    Command::SignIn { is_password_right, attempt: Attempt::default() }
}

fn refused(failure: SignInFailure) -> Event {
    Event::SignInRefused { failure }
}

const LINK: u128 = 11;
const CODE: u128 = 21;
const MOBILE: &str = "06 12 34 56 78";
const OTHER_MOBILE: &str = "06 98 76 54 32";

fn registered() -> Vec<Event> {
    after(vec![], day(0), register(1))
}

fn invited() -> Vec<Event> {
    after(registered(), day(0), issue_link(LINK))
}

fn verified() -> Vec<Event> {
    after(invited(), day(0), verify(LINK))
}

fn with_profile() -> Vec<Event> {
    after(verified(), day(0), record("Zoé", MOBILE))
}

fn with_mobile() -> Vec<Event> {
    let events = after(with_profile(), day(0), send(CODE, MobileVerification));
    after(events, day(0), enter(CODE, true))
}

fn lapsed() -> Vec<Event> {
    after(invited(), day(30), Command::Lapse)
}

#[test]
fn every_refusal_has_a_code_and_words_in_both_languages() {
    every_refusal_has_its_code_and_words::<Refusal>();
}

#[test]
fn a_user_registers_once() {
    given(vec![]).when(day(0), register(1)).then([Event::Registered {
        email: Email::parse("zoe@example.com").unwrap().into(),
        language: Language::French,
        credential: id(1),
    }]);
    given(registered()).when(day(0), register(1)).then([]);
    given(registered()).when(day(0), register(2)).then_refused(Refusal::AlreadyRegistered);
}

#[test]
fn nothing_is_asked_of_a_user_who_does_not_exist_or_was_forgotten() {
    for command in [
        repeat(LINK),
        issue_link(LINK),
        verify(LINK),
        record("Zoé", MOBILE),
        send(CODE, MobileVerification),
        enter(CODE, true),
        reset(31),
        change_password(31),
        sign_in(true),
        Command::RevokeSessions,
        Command::Lapse,
    ] {
        for events in [vec![], lapsed()] {
            given(events).when(day(31), command.clone()).then_refused(Refusal::UnknownUser);
        }
    }
}

#[test]
fn a_second_registration_is_noted() {
    let repeated = Event::RegistrationRepeated { repeated_at: Some(day(1)) };
    given(with_mobile()).when(day(1), repeat(12)).then([repeated]);
    let told = (0..3).fold(with_mobile(), |events, _| after(events, day(1), repeat(12)));
    given(told.clone()).when(day(2) - second(), repeat(13)).then([]);
    after(told, day(2), repeat(13));
}

/// Whoever was first may be a stranger, and so may whoever was last: neither password counts.
#[test]
fn several_who_register_with_one_address_leave_the_choice_to_who_reads_its_mail() {
    let other = Command::RepeatRegistration { link: id(12), is_password_same: false };
    let contested = after(invited(), day(1), other.clone());
    given(invited()).when(day(1), other.clone()).then([
        Event::RegistrationRepeated { repeated_at: Some(day(1)) },
        Event::PasswordResetRequested {
            link: id(12),
            issued_at: day(1),
            expires_at: day(1) + minutes(60),
        },
    ]);
    let by_link = after(contested.clone(), day(1), verify(LINK));
    assert_eq!((folded(&by_link).credential, folded(&by_link).is_email_verified), (None, true));
    let by_choice = after(contested.clone(), day(1), change_password(12));
    assert_eq!(folded(&by_choice).credential, Some(id(12)));
    assert!(folded(&by_choice).is_email_verified);
    // Also where the password of the first comes again.
    given(contested).when(day(1), repeat(13)).then([
        Event::RegistrationRepeated { repeated_at: Some(day(1)) },
        Event::PasswordResetRequested {
            link: id(12),
            issued_at: day(1),
            expires_at: day(1) + minutes(60),
        },
    ]);
    // What a program of before noted takes nobody's password away.
    let old = [invited(), vec![Event::RegistrationRepeated { repeated_at: None }]].concat();
    assert!(folded(&after(old, day(1), verify(LINK))).credential.is_some());
}

#[test]
fn registering_again_before_the_activation_sends_the_live_link() {
    given(invited()).when(day(1), repeat(12)).then([Event::ActivationLinkIssued {
        link: id(LINK),
        issued_at: day(1),
        expires_at: day(4),
    }]);
    given(invited()).when(day(3), repeat(12)).then([Event::ActivationLinkIssued {
        link: id(12),
        issued_at: day(3),
        expires_at: day(6),
    }]);
    let many = (0..4).fold(invited(), |events, _| after(events, day(0), repeat(12)));
    given(many).when(day(0), repeat(12)).then([]);
}

// Activation.

#[test]
fn an_activation_link_counts_for_72_hours() {
    let expires_at = day(3);
    given(registered()).when(day(0), issue_link(LINK)).then([Event::ActivationLinkIssued {
        link: id(LINK),
        issued_at: day(0),
        expires_at,
    }]);
    given(invited()).when(expires_at - second(), verify(LINK)).then([Event::EmailVerified]);
    given(invited()).when(expires_at, verify(LINK)).then_refused(Refusal::LinkExpired);
    given(registered()).when(day(0), verify(LINK)).then_refused(Refusal::LinkExpired);
}

#[test]
fn only_the_newest_link_activates() {
    let events = after(invited(), day(3), issue_link(12));
    given(events.clone()).when(day(3), verify(LINK)).then_refused(Refusal::LinkReplaced);
    given(events).when(day(3), verify(12)).then([Event::EmailVerified]);
}

#[test]
fn a_link_that_works_is_sent_again_and_lives_on() {
    let events = after(invited(), day(2), issue_link(12));
    given(events.clone()).when(day(5) - second(), verify(LINK)).then([Event::EmailVerified]);
    given(events).when(day(2), verify(12)).then_refused(Refusal::LinkReplaced);
}

#[test]
fn an_activation_link_is_used_once() {
    given(verified()).when(day(0), verify(LINK)).then_refused(Refusal::LinkUsed);
}

#[test]
fn five_links_are_sent_in_24_hours() {
    let mut events = invited();
    for number in 12..16 {
        events = after(events, day(0), issue_link(number));
    }
    given(events.clone())
        .when(day(1) - second(), issue_link(16))
        .then_refused(Refusal::TooManyLinks);
    after(events, day(1), issue_link(16));
}

#[test]
fn an_activated_user_gets_no_further_link() {
    given(verified()).when(day(0), issue_link(12)).then_refused(Refusal::AlreadyActivated);
}

#[test]
fn a_registration_lapses_after_thirty_days_unless_it_was_activated() {
    given(invited()).when(day(30) - second(), Command::Lapse).then_refused(Refusal::NotDue);
    given(invited()).when(day(30), Command::Lapse).then([Event::Lapsed]);
    given(verified()).when(day(90), Command::Lapse).then_refused(Refusal::NotDue);
}

#[test]
fn a_resent_link_does_not_put_the_lapse_off() {
    let events = after(invited(), day(20), issue_link(12));
    given(events).when(day(30), Command::Lapse).then([Event::Lapsed]);
}

#[test]
fn however_many_links_were_sent_the_first_one_counts() {
    let resend = |events, number: u8| {
        after(events, day(2 * i64::from(number)), issue_link(50 + u128::from(number)))
    };
    let events = (1..14).fold(invited(), resend);
    given(events).when(day(30), Command::Lapse).then([Event::Lapsed]);
}

// Profile and mobile.

#[test]
fn name_and_mobile_are_recorded_once_after_the_activation() {
    given(invited()).when(day(0), record("Zoé", MOBILE)).then_refused(Refusal::NotActivated);
    given(verified())
        .when(day(0), record("Zoé", MOBILE))
        .then([Event::ProfileRecorded { profile: profile("Zoé", MOBILE).into() }]);
    for events in [with_profile(), with_mobile()] {
        given(events).when(day(0), record("Zoé", MOBILE)).then([]);
    }
}

#[test]
fn a_verified_mobile_does_not_change_by_itself() {
    given(with_profile())
        .when(day(1), record("Zoé", OTHER_MOBILE))
        .then([Event::ProfileRecorded { profile: profile("Zoé", OTHER_MOBILE).into() }]);
    given(with_mobile())
        .when(day(1), record("Zoé", OTHER_MOBILE))
        .then_refused(Refusal::MobileFixed);
}

#[test]
fn a_new_name_keeps_the_mobile_verified_and_fixed() {
    let events = after(with_mobile(), day(1), record("Zoe", MOBILE));
    assert!(folded(&events).is_mobile_verified);
    given(events).when(day(1), record("Zoe", OTHER_MOBILE)).then_refused(Refusal::MobileFixed);
}

#[test]
fn a_code_sent_to_one_mobile_does_not_prove_another() {
    let events = after(with_profile(), day(0), send(CODE, MobileVerification));
    let events = after(events, day(0), record("Zoé", OTHER_MOBILE));
    given(events).when(day(0), enter(CODE, true)).then_refused(Refusal::NoCodeSent);
}

#[test]
fn a_code_needs_an_activated_user_with_a_mobile() {
    given(invited())
        .when(day(0), send(CODE, MobileVerification))
        .then_refused(Refusal::NotActivated);
    given(verified()).when(day(0), send(CODE, MobileVerification)).then_refused(Refusal::NoMobile);
}

#[test]
fn strong_authentication_needs_a_verified_mobile() {
    given(with_profile()).when(day(0), send(CODE, STRONG)).then_refused(Refusal::MobileNotVerified);
}

#[test]
fn a_code_counts_for_ten_minutes_and_for_what_it_was_sent_for() {
    let strongly = Event::StronglyAuthenticated {
        challenge: id(22),
        method: Method::MobileCode,
        action: Some(Action::LiveKeys),
    };
    for (events, purpose, proof) in [
        (with_profile(), MobileVerification, Event::MobileVerified { challenge: id(22) }),
        (with_mobile(), STRONG, strongly),
    ] {
        given(events.clone()).when(day(1), send(22, purpose)).then([Event::CodeSent {
            challenge: id(22),
            purpose,
            sent_at: day(1),
            expires_at: day(1) + minutes(10),
        }]);
        let events = after(events, day(1), send(22, purpose));
        let expiry = day(1) + minutes(10);
        given(events.clone()).when(expiry - second(), enter(22, true)).then([proof]);
        given(events).when(expiry, enter(22, true)).then_refused(Refusal::CodeExpired);
    }
    assert!(folded(&with_mobile()).is_mobile_verified);
}

#[test]
fn a_code_of_before_that_names_no_action_proves_nothing() {
    let unnamed = CodePurpose::StrongAuthentication { action: None };
    let events = after(with_mobile(), day(1), send(22, unnamed));
    given(events).when(day(1), enter(22, true)).then_refused(Refusal::CodeExpired);
}

#[test]
fn five_codes_are_sent_within_an_hour() {
    let mut events = with_profile();
    for number in 0..CODES_PER_HOUR_MAX as u128 {
        events = after(events, day(1), send(100 + number, MobileVerification));
    }
    given(events.clone())
        .when(day(1) + minutes(60) - second(), send(200, MobileVerification))
        .then_refused(Refusal::TooManyCodes);
    after(events, day(1) + minutes(60), send(200, MobileVerification));
}

#[test]
fn twenty_codes_are_sent_within_a_day() {
    let mut events = with_profile();
    for number in 0..CODES_PER_DAY_MAX as u128 {
        let at = day(1) + minutes(60 * (number as i64 / 5));
        events = after(events, at, send(100 + number, MobileVerification));
    }
    given(events.clone())
        .when(day(1) + minutes(24 * 60) - second(), send(200, MobileVerification))
        .then_refused(Refusal::TooManyCodes);
    after(events, day(1) + minutes(24 * 60), send(200, MobileVerification));
}

#[test]
fn there_is_no_code_before_one_was_asked_for() {
    given(with_profile()).when(day(0), enter(CODE, true)).then_refused(Refusal::NoCodeSent);
}

#[test]
fn a_code_is_used_once_and_only_the_newest_counts() {
    given(with_mobile()).when(day(0), enter(CODE, true)).then_refused(Refusal::CodeExpired);
    let events = after(with_profile(), day(0), send(CODE, MobileVerification));
    let events = after(events, day(0), send(22, MobileVerification));
    given(events.clone()).when(day(0), enter(CODE, true)).then_refused(Refusal::CodeExpired);
    given(events).when(day(0), enter(22, true)).then([Event::MobileVerified { challenge: id(22) }]);
}

#[test]
fn a_wrong_code_is_counted_and_the_fifth_one_spends_it() {
    let mut events = after(with_profile(), day(0), send(CODE, MobileVerification));
    given(events.clone())
        .when(day(0), enter(CODE, false))
        .then([Event::CodeRefused { challenge: id(CODE) }]);
    for _ in 1..CODE_ATTEMPTS_MAX {
        events = after(events, day(0), enter(CODE, false));
    }
    after(events.clone(), day(0), enter(CODE, true));
    let events = after(events, day(0), enter(CODE, false));
    for is_code_right in [true, false] {
        given(events.clone())
            .when(day(0), enter(CODE, is_code_right))
            .then_refused(Refusal::CodeExpired);
    }
}

// Passwords and sessions.

#[test]
fn a_password_is_reset_within_an_hour_and_ends_every_session() {
    let expires_at = day(1) + minutes(60);
    given(with_mobile()).when(day(1), reset(31)).then([Event::PasswordResetRequested {
        link: id(31),
        issued_at: day(1),
        expires_at,
    }]);
    let events = after(with_mobile(), day(1), reset(31));
    given(events.clone())
        .when(expires_at - second(), change_password(31))
        .then([Event::PasswordChanged { credential: id(31) }, Event::SessionsRevoked]);
    given(events).when(expires_at, change_password(31)).then_refused(Refusal::LinkExpired);
    given(with_mobile()).when(day(1), change_password(31)).then_refused(Refusal::LinkExpired);
}

#[test]
fn a_reset_link_is_used_once_and_only_the_newest_counts() {
    let events = after(with_mobile(), day(1), reset(31));
    let used = after(events.clone(), day(1), change_password(31));
    assert_eq!(folded(&used).credential, Some(id(31)));
    assert_eq!(folded(&used).session_generation, 1);
    given(used).when(day(1), change_password(31)).then_refused(Refusal::LinkUsed);
    let later = day(1) + minutes(60);
    let replaced = after(events, later, reset(32));
    given(replaced).when(later, change_password(31)).then_refused(Refusal::LinkReplaced);
}

#[test]
fn a_live_reset_link_is_sent_three_times_and_then_another() {
    let events =
        (31..34).fold(with_mobile(), |events, number| after(events, day(1), reset(number)));
    given(events.clone()).when(day(1), reset(40)).then_refused(Refusal::TooManyLinks);
    given(events.clone())
        .when(day(1), change_password(31))
        .then([Event::PasswordChanged { credential: id(31) }, Event::SessionsRevoked]);
    let later = day(1) + minutes(60);
    given(events).when(later, reset(40)).then([Event::PasswordResetRequested {
        link: id(40),
        issued_at: later,
        expires_at: later + minutes(60),
    }]);
}

/// The clock was ten days fast, and was put right: what began then would work for too long.
#[test]
fn what_began_in_the_future_neither_works_nor_counts() {
    let fast = day(11);
    let link = after(registered(), fast, issue_link(LINK));
    given(link.clone()).when(day(1), verify(LINK)).then_refused(Refusal::LinkExpired);
    let again = after(link, day(1), issue_link(12));
    given(again).when(day(1), verify(12)).then([Event::EmailVerified]);

    let reset_then = after(with_mobile(), fast, reset(31));
    given(reset_then.clone()).when(day(1), change_password(31)).then_refused(Refusal::LinkExpired);
    after(reset_then, day(1), reset(32));

    let codes = (0..5).fold(with_profile(), |events, number| {
        after(events, fast, send(100 + number, MobileVerification))
    });
    given(codes.clone()).when(day(1), enter(104, true)).then_refused(Refusal::CodeExpired);
    after(codes, day(1), send(200, MobileVerification));

    let locked = after(with_mobile(), fast, sign_in_after(0, 19, false, false));
    assert!(!folded(&locked).lock.is_on(day(1)));
}

#[test]
fn a_new_password_ends_a_lock() {
    let mut events = after(with_mobile(), day(1), reset(31));
    events = after(events, day(1), sign_in_after(0, 19, false, false));
    assert!(folded(&events).lock.until.is_some());
    let events = after(events, day(1), change_password(31));
    given(events).when(day(1), sign_in(true)).then([Event::SignedIn]);
}

#[test]
fn sessions_are_revoked_as_often_as_asked() {
    let events = after(with_mobile(), day(1), Command::RevokeSessions);
    given(events.clone()).when(day(1), Command::RevokeSessions).then([Event::SessionsRevoked]);
    assert_eq!(folded(&events).session_generation, 1);
}

// Signing in.

#[test]
fn whoever_knows_the_password_of_an_activated_user_signs_in() {
    given(verified()).when(day(1), sign_in(true)).then([Event::SignedIn]);
    given(invited()).when(day(1), sign_in(true)).then([refused(SignInFailure::NotActivated)]);
}

/// The same, by a stranger or from a known device, after wrong attempts from there and by strangers.
fn sign_in_after(of_source: u16, of_strangers: u16, is_known_device: bool, right: bool) -> Command {
    let failures = Failures { of_source, of_strangers, is_recorded: of_source > 0 };
    Command::SignIn { is_password_right: right, attempt: Attempt { is_known_device, failures } }
}

#[test]
fn a_source_that_guesses_is_recorded_once_and_closed_at_the_fifth() {
    let wrong =
        |before| given(with_mobile()).when(day(1), sign_in_after(before, before, false, false));
    wrong(0).then([refused(SignInFailure::WrongPassword)]);
    for before in 1..4 {
        wrong(before).then([]);
    }
    wrong(4).then([refused(SignInFailure::Locked)]);
    for before in 5..19 {
        wrong(before).then([]);
    }
    given(with_mobile()).when(day(1), sign_in_after(4, 4, false, true)).then([Event::SignedIn]);
    given(with_mobile()).when(day(1), sign_in_after(5, 5, false, true)).then([]);
}

#[test]
fn twenty_wrong_attempts_of_strangers_lock_but_not_for_known_devices() {
    let until = day(1) + minutes(15);
    let twentieth = sign_in_after(0, 19, false, false);
    given(with_mobile())
        .when(day(1), twentieth.clone())
        .then([refused(SignInFailure::WrongPassword), Event::Locked { until }]);
    let locked = after(with_mobile(), day(1), twentieth.clone());
    for is_password_right in [true, false] {
        given(locked.clone())
            .when(until - second(), sign_in_after(0, 0, false, is_password_right))
            .then([]);
    }
    let known = || sign_in_after(0, 20, true, true);
    given(locked.clone()).when(until - second(), known()).then([Event::SignedIn]);
    given(locked.clone()).when(until, sign_in(true)).then([Event::SignedIn]);
    // Whoever has signed in meanwhile has not let strangers in.
    let events = after(locked, day(1), known());
    given(events).when(until - second(), sign_in(true)).then([]);
}

#[test]
fn each_lock_is_twice_as_long_until_somebody_signs_in() {
    let twentieth = sign_in_after(0, 19, false, false);
    let mut events = with_mobile();
    let mut at = day(1);
    for length in [15, 30, 60, 120] {
        events = after(events, at, twentieth.clone());
        let until = at + minutes(length);
        assert_eq!(folded(&events).lock.until, Some(until));
        at = until;
    }
    events = after(events, at, sign_in(true));
    given(events)
        .when(at, twentieth)
        .then([refused(SignInFailure::WrongPassword), Event::Locked { until: at + minutes(15) }]);
}

#[test]
fn whoever_has_not_activated_is_told_so_and_recorded_once() {
    given(invited()).when(day(1), sign_in_after(1, 1, false, true)).then([]);
}
