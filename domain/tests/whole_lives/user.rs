//! A user.

use crate::config;
use crate::lives::birth;
use crate::lives::user::{Ask, Step, step};
use chrono::{DateTime, TimeDelta, Utc};
use domain::sign_in::OF_SOURCE_MAX;
use domain::user::{
    ACTIVATIONS_PER_DAY_MAX, CODE_ATTEMPTS_MAX, CODE_MINUTES, CODES_PER_DAY_MAX,
    CODES_PER_HOUR_MAX, CONTACT_CHANGE_HOURS, Command, Event, SENDINGS_OF_RESET_MAX, State,
    TOKENS_MAX, decide, evolve,
};
use domain::{ContactChangeId, LinkId};
use proptest::prelude::*;

struct Life {
    at: DateTime<Utc>,
    state: State,
    events: Vec<(DateTime<Utc>, Event)>,
}

impl Life {
    fn live(&mut self, step: &Step) -> Result<(), TestCaseError> {
        self.at += TimeDelta::minutes(step.wait);
        let command = step.ask.command(&self.state, self.at);
        let occasion = step.occasion(self.at);
        let Ok(events) = decide(command.clone(), &self.state, &occasion) else { return Ok(()) };
        let before = self.state.clone();
        for event in events {
            self.check(&command, &event)?;
            self.state = evolve(std::mem::take(&mut self.state), &event);
            self.events.push((self.at, event));
        }
        self.check_login(&before)?;
        let again = decide(command, &self.state, &occasion);
        prop_assert!(
            may_repeat(&step.ask) || again.is_err() || again == Ok(vec![]),
            "{:?} did something twice",
            step
        );
        Ok(())
    }

    fn check(&self, command: &Command, event: &Event) -> Result<(), TestCaseError> {
        let state = &self.state;
        if state.is_lapsed {
            let is_message = matches!(command, Command::RecordMessage(_));
            prop_assert!(is_message, "{:?} after the lapse", event);
        }
        match event {
            Event::Lapsed => prop_assert!(!state.is_email_verified, "somebody in use lapsed"),
            Event::EmailVerified => prop_assert!(!state.is_email_verified, "verified twice"),
            Event::ActivationLinkIssued { .. } => {
                let such = |event: &Event| matches!(event, Event::ActivationLinkIssued { .. });
                prop_assert!(self.within_hours(24, such) < ACTIVATIONS_PER_DAY_MAX);
            }
            Event::CodeSent { .. } => {
                let such = |event: &Event| matches!(event, Event::CodeSent { .. });
                prop_assert!(self.within_hours(1, such) < CODES_PER_HOUR_MAX);
                prop_assert!(self.within_hours(24, such) < CODES_PER_DAY_MAX);
            }
            Event::PasswordResetRequested { link, .. } => {
                let such = |event: &Event| matches!(event, Event::PasswordResetRequested { link: known, .. } if known == link);
                // These lives make the same link again once it was used; the program never does.
                let is_made_again = self.events.iter().any(|(_, event)| {
                    matches!(event, Event::PasswordChanged { credential } if credential == link)
                });
                let sent = self.within_hours(1, such);
                prop_assert!(is_made_again || sent < usize::from(SENDINGS_OF_RESET_MAX));
            }
            Event::MobileVerified { .. } => self.check_code(command)?,
            Event::StronglyAuthenticated { .. } => {
                prop_assert!(state.is_mobile_verified, "a code to a number of nobody");
                self.check_code(command)?;
            }
            Event::ProfileRecorded { profile } => {
                let mobile = |known: &domain::Personal<domain::user::Profile>| {
                    known.known().map(|known| known.mobile.clone())
                };
                if state.is_mobile_verified {
                    let before = state.profile.as_ref().and_then(mobile);
                    prop_assert_eq!(mobile(profile), before, "a verified number moved");
                }
            }
            Event::PasswordChanged { credential } => self.check_link_is_new(*credential)?,
            Event::SignedIn => self.check_sign_in(command)?,
            Event::EmailChanged { change, changed_at } => {
                self.check_change(*change)?;
                prop_assert_eq!(*changed_at, self.at);
                let is_confirmed = matches!(command, Command::ConfirmEmailChange { .. });
                prop_assert!(is_confirmed, "an e-mail changed by itself");
            }
            Event::MobileChanged { change, .. } => {
                self.check_change(*change)?;
                self.check_code(command)?;
            }
            Event::TokenIssued { issued_at, expires_at, .. } => {
                prop_assert_eq!(*issued_at, self.at);
                prop_assert!(issued_at < expires_at && state.is_email_verified);
                let working = state.tokens.values().filter(|token| token.works(self.at));
                prop_assert!(working.count() < TOKENS_MAX);
            }
            Event::ContactsFrozen { .. } => {
                let such = |event: &Event| is_change(event);
                prop_assert_eq!(self.within_hours(72, such), 0, "contacts had just changed");
            }
            _ => {}
        }
        Ok(())
    }

    /// Contacts change as somebody asked who had proved that it is them, and never while frozen.
    fn check_change(&self, change: ContactChangeId) -> Result<(), TestCaseError> {
        let state = &self.state;
        prop_assert!(state.freezes.is_empty(), "frozen contacts changed");
        prop_assert!(state.is_email_verified && state.is_mobile_verified);
        let open = state.contact_change.as_ref();
        prop_assert!(open.is_some_and(|open| open.id == change && !open.is_over));
        let asked_at = self.events.iter().rev().find_map(|(at, event)| match event {
            Event::EmailChangeRequested { change: of, .. }
            | Event::MobileChangeRequested { change: of, .. }
                if *of == change =>
            {
                Some(*at)
            }
            _ => None,
        });
        let age = asked_at.map(|asked_at| self.at - asked_at);
        prop_assert!(age.is_some_and(|age| age < TimeDelta::hours(CONTACT_CHANGE_HOURS)));
        Ok(())
    }

    /// Whatever changes, there is an address, a password and a mobile to sign in with.
    fn check_login(&self, before: &State) -> Result<(), TestCaseError> {
        let state = &self.state;
        if state.is_registered {
            prop_assert!(state.email.as_ref().is_some_and(|email| email.known().is_some()));
        }
        if before.is_mobile_verified {
            prop_assert!(state.is_mobile_verified, "a verified mobile is lost");
        }
        Ok(())
    }

    fn check_code(&self, command: &Command) -> Result<(), TestCaseError> {
        let right = matches!(command, Command::EnterCode { is_code_right: true, .. });
        prop_assert!(right, "a wrong code proved something");
        let Some(open) = self.state.challenge else {
            return Err(TestCaseError::fail("no code was sent"));
        };
        prop_assert!(!open.is_used, "a code was used twice");
        prop_assert!(open.wrong_attempts < CODE_ATTEMPTS_MAX);
        let sent_at = open.expires_at - TimeDelta::minutes(CODE_MINUTES);
        prop_assert!((sent_at..=open.expires_at).contains(&self.at));
        Ok(())
    }

    fn check_link_is_new(&self, link: LinkId) -> Result<(), TestCaseError> {
        // The same link may be made again by these lives, never by the program.
        let newest = self.events.iter().rev().find_map(|(_, event)| match event {
            Event::PasswordResetRequested { .. } => Some(true),
            Event::PasswordChanged { credential } if *credential == link => Some(false),
            _ => None,
        });
        prop_assert_eq!(newest, Some(true), "a link changed the password twice");
        Ok(())
    }

    fn check_sign_in(&self, command: &Command) -> Result<(), TestCaseError> {
        let Command::SignIn { is_password_right, attempt } = command else {
            return Err(TestCaseError::fail("signed in by something else"));
        };
        prop_assert!(*is_password_right && self.state.is_email_verified);
        prop_assert!(attempt.failures.of_source < OF_SOURCE_MAX);
        prop_assert!(attempt.is_known_device || !self.state.lock.is_on(self.at));
        Ok(())
    }

    fn within_hours(&self, hours: i64, is_such: impl Fn(&Event) -> bool) -> usize {
        let from = self.at - TimeDelta::hours(hours);
        self.events.iter().filter(|(at, event)| *at > from && is_such(event)).count()
    }
}

fn is_change(event: &Event) -> bool {
    matches!(event, Event::EmailChanged { .. } | Event::MobileChanged { .. })
}

/// What is counted, each time it is asked for. Outside, one request is one command.
fn may_repeat(ask: &Ask) -> bool {
    match ask {
        Ask::RepeatRegistration { .. }
        | Ask::IssueActivationLink { .. }
        | Ask::SendCode { .. }
        | Ask::RequestPasswordReset { .. }
        | Ask::SignIn { .. }
        | Ask::RevokeSessions
        | Ask::RequestEmailChange { .. }
        | Ask::RequestMobileChange { .. }
        | Ask::Message(_) => true,
        Ask::EnterCode { is_code_right, .. } => !is_code_right,
        Ask::Register { .. }
        | Ask::VerifyEmail { .. }
        | Ask::RecordProfile { .. }
        | Ask::ChangePassword { .. }
        | Ask::ConfirmEmailChange { .. }
        | Ask::CancelContactChange { .. }
        | Ask::FreezeContacts { .. }
        | Ask::ReleaseContacts { .. }
        | Ask::IssueToken { .. }
        | Ask::RevokeToken { .. }
        | Ask::Lapse => false,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_is_asked_of_a_user_some_things_never_happen(
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut life = Life { at: birth(), state: State::default(), events: vec![] };
        for step in &steps {
            life.live(step)?;
        }
        let events = life.events.iter().map(|(_, event)| event);
        let folded = events.fold(State::default(), evolve);
        prop_assert_eq!(folded, life.state, "the history tells another story than the state");
    }
}
