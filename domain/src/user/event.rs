//! What can have happened to a user.

use crate::messages::{self, Failure, Letter, Medium, Template};
use crate::strong_authentication::{Action, Method};
use crate::values::{Email, FreeText, Language, Mobile, PersonName};
use crate::{
    BankAccountChangeId, ChallengeId, ContactChangeId, EventId, LinkId, MerchantId, Personal,
    SubjectId, TokenId,
};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

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
    /// Programs of before did not say for what.
    StronglyAuthenticated {
        challenge: ChallengeId,
        method: Method,
        action: Option<Action>,
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
    EmailChangeRequested {
        change: ContactChangeId,
        email: Personal<Email>,
        requested_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    },
    MobileChangeRequested {
        change: ContactChangeId,
        mobile: Personal<Mobile>,
        requested_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    },
    ContactChangeCancelled {
        change: ContactChangeId,
    },
    EmailChanged {
        change: ContactChangeId,
        changed_at: DateTime<Utc>,
    },
    MobileChanged {
        change: ContactChangeId,
        challenge: ChallengeId,
        changed_at: DateTime<Utc>,
    },
    /// A bank account is being changed: the contacts stay as they are.
    ContactsFrozen {
        merchant: MerchantId,
        change: BankAccountChangeId,
        frozen_at: DateTime<Utc>,
    },
    ContactsReleased {
        change: BankAccountChangeId,
    },
    /// A program may act for them, as far as it says and until then.
    TokenIssued {
        token: TokenId,
        /// SHA-256 of the value, which has 256 random bits.
        hash: [u8; 32],
        name: Personal<FreeText>,
        scopes: BTreeSet<Scope>,
        issued_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    },
    TokenRevoked {
        token: TokenId,
    },
    /// Never activated: the address is released and the data forgotten.
    Lapsed,
    /// The provider took a message to them.
    MessageSent {
        cause: EventId,
        template: Template,
        medium: Medium,
        recipient: SubjectId,
        letter: Personal<Letter>,
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
        recipient: SubjectId,
        letter: Personal<Letter>,
    },
}

impl Event {
    /// What came of a message to them.
    pub fn message(&self) -> Option<messages::Event> {
        if let Self::MessageSent { cause, template, medium, recipient, letter } = self {
            let (cause, template, medium) = (*cause, *template, *medium);
            let (recipient, letter) = (*recipient, letter.clone());
            return Some(messages::Event::Sent { cause, template, medium, recipient, letter });
        }
        if let Self::MessageDelivered { cause, template, medium } = *self {
            return Some(messages::Event::Delivered { cause, template, medium });
        }
        if let Self::MessageFailed { cause, template, medium, failure, recipient, letter } = self {
            let (cause, template, medium, failure) = (*cause, *template, *medium, *failure);
            let (recipient, letter) = (*recipient, letter.clone());
            return Some(messages::Event::Failed {
                cause,
                template,
                medium,
                failure,
                recipient,
                letter,
            });
        }
        None
    }
}

impl From<messages::Event> for Event {
    fn from(event: messages::Event) -> Self {
        match event {
            messages::Event::Sent { cause, template, medium, recipient, letter } => {
                Self::MessageSent { cause, template, medium, recipient, letter }
            }
            messages::Event::Delivered { cause, template, medium } => {
                Self::MessageDelivered { cause, template, medium }
            }
            messages::Event::Failed { cause, template, medium, failure, recipient, letter } => {
                Self::MessageFailed { cause, template, medium, failure, recipient, letter }
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
    /// What a personal access token is enough for. Whatever takes an owner at the portal is not among them.
    pub enum Scope {
        Read = "read", "read everything that its owner reads", "lire tout ce que lit son propriétaire";
        Registration = "write:registration", "record the company's basics", "renseigner l'entreprise";
        ClientFile = "write:client_file", "fill in the client file, which is shown as it then is, and hand in documents", "compléter le Dossier Client, qui est alors affiché, et remettre des documents";
        Contract = "write:contract", "present the contract and sign it with a code", "présenter le contrat et le signer avec un code";
        Services = "write:services", "ask for services", "demander des services";
    }
}

/// What a one-time code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePurpose {
    MobileVerification,
    /// Programs of before did not say for which action: such a code proves nothing any more.
    StrongAuthentication {
        action: Option<Action>,
    },
    /// It goes to the number that is to replace the mobile.
    NewMobile,
}

codes! {
    /// The same without the action.
    pub enum CodeKind {
        MobileVerification = "mobile_verification",
        StrongAuthentication = "strong_authentication",
        NewMobile = "new_mobile",
    }
}

impl CodePurpose {
    pub fn kind(self) -> CodeKind {
        match self {
            Self::MobileVerification => CodeKind::MobileVerification,
            Self::StrongAuthentication { .. } => CodeKind::StrongAuthentication,
            Self::NewMobile => CodeKind::NewMobile,
        }
    }

    pub fn action(self) -> Option<Action> {
        match self {
            Self::StrongAuthentication { action } => action,
            Self::MobileVerification | Self::NewMobile => None,
        }
    }

    /// By its kind, and the action of a strong authentication; nothing else has one.
    pub fn from_parts(kind: CodeKind, action: Option<Action>) -> Option<Self> {
        match (kind, action) {
            (CodeKind::StrongAuthentication, action) => Some(Self::StrongAuthentication { action }),
            (CodeKind::MobileVerification, None) => Some(Self::MobileVerification),
            (CodeKind::NewMobile, None) => Some(Self::NewMobile),
            (CodeKind::MobileVerification | CodeKind::NewMobile, Some(_)) => None,
        }
    }
}

codes! {
    pub enum SignInFailure {
        WrongPassword = "wrong_password", "wrong password", "mot de passe erroné";
        NotActivated = "not_activated", "not activated", "jamais activé";
        Locked = "locked", "locked", "bloquée";
    }
}
