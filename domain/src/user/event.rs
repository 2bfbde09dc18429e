//! What can have happened to a user.

use crate::messages::{self, Failure, Medium, Template};
use crate::values::{Email, Language, Mobile, PersonName};
use crate::{ChallengeId, EventId, LinkId, Personal};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The password itself is in the vault, under the id of the link or request that set it.
    Registered {
        email: Personal<Email>,
        language: Language,
        credential: LinkId,
    },
    ActivationLinkIssued {
        link: LinkId,
        issued_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    },
    EmailVerified,
    ProfileRecorded {
        profile: Personal<Profile>,
    },
    CodeSent {
        challenge: ChallengeId,
        purpose: CodePurpose,
        sent_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    },
    CodeRefused {
        challenge: ChallengeId,
    },
    MobileVerified {
        challenge: ChallengeId,
    },
    StronglyAuthenticated {
        challenge: ChallengeId,
    },
    /// Somebody tried to register with this address again, before the activation with another password.
    /// Programs of before did not say when, nor with what.
    RegistrationRepeated {
        repeated_at: Option<DateTime<Utc>>,
    },
    PasswordResetRequested {
        link: LinkId,
        issued_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    },
    PasswordChanged {
        credential: LinkId,
    },
    SessionsRevoked,
    SignedIn,
    /// One of a source and hour, and the one with which a source is closed (`Locked`).
    SignInRefused {
        failure: SignInFailure,
    },
    /// For everybody but known devices.
    Locked {
        until: DateTime<Utc>,
    },
    /// Never activated: the address is released and the data forgotten.
    Lapsed,
    /// The provider took a message to them.
    MessageSent {
        cause: EventId,
        template: Template,
        medium: Medium,
    },
    /// The provider reported that it arrived.
    MessageDelivered {
        cause: EventId,
        template: Template,
        medium: Medium,
    },
    MessageFailed {
        cause: EventId,
        template: Template,
        medium: Medium,
        failure: Failure,
    },
}

impl From<messages::Event> for Event {
    fn from(event: messages::Event) -> Self {
        match event {
            messages::Event::Sent { cause, template, medium } => {
                Self::MessageSent { cause, template, medium }
            }
            messages::Event::Delivered { cause, template, medium } => {
                Self::MessageDelivered { cause, template, medium }
            }
            messages::Event::Failed { cause, template, medium, failure } => {
                Self::MessageFailed { cause, template, medium, failure }
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub first_name: PersonName,
    pub last_name: PersonName,
    pub mobile: Mobile,
}

codes! {
    /// What a one-time code sent to the mobile is for.
    pub enum CodePurpose {
        MobileVerification = "mobile_verification",
        StrongAuthentication = "strong_authentication",
    }
}

codes! {
    pub enum SignInFailure {
        WrongPassword = "wrong_password",
        NotActivated = "not_activated",
        Locked = "locked",
    }
}
