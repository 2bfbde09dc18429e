//! How a command ends: for people on stderr, for programs by the exit code.

use crate::output;
use std::process::ExitCode;
use store::copy::CopyError;
use store::documents::DocumentError;
use store::location::{LocationError, OpenError};
use store::master_key::MasterKeyError;
use store::vault::VaultError;
use store::{AppendError, ReadError};

/// Two points differ.
pub const DIFFERS: u8 = 1;
/// The read models say something else than the ledger.
pub const DRIFT: u8 = 5;
pub const INTEGRITY: u8 = 4;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Usage(String),
    /// Two ledgers are not the same.
    #[error("{0}")]
    Differs(String),
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Integrity(String),
    #[error("{0}")]
    NotAllowed(String),
    #[error("{0}")]
    Unavailable(String),
    /// Nobody takes the answer any more, as when `head` has seen enough.
    #[error("nobody reads the answer")]
    NobodyReads,
}

impl Failure {
    pub fn report(&self) -> ExitCode {
        if let Self::NobodyReads = self {
            return ExitCode::SUCCESS;
        }
        output::tell(format_args!("replay: {self}"));
        ExitCode::from(match self {
            Self::Differs(_) => DIFFERS,
            Self::Usage(_) => 2,
            Self::NotFound(_) => 3,
            Self::Integrity(_) => INTEGRITY,
            Self::NotAllowed(_) => 7,
            Self::Unavailable(_) | Self::NobodyReads => 69,
        })
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged { .. } | ReadError::Corrupt(_) => Self::Integrity(error.to_string()),
            ReadError::Unavailable(_) => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Missing(text) => Self::NotFound(text),
            OpenError::Foreign(text) | OpenError::Damaged(text) => Self::Integrity(text),
            OpenError::Unavailable(text) => Self::Unavailable(text),
        }
    }
}

impl From<CopyError> for Failure {
    fn from(error: CopyError) -> Self {
        let text = error.to_string();
        match error {
            CopyError::Read(error) => error.into(),
            CopyError::Differs(_) | CopyError::Disturbed(_) => Self::Differs(text),
            CopyError::Append(AppendError::Corrupt(_) | AppendError::TooLarge { .. }) => {
                Self::Integrity(text)
            }
            CopyError::Append(_) => Self::Unavailable(text),
        }
    }
}

impl From<LocationError> for Failure {
    fn from(error: LocationError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        let text = error.to_string();
        if error.is_damage() { Self::Integrity(text) } else { Self::NotAllowed(text) }
    }
}

impl From<MasterKeyError> for Failure {
    fn from(error: MasterKeyError) -> Self {
        Self::NotAllowed(error.to_string())
    }
}

impl From<DocumentError> for Failure {
    fn from(error: DocumentError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// A closed pipe means that the reader has seen enough.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
