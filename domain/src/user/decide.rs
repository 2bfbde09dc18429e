//! The rules of a user, one function per request.

use super::contacts;
use super::tokens;
use super::{
    ACTIVATION_HOURS, ACTIVATIONS_PER_DAY_MAX, CODE_ATTEMPTS_MAX, CODE_MINUTES, CODES_PER_DAY_MAX,
    CODES_PER_HOUR_MAX, CodePurpose, Command, Event, Link, PASSWORD_RESET_MINUTES, Profile,
    REPETITIONS_PER_DAY_MAX, Refusal, SENDINGS_OF_RESET_MAX, SignInFailure, State,
};
use crate::messages;
use crate::registration::LAPSE_DAYS;
use crate::sign_in::Attempt;
use crate::strong_authentication::Method;
use crate::validity::works;
use crate::values::{Email, Language};
use crate::{ChallengeId, LinkId, Occasion};
use chrono::{DateTime, TimeDelta, Utc};

const ACTIVATION_LIFE: TimeDelta = TimeDelta::hours(ACTIVATION_HOURS);
const RESET_LIFE: TimeDelta = TimeDelta::minutes(PASSWORD_RESET_MINUTES);
const CODE_LIFE: TimeDelta = TimeDelta::minutes(CODE_MINUTES);

pub(super) type Decision = Result<Vec<Event>, Refusal>;

pub fn decide(command: Command, state: &State, occasion: &Occasion) -> Decision {
    let at = occasion.at;
    match command {
        Command::Register { email, language, credential } => {
            register(state, email, language, credential)
        }
        // What came of a message is a fact, whatever has become of them since.
        Command::RecordMessage(command) => Ok(vec![messages::decide(command).into()]),
        Command::RepeatRegistration { link, is_password_same } => {
            repeat_registration(known(state)?, at, link, is_password_same)
        }
        Command::IssueActivationLink { link } => issue_activation_link(known(state)?, at, link),
        Command::VerifyEmail { link } => verify_email(known(state)?, at, link),
        Command::RecordProfile { profile } => record_profile(known(state)?, profile),
        Command::SendCode { challenge, purpose } => {
            send_code(known(state)?, at, challenge, purpose)
        }
        Command::EnterCode { challenge, is_code_right } => {
            enter_code(known(state)?, at, challenge, is_code_right)
        }
        Command::RequestPasswordReset { link } => request_password_reset(known(state)?, at, link),
        Command::ChangePassword { credential } => change_password(known(state)?, at, credential),
        Command::SignIn { is_password_right, attempt } => {
            sign_in(known(state)?, at, is_password_right, attempt)
        }
        Command::RevokeSessions => known(state).map(|_| vec![Event::SessionsRevoked]),
        Command::RequestEmailChange { change, email } => {
            contacts::request_email_change(known(state)?, occasion, change, email)
        }
        Command::RequestMobileChange { change, mobile, challenge } => {
            contacts::request_mobile_change(known(state)?, occasion, change, mobile, challenge)
        }
        Command::ConfirmEmailChange { change } => {
            contacts::confirm_email_change(known(state)?, at, change)
        }
        Command::CancelContactChange { change } => {
            contacts::cancel(known(state)?, occasion, change)
        }
        Command::FreezeContacts { merchant, change } => {
            contacts::freeze(known(state)?, at, merchant, change)
        }
        Command::ReleaseContacts { change } => contacts::release(known(state)?, change),
        Command::IssueToken { token, hash, name, scopes, expires_at } => {
            let new = tokens::New { token, hash, name, scopes, expires_at };
            tokens::issue(known(state)?, occasion, new)
        }
        Command::RevokeToken { token } => tokens::revoke(known(state)?, at, token),
        Command::Lapse => lapse(known(state)?, at),
    }
}

/// Somebody who has registered and has not lapsed since.
fn known(state: &State) -> Result<&State, Refusal> {
    if state.is_registered && !state.is_lapsed { Ok(state) } else { Err(Refusal::UnknownUser) }
}

fn register(state: &State, email: Email, language: Language, credential: LinkId) -> Decision {
    match (state.is_registered, state.credential == Some(credential)) {
        (false, _) => Ok(vec![Event::Registered { email: email.into(), language, credential }]),
        (true, true) => Ok(vec![]),
        (true, false) => Err(Refusal::AlreadyRegistered),
    }
}

/// Whoever was never activated gets their link again. With another password than that of the
/// registration, nobody knows whose address it is: whoever reads its mail chooses a new one.
fn repeat_registration(
    state: &State,
    at: DateTime<Utc>,
    link: LinkId,
    is_password_same: bool,
) -> Decision {
    let told = sent_within(&state.repetitions, at, TimeDelta::hours(24));
    let repeated = Event::RegistrationRepeated { repeated_at: Some(at) };
    let repeated = (told < REPETITIONS_PER_DAY_MAX).then_some(repeated);
    let link = match (state.is_email_verified, is_password_same && !state.is_contested) {
        (true, _) => return Ok(repeated.into_iter().collect()),
        (false, true) => return or_nothing(issue_activation_link(state, at, link)),
        (false, false) => or_nothing(request_password_reset(state, at, link))?,
    };
    Ok(repeated.into_iter().chain(link).collect())
}

/// What was sent often enough is not sent again, and nobody is told.
fn or_nothing(decision: Decision) -> Decision {
    match decision {
        Err(Refusal::TooManyLinks) => Ok(vec![]),
        decision => decision,
    }
}

fn issue_activation_link(state: &State, at: DateTime<Utc>, link: LinkId) -> Decision {
    if state.is_email_verified {
        return Err(Refusal::AlreadyActivated);
    }
    if sent_within(&state.activations_sent, at, TimeDelta::hours(24)) >= ACTIVATIONS_PER_DAY_MAX {
        return Err(Refusal::TooManyLinks);
    }
    let expires_at = at + ACTIVATION_LIFE;
    let link = live(state.activation, ACTIVATION_LIFE, at).map_or(link, |live| live.id);
    Ok(vec![Event::ActivationLinkIssued { link, issued_at: at, expires_at }])
}

fn verify_email(state: &State, at: DateTime<Utc>, link: LinkId) -> Decision {
    usable(state.activation, ACTIVATION_LIFE, link, at)?;
    Ok(vec![Event::EmailVerified])
}

fn record_profile(state: &State, profile: Profile) -> Decision {
    if !state.is_email_verified {
        return Err(Refusal::NotActivated);
    }
    let known = state.profile.as_ref().and_then(|known| known.known());
    if known == Some(&profile) {
        return Ok(vec![]);
    }
    // Otherwise a stolen session could move the one-time codes to another phone.
    let moves_mobile = known.is_none_or(|known| known.mobile != profile.mobile);
    if state.is_mobile_verified && moves_mobile {
        return Err(Refusal::MobileFixed);
    }
    Ok(vec![Event::ProfileRecorded { profile: profile.into() }])
}

pub(super) fn send_code(
    state: &State,
    at: DateTime<Utc>,
    challenge: ChallengeId,
    purpose: CodePurpose,
) -> Decision {
    if !state.is_email_verified {
        return Err(Refusal::NotActivated);
    }
    if state.profile.as_ref().and_then(|profile| profile.known()).is_none() {
        return Err(Refusal::NoMobile);
    }
    match purpose {
        CodePurpose::StrongAuthentication { .. } if !state.is_mobile_verified => {
            return Err(Refusal::MobileNotVerified);
        }
        CodePurpose::NewMobile => contacts::awaits_mobile(state, at)?,
        CodePurpose::StrongAuthentication { .. } | CodePurpose::MobileVerification => {}
    }
    let sent = |hours| sent_within(&state.codes_sent, at, TimeDelta::hours(hours));
    if sent(1) >= CODES_PER_HOUR_MAX || sent(24) >= CODES_PER_DAY_MAX {
        return Err(Refusal::TooManyCodes);
    }
    let expires_at = at + CODE_LIFE;
    Ok(vec![Event::CodeSent { challenge, purpose, sent_at: at, expires_at }])
}

fn enter_code(
    state: &State,
    at: DateTime<Utc>,
    challenge: ChallengeId,
    is_code_right: bool,
) -> Decision {
    let open = state.challenge.ok_or(Refusal::NoCodeSent)?;
    let is_open = open.id == challenge
        && !open.is_used
        && works(open.expires_at, CODE_LIFE, at)
        && open.wrong_attempts < CODE_ATTEMPTS_MAX;
    if !is_open {
        return Err(Refusal::CodeExpired);
    }
    if !is_code_right {
        return Ok(vec![Event::CodeRefused { challenge }]);
    }
    Ok(vec![match open.purpose {
        CodePurpose::MobileVerification => Event::MobileVerified { challenge },
        // One of programs of before, which says for nothing that it is.
        CodePurpose::StrongAuthentication { action: None } => return Err(Refusal::CodeExpired),
        CodePurpose::StrongAuthentication { action } => {
            Event::StronglyAuthenticated { challenge, method: Method::MobileCode, action }
        }
        CodePurpose::NewMobile => contacts::mobile_changed(state, at, challenge)?,
    }])
}

fn request_password_reset(state: &State, at: DateTime<Utc>, link: LinkId) -> Decision {
    let live = live(state.reset, RESET_LIFE, at);
    if live.is_some_and(|live| live.sent >= SENDINGS_OF_RESET_MAX) {
        return Err(Refusal::TooManyLinks);
    }
    let link = live.map_or(link, |live| live.id);
    let expires_at = at + RESET_LIFE;
    Ok(vec![Event::PasswordResetRequested { link, issued_at: at, expires_at }])
}

fn change_password(state: &State, at: DateTime<Utc>, credential: LinkId) -> Decision {
    usable(state.reset, RESET_LIFE, credential, at)?;
    // The link came to the address: that proves it as well as the link of the activation.
    let verified = (!state.is_email_verified).then_some(Event::EmailVerified);
    let changed = [Event::PasswordChanged { credential }, Event::SessionsRevoked];
    Ok(verified.into_iter().chain(changed).collect())
}

/// One that still works is sent again: what was sent before must not stop working because a stranger
/// asks for another.
fn live(newest: Option<Link>, life: TimeDelta, at: DateTime<Utc>) -> Option<Link> {
    newest.filter(|link| !link.is_used && works(link.expires_at, life, at))
}

/// Single use, in time, newest only.
fn usable(
    newest: Option<Link>,
    life: TimeDelta,
    link: LinkId,
    at: DateTime<Utc>,
) -> Result<(), Refusal> {
    let newest = newest.ok_or(Refusal::LinkExpired)?;
    if newest.id != link {
        return Err(Refusal::LinkReplaced);
    }
    if newest.is_used {
        return Err(Refusal::LinkUsed);
    }
    if works(newest.expires_at, life, at) { Ok(()) } else { Err(Refusal::LinkExpired) }
}

/// Whoever is locked out leaves no trace here, and a source that goes on guessing hardly one.
fn sign_in(
    state: &State,
    at: DateTime<Utc>,
    is_password_right: bool,
    attempt: Attempt,
) -> Decision {
    if !attempt.is_open(&state.lock, at) {
        return Ok(vec![]);
    }
    let failure = match (is_password_right, state.is_email_verified) {
        (true, true) => return Ok(vec![Event::SignedIn]),
        (true, false) if attempt.failures.is_recorded => return Ok(vec![]),
        (true, false) => {
            return Ok(vec![Event::SignInRefused { failure: SignInFailure::NotActivated }]);
        }
        (false, _) => SignInFailure::WrongPassword,
    };
    let follows = attempt.consequences(&state.lock, at);
    let failure = if follows.closes_source { SignInFailure::Locked } else { failure };
    let refused = follows.is_recorded.then_some(Event::SignInRefused { failure });
    let locked = follows.locks_until.map(|until| Event::Locked { until });
    Ok(refused.into_iter().chain(locked).collect())
}

fn lapse(state: &State, at: DateTime<Utc>) -> Decision {
    let is_due = state.first_link_at.is_none_or(|first| first + TimeDelta::days(LAPSE_DAYS) <= at);
    if state.is_email_verified || !is_due {
        return Err(Refusal::NotDue);
    }
    Ok(vec![Event::Lapsed])
}

pub(super) fn sent_within(
    sendings: &[DateTime<Utc>],
    at: DateTime<Utc>,
    period: TimeDelta,
) -> usize {
    // One in the future was noted by a clock that was wrong.
    let passed = sendings.iter().map(|sent_at| at - *sent_at);
    passed.filter(|passed| (TimeDelta::zero()..period).contains(passed)).count()
}
