//! Why something was not done, or cannot be shown: a closed list, which each surface puts into its
//! own words.

pub use crate::documents::inspect::Unfit;

use crate::auth::code_limits::NoCode;
use crate::auth::passwords::PasswordError;
use crate::documents::inspect::InspectError;
use crate::heavy::Panicked;
use domain::values::Invalid;
use domain::{Refuses, Worded, email_claim, looks, merchant, staff, user};
use std::fmt::Display;
use store::documents::DocumentError;
use store::vault::VaultError;
use store::{ExecuteError, ReadError};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something that is not there, or that the caller must not know of.
    #[error("it is not there, or not for whoever asks")]
    NotFound,
    #[error("the link is none of ours")]
    UnknownLink,
    #[error("the code is not the one that was sent")]
    WrongCode,
    #[error("the new password cannot be taken: {}", .0.english())]
    Password(Invalid),
    #[error("the document cannot be taken: {}", .0.english)]
    Unfit(Unfit),
    #[error(transparent)]
    NoCode(#[from] NoCode),
    /// A signed contract is filed a moment after the last signature.
    #[error("the signed contract is being filed")]
    BeingFiled,
    #[error("the document was erased")]
    Erased,
    /// The command's id was used for another document.
    #[error("the command was sent before with another document")]
    OtherDocument,
    /// It has changed since the caller looked.
    #[error("it has changed since the caller looked")]
    Stale,
    /// Too many others were faster; trying again later works.
    #[error("too many changes at once")]
    Contended,
    #[error("it does not fit into one event")]
    TooLarge,
    /// It is recorded, and the read models have not seen it yet.
    #[error("the read models are behind what was recorded")]
    Behind,
    #[error("the store does not answer: {0}")]
    Unavailable(String),
    /// It may have happened. The same command with the same id tells.
    #[error("whether it happened is unknown: {0}")]
    Indeterminate(String),
    #[error("a key is lost: {0}")]
    KeyLost(String),
    /// A mistake of ours.
    #[error("{0}")]
    Internal(String),
}

/// What the rules of any stream say no to.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Merchant(#[from] merchant::Refusal),
    #[error(transparent)]
    User(#[from] user::Refusal),
    #[error(transparent)]
    Staff(#[from] staff::Refusal),
    #[error(transparent)]
    EmailClaim(#[from] email_claim::Refusal),
    #[error(transparent)]
    Looks(#[from] looks::Refusal),
}

impl Refusal {
    /// Its code, its English and its French words.
    pub fn words(self) -> (&'static str, &'static str, &'static str) {
        fn of(refusal: impl Refuses) -> (&'static str, &'static str, &'static str) {
            (refusal.code(), refusal.english(), refusal.french())
        }
        match self {
            Self::Merchant(refusal) => refusal.words(),
            Self::User(refusal) => of(refusal),
            Self::Staff(refusal) => of(refusal),
            Self::EmailClaim(refusal) => of(refusal),
            Self::Looks(refusal) => of(refusal),
        }
    }
}

impl Error {
    pub fn internal(cause: impl Display) -> Self {
        Self::Internal(cause.to_string())
    }
}

macro_rules! refusals_are_errors {
    ($($refusal:ty),+) => {$(
        impl From<$refusal> for Error {
            fn from(refusal: $refusal) -> Self {
                Self::Refused(refusal.into())
            }
        }
    )+};
}

refusals_are_errors!(
    merchant::Refusal,
    user::Refusal,
    staff::Refusal,
    email_claim::Refusal,
    looks::Refusal
);

impl<R: std::error::Error + Into<Refusal>> From<ExecuteError<R>> for Error {
    fn from(error: ExecuteError<R>) -> Self {
        match error {
            ExecuteError::Refused(refusal) => Self::Refused(refusal.into()),
            ExecuteError::Stale { .. } => Self::Stale,
            ExecuteError::Contended => Self::Contended,
            ExecuteError::TooLarge => Self::TooLarge,
            ExecuteError::Unavailable(cause) => Self::Unavailable(cause),
            ExecuteError::Indeterminate(cause) => Self::Indeterminate(cause),
            ExecuteError::Unreadable(..) => Self::internal(error),
            ExecuteError::KeyLost(_) => Self::KeyLost(error.to_string()),
            ExecuteError::Read(error) => error.into(),
            ExecuteError::Vault(error) => error.into(),
        }
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<DocumentError> for Error {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Forgotten => Self::Erased,
            DocumentError::KeyLost => Self::KeyLost(error.to_string()),
            DocumentError::Taken => Self::OtherDocument,
            DocumentError::Unavailable(_)
            | DocumentError::Folder(_)
            | DocumentError::Vault(_)
            | DocumentError::Altered(_)
            | DocumentError::OtherHash => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<InspectError> for Error {
    fn from(error: InspectError) -> Self {
        match error {
            InspectError::Unfit(unfit) => Self::Unfit(unfit),
            InspectError::Failed(_) => Self::internal(error),
        }
    }
}

impl From<Panicked> for Error {
    fn from(error: Panicked) -> Self {
        Self::internal(error)
    }
}

impl From<PasswordError> for Error {
    fn from(error: PasswordError) -> Self {
        Self::internal(error)
    }
}
