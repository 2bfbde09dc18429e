//! What can have happened to a user.

use crate::values::{Email, Language, Mobile, PersonName};
use crate::{ChallengeId, LinkId, Personal};
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
    /// Somebody tried to register with this address again.
    RegistrationRepeated,
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
